"""Images in a directory of class folders."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from explorer.data.errors import DataError
from explorer.data.members import MAX_FILE_BYTES, choose_images


class Folder:
    """A directory with one folder of images for each class, at any depth.

    Args:
        path: The directory.

    Attributes:
        name: What people call the set.
        fingerprint: Changes when a file is added, removed or written again.
        classes: Class name of every image, by relative file name; known after `examine`.
        skipped: Files that are no images of a class, and why; known after `examine`.
    """

    def __init__(self, path: Path):
        self.path = path
        self.name = path.resolve().name
        stats = dict(_files(path))
        if not stats:
            raise DataError(
                f"The folder {path} is empty. Expected one folder of images for each class."
            )
        listing = sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats.items())
        self.fingerprint = hashlib.sha256(repr(listing).encode()).hexdigest()
        self._sizes = {name: stat.st_size for name, stat in stats.items()}

    def examine(self) -> None:
        """Find out which files are images of which class."""
        self.classes, self.skipped = choose_images(self._sizes)

    def read(self, name: str) -> bytes:
        """Return the content of one file."""
        with (self.path / name).open("rb") as file:
            return file.read(MAX_FILE_BYTES)

    def close(self):
        """Do nothing: no file stays open."""


def _files(top: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield relative names with their stat; linked folders are entered, but only once."""
    seen = set()
    for folder, folders, files in os.walk(top, followlinks=True):
        found = Path(folder).stat()
        identity = found.st_dev, found.st_ino
        if identity in seen:
            folders.clear()
            continue
        seen.add(identity)
        for path in (Path(folder) / file for file in files):
            if path.is_file():
                yield path.relative_to(top).as_posix(), path.stat()
