"""Files of networks that a visitor gave, kept in the cache under a name made from their content."""

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import BinaryIO

from explorer import disk
from explorer.paths import beyond_newest, cache_dir
from explorer.runs.hidden import hidden_folder

FOLDER = "networks"
KEEPING = ".keeping-"
CHUNK_BYTES = 1 << 20
MOST_BYTES = 256_000_000  # of a file of any kind; what a kind may have is checked with its content
MOST_KEPT = 20
NAME = re.compile(r"[0-9a-f]{32}")


def networks_dir() -> Path:
    """Return the folder for files of networks; it exists."""
    folder = cache_dir() / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep(file: BinaryIO) -> str:
    """Keep a file, unread, and return its name; nothing of the name it had is kept.

    Args:
        file: Read from its beginning.

    Raises:
        OSError: The cache cannot be written.
        ValueError: It is larger than any file that is looked at, or there is no room for it.
    """
    size = file.seek(0, os.SEEK_END)
    if size > MOST_BYTES:
        raise ValueError(
            f"The file has {size / 1e6:,.0f} MB. Files of at most {MOST_BYTES / 1e6:.0f} MB are "
            "looked at."
        )
    file.seek(0)
    digest, folder = hashlib.sha256(), networks_dir()
    disk.check_free(folder, size, "The file")
    with hidden_folder(folder, KEEPING) as making:
        made = making / "given"
        with made.open("wb") as copy:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                copy.write(chunk)
        name = digest.hexdigest()[:32]
        made.replace(folder / f"{name}.given")
    _forget_oldest(folder)
    return name


def find(name: str) -> Path:
    """Return where a kept file lies.

    Raises:
        ValueError: There is no such file, any more.
    """
    path = networks_dir() / f"{name}.given"
    if not NAME.fullmatch(name) or not path.is_file():
        raise ValueError("The file is not in the cache any more. Give it again.")
    return path


def forget(name: str) -> None:
    """Remove a kept file, for instance one that was refused, and what was made from it."""
    if NAME.fullmatch(name):
        (networks_dir() / f"{name}.given").unlink(missing_ok=True)
        for folder in networks_dir().glob(f"{name}-*"):
            shutil.rmtree(folder, ignore_errors=True)


def _forget_oldest(folder):
    for path in beyond_newest(folder, "*.given", MOST_KEPT):
        forget(path.stem)
