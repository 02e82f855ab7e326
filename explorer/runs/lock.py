"""Who is training into a run folder: the process that holds its lock, until it ends, however."""

import fcntl
import os
import time
from pathlib import Path

from filelock import FileLock

from explorer.runs import files

START_UP_SECONDS = 20


def writer_lock(folder: Path) -> FileLock:
    """Return the lock a training process holds for life; the system frees it at any death.

    Taking it twice within one process is fine.
    """
    return FileLock(folder / files.LOCK, is_singleton=True)


def is_alive(folder: Path) -> bool:
    """Say whether some process is training into this folder.

    Asked with a shared lock: those who ask at the same moment do not take each other for the
    writer, and a folder that can only be read is enough.
    """
    try:
        lock = os.open(folder / files.LOCK, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:  # there is none, or nothing that a writer made
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks: no writer holds one there
        return False
    finally:
        os.close(lock)  # which gives the lock back
    return False


def is_starting(folder: Path) -> bool:
    """Say whether a process may still be on its way: the run was written moments ago."""
    try:
        age = time.time() - (folder / files.RUN).stat().st_mtime
    except FileNotFoundError:  # deleted since it was read
        return False
    return abs(age) < START_UP_SECONDS  # clocks that are set back make files of the future
