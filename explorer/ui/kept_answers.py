"""How many answers a session keeps, and how much memory they may fill. No Streamlit."""

import time
from collections import OrderedDict
from collections.abc import Mapping

import numpy as np

MOST_ANSWERS = 64
MOST_BYTES = 64_000_000

Arrays = Mapping[str, np.ndarray]


def num_bytes(arrays: Arrays) -> int:
    """Return the memory that an answer fills."""
    return sum(values.nbytes for values in arrays.values())


def keep(
    answers: OrderedDict[str, Arrays],
    key: str,
    arrays: Arrays,
    *,
    used: dict[str, float],
    since: float,
    most_bytes: int = MOST_BYTES,
) -> bool:
    """Keep an answer and forget those that were not used for longest, until all have room.

    What was used after the new one was asked for is not forgotten: a page that needs more answers
    than there is room for would ask for them again and again, each driving out the next. The new
    one is not kept then, and neither is one that is larger than all the room.

    Args:
        answers: Those that are kept, the one used last at the end; changed in place.
        key: What was asked.
        arrays: The answer.
        used: When each was used last, see `note_use`.
        since: When this one was asked for.
        most_bytes: The room.

    Returns:
        Whether it is kept.
    """
    before = sum(map(num_bytes, answers.values()))
    room = most_bytes - num_bytes(arrays)
    number, going = len(answers), []
    for old in answers:
        if before <= room and number < MOST_ANSWERS:
            break
        if used.get(old, 0.0) <= since:
            going.append(old)
            before, number = before - num_bytes(answers[old]), number - 1
    if before > room or number >= MOST_ANSWERS:
        return False
    for old in going:
        del answers[old]
        used.pop(old, None)
    answers[key] = arrays
    return True


def note_use(answers: OrderedDict[str, Arrays], key: str, used: dict[str, float]) -> None:
    """Note that an answer is used now."""
    answers.move_to_end(key)
    used[key] = time.monotonic()
