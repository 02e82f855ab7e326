"""Which files of a folder or a ZIP are images, and of which class."""

import unicodedata
from collections import Counter
from pathlib import PurePosixPath

from explorer.data.image_set import Skipped

SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif")
MAX_FILE_BYTES = 10_000_000
MAX_CLASS_NAME = 64
HIDDEN_FILES = ("thumbs.db", "desktop.ini")
ADVICE = {
    **dict.fromkeys((".svg", ".eps", ".ai", ".pdf"), "a drawing, not pixels; save it as PNG"),
    **dict.fromkeys((".heic", ".heif", ".avif", ".tif", ".tiff"), "save it as PNG or JPEG"),
    **dict.fromkeys((".zip", ".7z", ".rar", ".tar", ".gz"), "an archive inside is not opened"),
}


def is_hidden(name: str) -> bool:
    """Say whether a file belongs to the operating system rather than to the person."""
    parts = PurePosixPath(name).parts
    dotted = any(part.startswith(".") and part not in (".", "..") for part in parts)
    last = parts[-1].lower() if parts else ""  # a ZIP may hold a file without a name
    return dotted or "__MACOSX" in parts or last in HIDDEN_FILES


def choose_images(sizes: dict[str, int]) -> tuple[dict[str, str], list[Skipped]]:
    """Tell images in class folders from stray files.

    The class of an image is the folder it lies in, whatever folders lie above: wrapper folders
    do not matter, and `train/cat` and `test/cat` are one class. Hidden files are left out
    without a word.

    Args:
        sizes: Bytes of every file by its relative name, parts separated by `/`.

    Returns:
        The name of the class of every image, in the order of the names, and the other files.
    """
    visible = [name for name in sorted(sizes) if not is_hidden(name)]
    reasons = {name: _why_no_image(name, sizes[name]) for name in visible}
    images = [name for name in visible if reasons[name] is None]
    wrappers = _wrappers(images)
    for name in images:
        if _folder(name) in wrappers:
            reasons[name] = "lies beside the class folders; put it in the folder of its class"
    skipped = [Skipped(clean(name), reason) for name, reason in reasons.items() if reason]
    return _class_names([name for name in images if not reasons[name]]), skipped


def clean(text: str) -> str:
    """Return text in NFC, without control characters and undecodable bytes."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = "".join(" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in text)
    return unicodedata.normalize("NFC", text)


def _why_no_image(name, size):
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES:
        kind = f"a {suffix} file" if suffix else "a file without an ending"
        return f"{kind} is not an image ({ADVICE.get(suffix, 'left out')})"
    if size > MAX_FILE_BYTES:
        return f"{size / 1e6:.0f} MB; at most {MAX_FILE_BYTES / 1e6:.0f} MB an image are read"
    return None


def _folder(name):
    return str(PurePosixPath(name).parent)


def _wrappers(images):
    """Return the top, and folders with fewer images of their own than in folders below."""
    own = Counter(_folder(name) for name in images)
    below, children = Counter(), Counter()
    for folder, count in own.items():
        for parent in PurePosixPath(folder).parents:
            below[str(parent)] += count
            children[str(parent)] += 1
    return {".", *(f for f in own if children[f] > 1 and own[f] < below[f])}


def _class_names(images):
    """Return a class for every image; folder names that only differ by length stay apart."""
    folders = dict.fromkeys(clean(PurePosixPath(name).parent.name) for name in images)
    titles = {}
    for folder in folders:
        title, number = folder.strip()[:MAX_CLASS_NAME] or "_", 1
        while title in titles.values():
            number += 1
            title = f"{folder.strip()[: MAX_CLASS_NAME - 5]} ({number})"
        titles[folder] = title
    return {name: titles[clean(PurePosixPath(name).parent.name)] for name in images}
