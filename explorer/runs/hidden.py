"""Folders that nobody lists: a run is made in one, and renamed when it is whole."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import Timeout

from explorer.runs.lock import writer_lock


@contextmanager
def hidden_folder(root: Path, prefix: str) -> Iterator[Path]:
    """Give a new folder among the runs; what is left of it at the end goes.

    What others of this prefix left that were killed goes first: nobody holds their locks.

    Args:
        root: The folder of runs.
        prefix: How its name begins: with a dot.
    """
    folder = root / f"{prefix}{secrets.token_hex(4)}"
    lock = writer_lock(folder)
    with _one_at_a_time(root):  # one without its lock yet is not to be taken for left
        _remove_left(root, prefix)
        folder.mkdir()
        lock.acquire()
    try:
        yield folder
    finally:
        lock.release()
        if folder.exists():
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _one_at_a_time(root):
    """Hold the folder of runs itself, which leaves no file behind."""
    held = os.open(root, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _remove_left(root, prefix):
    for left in root.glob(f"{prefix}*"):
        lock = writer_lock(left)
        try:
            with lock.acquire(timeout=0):
                shutil.rmtree(left, ignore_errors=True)
        except (Timeout, OSError):
            continue  # at work in another process
