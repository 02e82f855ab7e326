"""What one visitor may have in line, checked before a training is written anywhere."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from explorer import limits
from explorer.training import queue, room


def check(
    owner: str, count: int = 1, *, num_bytes: int | None = None, root: str | Path | None = None
) -> None:
    """Check that somebody may have more trainings in line, and that there is room for them.

    Nobody but visitors of the app is held back: who has a shell on the machine can start any
    process.

    Args:
        owner: Who asks, see `queue`.
        count: How many trainings are asked for.
        num_bytes: What their recordings will take, if that is known.
        root: The runs folder; the configured one by default.

    Raises:
        ValueError: He may not, there is no room, or a setting is no number.
    """
    slots = queue.num_slots()  # a wrong setting is told before anything is written
    at_once = min(slots, limits.most_running() or slots)
    most = limits.most_waiting()
    if owner != queue.SHELL and (there := sum(queue.num_of(owner))) + count > most + at_once:
        raise ValueError(
            f"You have {there:,} training{'s' * (there != 1)} in line or at work, and ask for "
            f"{count:,} more. At most {most + at_once:,} of one visitor are taken in. Wait for "
            "some of yours to end, or stop them."
        )
    if num_bytes is not None:
        room.check_room(num_bytes, root)


@contextmanager
def admitted(
    owner: str, count: int = 1, *, num_bytes: int | None = None, root: str | Path | None = None
) -> Iterator[None]:
    """Check as `check` does, and let nobody else ask before these trainings are in line.

    Raises:
        ValueError: As `check` does.
    """
    counted = owner != queue.SHELL or num_bytes is not None
    with queue.admission() if counted else nullcontext():
        check(owner, count, num_bytes=num_bytes, root=root)
        yield
