"""Images in a directory of class folders."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from explorer.data.errors import DataError
from explorer.data.image_set import Skipped
from explorer.data.members import MAX_FILE_BYTES, choose_images, clean, is_hidden


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
        self._unreadable = []
        stats = dict(self._files(path))
        if not stats and not self._unreadable:
            raise DataError(
                f"The folder {path} is empty. Expected one folder of images for each class."
            )
        listing = sorted((name, found.st_size, found.st_mtime_ns) for name, found in stats.items())
        listing += [(item.file, item.reason) for item in self._unreadable]
        self.fingerprint = hashlib.sha256(repr(listing).encode()).hexdigest()
        self._sizes = {name: found.st_size for name, found in stats.items()}

    def examine(self) -> None:
        """Find out which files are images of which class."""
        self.classes, skipped = choose_images(self._sizes)
        self.skipped = [*self._unreadable, *skipped]

    def read(self, name: str) -> bytes:
        """Return the content of one file."""
        with (self.path / name).open("rb") as file:
            return file.read(MAX_FILE_BYTES)

    def close(self):
        """Do nothing: no file stays open."""

    def _files(self, top: Path) -> Iterator[tuple[str, os.stat_result]]:
        """Yield relative names with their stat; linked folders are entered, but only once."""
        seen = set()
        for folder, folders, files in os.walk(top, followlinks=True, onerror=self._tell):
            found = Path(folder).stat()
            identity = found.st_dev, found.st_ino
            if identity in seen:
                folders.clear()
                continue
            seen.add(identity)
            for path in (Path(folder) / file for file in files):
                if found := self._stat(path):
                    yield path.relative_to(top).as_posix(), found

    def _stat(self, path: Path) -> os.stat_result | None:
        """Look at a file; `None` for what has no content, such as a link that leads nowhere."""
        try:
            found = path.stat()
        except OSError as error:
            return self._tell(error)
        if stat.S_ISREG(found.st_mode):
            return found
        return self._leave_out(path, "is no file with content; put the image itself there")

    def _tell(self, error: OSError):
        """Take note of what cannot be looked at; the top folder must be."""
        path = Path(error.filename)
        if path == self.path:
            raise error
        self._leave_out(path, f"it cannot be read ({error.strerror})")

    def _leave_out(self, path, reason):
        name = path.relative_to(self.path).as_posix()
        if not is_hidden(name):
            self._unreadable.append(Skipped(clean(name), reason))
