"""Whose turn it is: places in a line that is shared fairly among those who wait. Pure.

Start-time fair queueing (P. Goyal, H. M. Vin, H. Cheng: Start-time fair queueing, 1996), with every
piece of work counted as one. Whoever joins the line gets a turn: that of the work being done at the
moment, or the one after the own last, whichever is later. The line is worked off turn by turn, and
within a turn in the order of arrival. The first of a newcomer therefore waits for one of each other
owner at most, however many these have in line, and nothing has to be remembered but the line.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple


class Place(NamedTuple):
    """A place in line; places compare in the order in which they are worked off.

    Args:
        turn: From `turn_for`.
        number: Counts who joined; no two living places share it.
        owner: Whose it is.
    """

    turn: int
    number: int
    owner: str


def at_work(line: Iterable[Place], slots: int, most: int | None = None) -> list[Place]:
    """Return the places that are worked on, in order.

    Joining and leaving never takes the work away from one of them, as long as `turn_for` and this
    are asked with the same numbers.

    Args:
        line: All living places, in any order.
        slots: How many are worked on at once.
        most: How many of one owner are worked on at once; as many as there are slots by default.
    """
    chosen, of_owner = [], Counter()
    for place in sorted(line):
        if len(chosen) == slots:
            break
        if most is None or of_owner[place.owner] < most:
            chosen.append(place)
            of_owner[place.owner] += 1
    return chosen


def turn_for(owner: str, line: Iterable[Place], slots: int, most: int | None = None) -> int:
    """Return the turn of somebody who joins the line now.

    Args:
        owner: Who joins.
        line: All living places.
        slots: As for `at_work`.
        most: As for `at_work`.
    """
    line = list(line)
    now = max((place.turn for place in at_work(line, slots, most)), default=0)
    own = max((place.turn for place in line if place.owner == owner), default=-1)
    return max(now, own + 1)
