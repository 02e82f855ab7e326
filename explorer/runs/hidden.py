"""Folders that nobody lists: something is made in one, and gets its name when it is whole.

They take room on the disk all the same. What is made among the runs says beforehand how much it
is going to take, and nobody else can have that.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from explorer.runs.files import LOCK, folder_bytes
from explorer.runs.lock import is_alive

IMPORTING, UNPACKING, DELETED = ".importing-", ".unpacking-", ".deleted-"
AMONG_RUNS = (IMPORTING, UNPACKING, DELETED)
PROMISED = "promised"  # the file that says so


@contextmanager
def hidden_folder(
    root: Path, prefix: str, *, num_bytes: int = 0, check: Callable[[], None] = lambda: None
) -> Iterator[Path]:
    """Give a new folder beside others; what is left of it at the end goes.

    What others of this prefix left that were killed goes first: nobody holds their locks.

    Args:
        root: Where; exists.
        prefix: How its name begins: with a dot.
        num_bytes: What it is going to take.
        check: Called before it is made, while nobody else can make one.

    Raises:
        OSError: It cannot be made.
    """
    folder = root / f"{prefix}{secrets.token_hex(4)}"
    lock = FileLock(folder / LOCK)
    with ExitStack() as at_end:
        with _one_at_a_time(root):  # one without its lock yet is not to be taken for left
            _remove_left(root, prefix)
            check()
            folder.mkdir()
            at_end.callback(_remove, folder, lock)
            lock.acquire()
            (folder / PROMISED).write_text(str(num_bytes))
        yield folder


def remove_left(root: Path) -> None:
    """Remove what killed processes left among the runs, unless somebody is about to."""
    with suppress(OSError), _one_at_a_time(root, wait=False):
        for prefix in (IMPORTING, UNPACKING):
            _remove_left(root, prefix)


def hidden_bytes(root: Path) -> tuple[int, int]:
    """Return what hidden folders among the runs take, and what they will take beyond that."""
    taken = promised = 0
    for folder in (one for prefix in AMONG_RUNS for one in root.glob(f"{prefix}*")):
        there = folder_bytes(folder)
        taken += there
        promised += max(0, _promised(folder) - there)
    return taken, promised


def _promised(folder):
    try:
        text = (folder / PROMISED).read_text()
    except OSError:  # one that is being deleted has promised nothing
        return 0
    return int(text or 0) if is_alive(folder) else 0


@contextmanager
def _one_at_a_time(root, *, wait=True):
    """Hold the folder itself, which leaves no file behind.

    Raises:
        BlockingIOError: Somebody else holds it, and this one does not wait.
    """
    held = os.open(root, os.O_RDONLY)
    try:
        _lock(held, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)


def _lock(held, how):
    try:
        fcntl.flock(held, how)
    except BlockingIOError:
        raise
    except OSError:
        return  # a file system without locks


def _remove(folder, lock):
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()


def _remove_left(root, prefix):
    for left in root.glob(f"{prefix}*"):
        try:
            with FileLock(left / LOCK, timeout=0):  # not even its own thread gets it once more
                shutil.rmtree(left, ignore_errors=True)
        except (Timeout, OSError):
            continue  # somebody is at work in it, or it is not ours
