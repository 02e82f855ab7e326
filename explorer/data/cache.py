"""Prepared sets on disk: `images.npy` with the pixels and `set.json` with everything else.

An entry appears whole or not at all: it is written to a folder of its own and renamed.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from explorer.data.image_set import ImageSet, Skipped
from explorer.paths import cache_dir

LAYOUT = 1
ABANDONED_SECONDS = 24 * 3600


def entry_key(fingerprint: str, **options) -> str:
    """Return the name of the entry for this content prepared with these options."""
    text = json.dumps([LAYOUT, fingerprint, options], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def open_prepared(key: str) -> ImageSet:
    """Open a set prepared before, its images mapped from disk.

    Raises:
        LookupError: If the cache has no such set, or a damaged one.
    """
    folder = _folder(key)
    try:
        values = json.loads((folder / "set.json").read_text(encoding="utf-8"))
        images = np.load(folder / "images.npy", mmap_mode="r", allow_pickle=False)
        prepared = _image_set(values, images, key)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LookupError(
            f"The prepared images {key!r} are not in the cache {folder.parent} any more, or are "
            f"damaged ({type(error).__name__}). Load the data again from its source."
        ) from error
    return prepared


class Entry:
    """A cache entry in the making; use as a context manager, which removes what is unfinished.

    Args:
        key: Name of the entry, from `entry_key`.
    """

    def __init__(self, key: str):
        self.key = key
        root = _folder(key).parent
        root.mkdir(parents=True, exist_ok=True)
        _sweep(root)
        self.folder = Path(tempfile.mkdtemp(prefix="making-", dir=root))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, values: dict) -> None:
        """Write `set.json` and publish the entry, in the place of a damaged one."""
        with (self.folder / "set.json").open("w", encoding="utf-8") as file:
            json.dump({"layout": LAYOUT, **values}, file)
            file.flush()
            os.fsync(file.fileno())
        final = _folder(self.key)
        try:
            self.folder.rename(final)
        except OSError:
            self._replace(final)

    def _replace(self, final):
        try:
            open_prepared(self.key)
        except LookupError:
            shutil.rmtree(final, ignore_errors=True)
            self.folder.rename(final)


class PixelFile:
    """A `.npy` file of images that grows image by image.

    Grey images take one channel until the first colour image comes. Use as a context manager,
    which closes the file whatever happens.

    Args:
        path: File to write.
        image_size: Width and height of every image.
        channels: Channels to begin with, 1 or 3.
    """

    def __init__(self, path: Path, image_size: int, channels: int):
        self.path, self.image_size, self.channels = path, image_size, channels
        self.count = 0
        self._file = path.open("wb")
        self._write_header()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def append(self, pixels: np.ndarray) -> None:
        """Add one image. (image_size, image_size, 1 or 3)."""
        if pixels.shape[2] > self.channels:
            self._widen()
        if pixels.shape[2] < self.channels:
            pixels = np.repeat(pixels, self.channels, axis=2)
        self._file.write(pixels.tobytes())
        self.count += 1

    def close(self) -> np.ndarray:
        """Finish the file and return the images, mapped from it."""
        self._file.seek(0)
        self._write_header()
        self._file.close()
        return np.load(self.path, mmap_mode="r")

    def _write_header(self):
        shape = (self.count, self.image_size, self.image_size, self.channels)
        # NumPy leaves room in the header for the first axis to grow.
        np.lib.format.write_array_header_1_0(
            self._file, {"descr": "|u1", "fortran_order": False, "shape": shape}
        )

    def _widen(self):
        """Write the grey images there are again, with three channels."""
        grey, self.channels = self.close(), 3
        self.path.unlink()
        self._file = self.path.open("wb")
        self._write_header()
        for pixels in grey:
            self._file.write(np.repeat(pixels, 3, axis=2).tobytes())


def set_values(prepared: ImageSet) -> dict:
    """Return what `set.json` keeps of a set: all but the images."""
    arrays = {"labels": prepared.labels.tolist(), "groups": prepared.groups.tolist()}
    values = {
        name: getattr(prepared, name)
        for name in ("name", "source", "class_names", "file_names", "notes", "fit", "fingerprint")
    }
    return {**values, **arrays, "skipped": [asdict(item) for item in prepared.skipped]}


def _image_set(values, images, key):
    labels = np.array(values["labels"], dtype=np.int64)
    groups = np.array(values["groups"], dtype=np.int64)
    file_names = tuple(values["file_names"])
    if values["layout"] != LAYOUT or images.dtype != np.uint8 or images.ndim != 4:
        raise ValueError("written by another version")
    if not len(images) == len(labels) == len(groups) == len(file_names):
        raise ValueError("the parts differ in length")
    return ImageSet(
        images=images,
        labels=labels,
        groups=groups,
        file_names=file_names,
        class_names=tuple(values["class_names"]),
        skipped=tuple(Skipped(**item) for item in values["skipped"]),
        notes=tuple(values["notes"]),
        key=key,
        **{name: values[name] for name in ("name", "source", "fit", "fingerprint")},
    )


def _folder(key):
    if not re.fullmatch(r"[0-9a-f]{1,64}", key):
        raise LookupError(f"{key!r} is not the key of a prepared set.")
    return cache_dir() / "data" / key


def _sweep(root):
    """Remove what killed processes left behind."""
    for folder in root.glob("making-*"):
        if time.time() - folder.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
