"""Whether there is room on a disk, asked before something is written to it."""

import shutil
from pathlib import Path

from explorer import limits


class NoRoomError(ValueError):
    """There is not enough room; says how much there is, and what to do."""


def free_bytes(folder: Path) -> int:
    """Return how much is free where a folder lies, or will lie."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def check_free(folder: Path, num_bytes: float, what: str, *, promised: float = 0) -> None:
    """Check that something fits on a disk and leaves free what is to be left free.

    Args:
        folder: Where it will be written.
        num_bytes: How large it will be.
        what: What it is, to begin a sentence with.
        promised: Room that others will take who have begun already.

    Raises:
        NoRoomError: It does not fit.
    """
    free, floor = free_bytes(folder), limits.free_bytes()
    if num_bytes <= free - promised - floor:
        return
    parts = [f"{_size(promised)} of it for trainings under way"] if promised else []
    parts += [f"{_size(floor)} of it to be left free"] if floor else []
    but = f", {' and '.join(parts)}" if parts else ""
    raise NoRoomError(
        f"{what} will take about {_size(num_bytes)}, and the disk of {str(folder)!r} has "
        f"{_size(free)} left{but}. Make room there, or ask for less."
    )


def _size(num_bytes):
    return f"{num_bytes / 1e6:,.0f} MB" if num_bytes < 1e11 else f"{num_bytes / 1e9:,.0f} GB"
