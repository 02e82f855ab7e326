"""One queue for the machine: as many jobs at once as its cores allow, the others in line.

A job in the queue is a ticket, a file `<number>-<turn>-<owner>@<name>` in the cache folder whose
lock is held by the job for as long as it lives. The operating system frees the lock when the holder
dies, however it dies, so a ticket with a free lock is a dead one and is swept away. Which of the
living run, and who comes next, follows from their names alone (`explorer.turns`): the line is
shared fairly among its owners. Nothing else is kept, and no clock is asked. All who share a queue
need the same `EXPLORER_JOBS` and `EXPLORER_MOST_RUNNING`.

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

from explorer.limits import most_running, whole_number
from explorer.paths import cache_dir
from explorer.turns import Place, at_work, turn_for

POLL_SECONDS = 0.2
TICKET = re.compile(r"(\d{8,})-(\d+)-([0-9a-z]+)@(.+)")
SHELL = "shell"  # owner of all that does not come from a visitor of the app
OWNER = re.compile(r"[0-9a-z]{1,64}")


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
        return _place(self.path).number

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
    usual = max(1, num_cores() // 2)
    return whole_number("EXPLORER_JOBS", usual, "how many trainings may run at once")


def take_ticket(name: str, folder: Path | None = None, *, owner: str = SHELL) -> Ticket:
    """Join the queue.

    Args:
        name: Who waits; the name of the run folder.
        folder: The queue's folder, for tests; the machine's queue by default.
        owner: Among whom the queue is shared; small letters and digits.
    """
    if not OWNER.fullmatch(owner):
        raise ValueError(f"The owner {owner!r} must be 1 to 64 small letters or digits.")
    folder = _queue_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    slots, most = num_slots(), most_running()
    with _common_lock(folder):
        line = [_place(path) for path in _held(folder)]
        number = max((place.number for place in line), default=0) + 1
        turn = turn_for(owner, line, slots, most)
        path = folder / f"{number:08d}-{turn}-{owner}@{name}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        lock_descriptor(descriptor)
    return Ticket(path, descriptor)


def places(folder: Path | None = None, *, slots: int | None = None) -> dict[str, int]:
    """Return the place of every living job: 0 for the running ones, 1 for the next in line."""
    line = _living(_queue_folder(folder))
    running = at_work(line, num_slots() if slots is None else slots, most_running())
    waiting = sorted(set(line) - set(running))
    return {line[place]: 0 for place in running} | {
        line[place]: rank for rank, place in enumerate(waiting, start=1)
    }


def num_of(owner: str, folder: Path | None = None) -> tuple[int, int]:
    """Return how many jobs of an owner run, and how many wait."""
    line = _living(_queue_folder(folder))
    running = [place.owner for place in at_work(line, num_slots(), most_running())]
    num_running = running.count(owner)
    return num_running, sum(place.owner == owner for place in line) - num_running


def admission(folder: Path | None = None) -> FileLock:
    """Return the lock of those who count who is in line before they join it, one at a time."""
    folder = _queue_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / "admission.lock", thread_local=False)


def wait_for_slot(
    ticket: Ticket, *, slots: int | None = None, give_up: Callable[[], bool] = lambda: False
) -> bool:
    """Wait until it is the ticket's turn, and return True; False when given up.

    Args:
        ticket: A place of this very process.
        slots: How many may run at once; `num_slots()` by default.
        give_up: Asked at every look; the wait ends when it answers True.
    """
    slots, most = num_slots() if slots is None else slots, most_running()
    own = _place(ticket.path)
    while not give_up():
        line = _living(ticket.path.parent, own=ticket.path)
        # A ticket that is gone means that somebody cleared the cache: better to run than to wait
        # for a turn that never comes.
        if own not in line or own in at_work(line, slots, most):
            return True
        time.sleep(POLL_SECONDS)
    return False


def _living(folder: Path, own: Path | None = None) -> dict[Place, str]:
    """Return the places that somebody holds, with their names, and remove the other tickets."""
    folder.mkdir(parents=True, exist_ok=True)
    with _common_lock(folder):
        return {_place(path): TICKET.fullmatch(path.name)[4] for path in _held(folder, own)}


def _held(folder: Path, own: Path | None = None) -> list[Path]:
    """Return the tickets that somebody holds, and remove the others; under the common lock."""
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
    return [path for path in folder.iterdir() if TICKET.fullmatch(path.name)]


def _place(path: Path) -> Place:
    number, turn, owner, _ = TICKET.fullmatch(path.name).groups()
    return Place(int(turn), int(number), owner)


def _queue_folder(folder: Path | None) -> Path:
    return cache_dir() / "queue" if folder is None else folder


def _common_lock(folder: Path) -> FileLock:
    return FileLock(folder / "common.lock", thread_local=False)
