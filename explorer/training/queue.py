"""One queue for the machine: as many jobs at once as its cores allow, the others in line.

A job in the queue is a ticket, a file `<number>-<name>` in the cache folder whose lock is held by
the job for as long as it lives. The operating system frees the lock when the holder dies, however
it dies, so a ticket with a free lock is a dead one and is swept away. The jobs with the lowest
living numbers run; nothing else is kept, and no clock is asked.

Tickets are made, looked at and removed under one common lock, so that whoever tries a ticket's
lock is never mistaken for its owner. The lock of a ticket can be handed to a child process by its
descriptor: between the one who queues a job and the job itself there is no moment without a holder.
"""

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, lock_descriptor

from explorer.paths import cache_dir

POLL_SECONDS = 0.2
TICKET = re.compile(r"(\d{8,})-(.+)")


@dataclass
class Ticket:
    """A place in the queue, held as long as its descriptor is open.

    Args:
        path: The ticket's file.
        descriptor: The open, locked file; pass it on to let a child process hold the place.
    """

    path: Path
    descriptor: int

    @property
    def number(self) -> int:
        return _number(self.path)

    def release(self) -> None:
        """Leave the queue."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with _common_lock(self.path.parent):
            self.path.unlink(missing_ok=True)
            os.close(self.descriptor)


def num_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def num_slots() -> int:
    """Return how many jobs run at once: `EXPLORER_JOBS`, or half the cores and at least one."""
    asked = os.environ.get("EXPLORER_JOBS", "").strip()
    if not asked:
        return max(1, num_cores() // 2)
    if not asked.isdecimal() or int(asked) < 1:
        raise ValueError(
            f"EXPLORER_JOBS is {asked!r}. It must be a whole number, at least 1: how many "
            "trainings may run at once."
        )
    return int(asked)


def take_ticket(name: str, folder: Path | None = None) -> Ticket:
    """Join the end of the queue.

    Args:
        name: Who waits; the name of the run folder.
        folder: The queue's folder, for tests; the machine's queue by default.
    """
    folder = _queue_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with _common_lock(folder):
        last = max((_number(path) for path in _tickets(folder)), default=0)
        path = folder / f"{last + 1:08d}-{name}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        lock_descriptor(descriptor)
    return Ticket(path, descriptor)


def places(folder: Path | None = None, *, slots: int | None = None) -> dict[str, int]:
    """Return the place of every living job: 0 for the running ones, 1 for the next in line."""
    slots = num_slots() if slots is None else slots
    return {
        TICKET.fullmatch(path.name)[2]: max(0, rank - slots + 1)
        for rank, path in enumerate(_living(_queue_folder(folder)))
    }


def wait_for_slot(
    ticket: Ticket, *, slots: int | None = None, give_up: Callable[[], bool] = lambda: False
) -> bool:
    """Wait until the ticket is among the first `slots`, and return True; False when given up.

    Args:
        ticket: A place of this very process.
        slots: How many may run at once; `num_slots()` by default.
        give_up: Asked at every look; the wait ends when it answers True.
    """
    slots = num_slots() if slots is None else slots
    while not give_up():
        # A ticket that is gone means that somebody cleared the cache: better to run than to wait
        # for a turn that never comes.
        if ticket.path not in _living(ticket.path.parent, own=ticket.path)[slots:]:
            return True
        time.sleep(POLL_SECONDS)
    return False


def _living(folder: Path, own: Path | None = None) -> list[Path]:
    """Return the tickets somebody holds, lowest number first, and remove the others."""
    folder.mkdir(parents=True, exist_ok=True)
    with _common_lock(folder):
        return [path for path in _tickets(folder) if path == own or not _sweep(path)]


def _sweep(path: Path) -> bool:
    """Remove a ticket whose holder is dead; return whether it was."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        dead = lock_descriptor(descriptor, blocking=False)
        if dead:
            path.unlink()
        return dead
    finally:
        os.close(descriptor)


def _tickets(folder: Path) -> list[Path]:
    return sorted((path for path in folder.iterdir() if TICKET.fullmatch(path.name)), key=_number)


def _number(path: Path) -> int:
    return int(TICKET.fullmatch(path.name)[1])


def _queue_folder(folder: Path | None) -> Path:
    return cache_dir() / "queue" if folder is None else folder


def _common_lock(folder: Path) -> FileLock:
    return FileLock(folder / "common.lock", thread_local=False)
