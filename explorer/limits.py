"""What one visitor and all together may take, set by environment variables.

Without any of them a single person at a machine of their own is not bothered; whoever serves a
class sets them tighter.
"""

import os

from explorer.runs.description import cut

MOST_WAITING = 200  # a sweep has at most 30 trials
UPLOADS_MB = 600
ALL_UPLOADS_MB = 2400
UPLOAD_SECONDS = 60
LEAST_FREE_GB = 0.5
MOST_DIGITS = 9


def most_running() -> int | None:
    """Return how many trainings of one visitor run at once: `EXPLORER_MOST_RUNNING`, or any."""
    return whole_number(
        "EXPLORER_MOST_RUNNING", None, "how many trainings of one visitor may run at once"
    )


def most_waiting() -> int:
    """Return how many trainings of one visitor may wait: `EXPLORER_MOST_WAITING`, or 200."""
    return whole_number(
        "EXPLORER_MOST_WAITING", MOST_WAITING, "how many trainings of one visitor may wait in line"
    )


def uploads_bytes() -> int:
    """Return what one visitor's uploads may fill of the memory: `EXPLORER_UPLOADS_MB`, or 600."""
    words = "how many megabytes the uploads of one visitor may fill in memory"
    return 1_000_000 * whole_number("EXPLORER_UPLOADS_MB", UPLOADS_MB, words)


def all_uploads_bytes() -> int:
    """Return what all uploads may fill of the memory: `EXPLORER_ALL_UPLOADS_MB`, or 2,400."""
    words = "how many megabytes the uploads of all visitors may fill in memory"
    return 1_000_000 * whole_number("EXPLORER_ALL_UPLOADS_MB", ALL_UPLOADS_MB, words)


def upload_seconds() -> int:
    """Return how long an upload may stand still: `EXPLORER_UPLOAD_SECONDS`, or a minute."""
    words = "how many seconds an upload may stand still"
    return whole_number("EXPLORER_UPLOAD_SECONDS", UPLOAD_SECONDS, words)


def runs_bytes() -> float | None:
    """Return what all runs together may fill of the disk: `EXPLORER_MOST_GB`, or any."""
    most = _number("EXPLORER_MOST_GB", None, "how many gigabytes all runs may fill")
    return None if most is None else 1e9 * most


def free_bytes() -> float:
    """Return what is to be left free on the disk: `EXPLORER_LEAST_FREE_GB`, or half a gigabyte."""
    words = "how many gigabytes are to be left free on the disk"
    return 1e9 * _number("EXPLORER_LEAST_FREE_GB", LEAST_FREE_GB, words)


def whole_number(name: str, usual: int | None, words: str) -> int | None:
    """Read a variable that holds a whole number.

    Args:
        name: Of the variable.
        usual: What counts where it is not set.
        words: What it sets, for people.

    Raises:
        ValueError: It holds something else.
    """
    asked = os.environ.get(name, "").strip()
    if not asked:
        return usual
    if not asked.isdecimal() or len(asked) > MOST_DIGITS or int(asked) < 1:
        raise ValueError(
            f"{name} is {cut(asked)!r}. It must be a whole number from 1 to "
            f"{10**MOST_DIGITS - 1:,}: {words}."
        )
    return int(asked)


def _number(name: str, usual: float | None, words: str) -> float | None:
    asked = os.environ.get(name, "").strip()
    if not asked:
        return usual
    try:
        number = float(asked)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ValueError(f"{name} is {cut(asked)!r}. It must be a number, at least 0: {words}.")
    return number
