"""A matrix drawn as a picture: its axes call rows and columns by their numbers, from 1."""

import json
from collections.abc import Sequence

import altair as alt

from explorer.charts.layer import Heatmaps

MOST_COLUMN_TICKS = 12
MOST_ROW_TICKS = 8


def matrix_channels(data: Heatmaps, every: int = 1) -> list:
    """Stretch a picture `u` from `a` to `b` and `c` to `d`, on axes that number rows and columns.

    Args:
        data: What is drawn.
        every: Which of its rows the picture has: every one, every second...
    """
    row_numbers = data.row_numbers[::every]
    row_title = data.row_title if every == 1 else f"{data.row_title} (every {every}th)"
    return [
        alt.X("a:Q")
        .scale(domain=[0, len(data.column_numbers)], nice=False)
        .axis(**numbered(data.column_numbers, MOST_COLUMN_TICKS))
        .title(data.column_title),
        alt.X2("b"),
        alt.Y("c:Q")
        .scale(domain=[len(row_numbers), 0], nice=False)
        .axis(**numbered(row_numbers, MOST_ROW_TICKS))
        .title(row_title),
        alt.Y2("d"),
        alt.Url("u:N"),
    ]


def numbered(numbers: Sequence[int], most: int) -> dict:
    """Return the options of an axis of cells, a label in the middle of some of them.

    >>> numbered([1, 2, 3, 7], 2)["values"]
    [0.5, 2.5]
    >>> numbered([1, 2, 3, 7], 2)["labelExpr"]
    '["1", "3"][indexof([0.5, 2.5], datum.value)]'

    Args:
        numbers: What the cells are called, in their order.
        most: How many labels there may be.
    """
    places = range(0, len(numbers), _distance(len(numbers), most))
    middles = [place + 0.5 for place in places]
    labels = json.dumps([f"{numbers[place]:,}" for place in places])
    return {
        "values": middles,
        "labelExpr": f"{labels}[indexof({json.dumps(middles)}, datum.value)]",
        "labelOverlap": "greedy",
        "grid": False,
    }


def _distance(count, most):
    """Return 1, 2, 5, 10, 20, ...: the smallest that gives so many labels at most."""
    round_numbers = (digit * 10**power for power in range(20) for digit in (1, 2, 5))
    return next(distance for distance in round_numbers if -(-count // distance) <= most)
