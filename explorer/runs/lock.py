"""Who is training into a run folder: the process that holds its lock, until it ends, however."""

import time
from pathlib import Path

from filelock import FileLock, Timeout

from explorer.runs import files

START_UP_SECONDS = 20


def writer_lock(folder: Path) -> FileLock:
    """Return the lock a training process holds for life; the system frees it at any death.

    Taking it twice within one process is fine.
    """
    return FileLock(folder / files.LOCK, is_singleton=True)


def is_alive(folder: Path) -> bool:
    """Say whether some process is training into this folder."""
    path = folder / files.LOCK
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False


def is_starting(folder: Path) -> bool:
    """Say whether a process may still be on its way: the run was written moments ago."""
    try:
        age = time.time() - (folder / files.RUN).stat().st_mtime
    except FileNotFoundError:  # deleted since it was read
        return False
    return abs(age) < START_UP_SECONDS  # clocks that are set back make files of the future
