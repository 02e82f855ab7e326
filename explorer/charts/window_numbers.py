"""The middle of the charts of a sliding window: the numbers that lie in it, and what they make."""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np

from explorer.charts import palette
from explorer.charts.number_cells import (
    READABLE,
    ROOMY,
    SMALL,
    cell_channels,
    cell_panel,
    cell_size,
    centred,
    legible,
    signed,
    tips,
    told,
    with_ends,
)

LARGEST_CELL = 96
PRODUCT = "m"
LINES = (("v", "", -0.26), ("w", "\u00d7 ", 0.0), (PRODUCT, "= ", 0.26))


def products_panel(
    pixel: str, weight: str, length: int, *, limit: float, title, room: tuple[int, int]
) -> alt.LayerChart:
    """Draw the numbers of the window times those of the kernel.

    Args:
        pixel: Which number of the image lies below the cell in row `y`, column `x`.
        weight: Which number of the kernel stands there.
        length: Rows and columns of the window.
        limit: The product at the end of the colour scale.
        title: What stands above it.
        room: Pixels there are, across and down.
    """
    values = {"v": pixel, "w": weight, PRODUCT: "datum.v * datum.w"}
    told_of = {"v": "Of the image", "w": "Of the kernel", PRODUCT: "Product"}
    return window_panel(values, length, LINES, told_of, limit=limit, title=title, room=room)


def window_panel(
    values: Mapping[str, str],
    length: int,
    lines: Sequence[tuple[str, str, float]],
    told_of: Mapping[str, str],
    *,
    limit: float,
    title,
    room: tuple[int, int],
    marked: str | None = None,
) -> alt.LayerChart:
    """Draw the cells of a window, coloured by the last of their values.

    Args:
        values: What a cell holds, by name: expressions of its row `y` and column `x`.
        length: Rows and columns of the window.
        lines: What is written into a cell: a value, what stands before it, and where, from the
            middle of the cell. Where there is little room, the last one alone.
        told_of: What the values are called.
        limit: The value at the end of the colour scale.
        title: What stands above it.
        room: Pixels there are, across and down.
        marked: Which cells stand out; all of them by default.
    """
    size = min(cell_size(room[0], length, length, most=LARGEST_CELL), room[1] // length)
    y, x = (axis.ravel() for axis in np.indices((length, length)))
    shown = alt.Chart(with_ends({"y": y, "x": x})).transform_calculate(**values)
    channels, field = cell_channels((0, length), (0, length)), lines[-1][0]
    marks = [_cells(shown, channels, field, limit, told_of, size, marked)]
    if marked:
        outline = shown.encode(*channels).transform_filter(marked)
        marks.append(
            outline.mark_rect(filled=False, stroke=palette.HIGHLIGHT, strokeWidth=3, tooltip=None)
        )
    marks += _words(shown, channels, size, lines, limit)
    return cell_panel(marks, size, (length, length), title)


def _cells(shown, channels, field, limit, told_of, size, marked):
    stroke = palette.MUTED if marked else palette.HIGHLIGHT
    cells = shown.encode(*channels).mark_rect(stroke=stroke, strokeWidth=1.5 if size > 12 else 0.5)
    return cells.encode(signed(field, limit), tooltip=tips(**told_of))


def _words(shown, channels, size, lines, limit):
    """Write the lines into the cells, as many as there is room for."""
    roomy = size >= ROOMY
    field = lines[-1][0]
    for name, before, apart in lines if roomy else lines[-1:] if size >= READABLE else ():
        words = shown.mark_text(
            fontSize=palette.LABEL_SIZE if roomy else SMALL,
            dy=apart * size if roomy else 0,
            color=alt.expr(legible(field, limit)),
            tooltip=None,
        ).transform_calculate(t=f"'{before if roomy else ''}' + {told(name)}")
        yield centred(words, channels).encode(alt.Text("t:N"))
