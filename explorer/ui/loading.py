"""Image sets, read once for the whole server, and uploads, kept under their content's hash."""

import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import streamlit as st

from explorer import data, disk
from explorer.paths import cache_dir

SETS_KEPT = 4
LOOK_AGAIN_SECONDS = 10.0  # files may change while the page is open; looking takes a moment


@dataclass(frozen=True)
class DataChoice:
    """Which images, and how they are made ready.

    Args:
        source: A named source, or the path of a folder or a ZIP.
        image_size: Width and height the images are fitted to, in pixels.
        color: `"auto"`, `"grey"` or `"rgb"`.
        fit: `"crop"` or `"pad"`.
        groups: Path of a CSV of near-duplicates, or `None`.
    """

    source: str
    image_size: int
    color: str
    fit: str
    groups: str | None = None


class ImageSets:
    """The sets read last, shared by all visitors. Failed readings are not kept.

    Args:
        most_seconds: For so long a set from files counts as what the files hold.
    """

    def __init__(self, most_seconds: float = LOOK_AGAIN_SECONDS):
        self._most_seconds = most_seconds
        self._sets = OrderedDict()
        self._lock = threading.Lock()

    def get(self, choice: DataChoice) -> data.ImageSet | None:
        """Return the set if it was read before, and its files moments ago."""
        with self._lock:
            images, read = self._sets.get(astuple(choice), (None, 0.0))
            if images is None:
                return None
            self._sets.move_to_end(astuple(choice))
            is_old = time.monotonic() - read >= self._most_seconds
            return None if is_old and choice.source not in data.SOURCES else images

    def put(self, choice: DataChoice, images: data.ImageSet):
        """Keep a set, and let go of the one not looked at for longest."""
        with self._lock:
            self._sets[astuple(choice)] = images, time.monotonic()
            self._sets.move_to_end(astuple(choice))
            while len(self._sets) > SETS_KEPT:
                self._sets.popitem(last=False)


@st.cache_resource(show_spinner=False)
def image_sets() -> ImageSets:
    """Return the one store of the server."""
    return ImageSets()


def read_images(choice: DataChoice) -> Iterator[data.Progress | data.ImageSet]:
    """Read the images, or find them in the store; the set comes last.

    Raises:
        DataError: The images cannot be used; its text is meant for people.
    """
    known = image_sets().get(choice)
    if known is not None:
        yield known
        return
    options = {"image_size": choice.image_size, "color": choice.color, "fit": choice.fit}
    for item in data.read(choice.source, groups=choice.groups, **options):
        if isinstance(item, data.ImageSet):
            image_sets().put(choice, item)
        yield item


def keep_upload(name: str, content: memoryview | bytes) -> Path:
    """Write an upload to the cache, in a folder named after its SHA-256.

    Args:
        name: What the visitor's browser called the file; only harmless characters are kept.
        content: The bytes of the file.

    Returns:
        Where the file lies now. The same content is written once.

    Raises:
        NoRoomError: It would leave too little of the disk free.
        OSError: The cache cannot be written.
    """
    folder = cache_dir() / "uploads" / hashlib.sha256(content).hexdigest()
    path = folder / _harmless(name)
    if not path.exists():
        disk.check_free(folder, len(content), "The file")
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{path.name}.{threading.get_ident()}.part"
        try:
            partial.write_bytes(content)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    return path


def _harmless(name: str) -> str:
    """Return a file name of at most 64 plain characters that ends like the given one."""
    given = Path(name.replace("\\", "/")).name
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(given).stem).strip("-")[:56] or "upload"
    ending = re.sub(r"[^a-z0-9.]", "", Path(given).suffix.lower())[:8]
    return stem + ending
