"""Matrices as cells with numbers in them: what the charts of the page Convolution are made of."""

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import palette
from explorer.charts.compose import layered

SMALL = 10  # of a number in a cell
READABLE, ROOMY = 24, 56  # pixels a cell needs for a number, for three lines
LARGEST_CELL, LARGEST_HEIGHT = 44, 520
LEAST_TOLD = 0.005


def with_ends(columns):
    """Add where each cell ends: seen as a number, also its row and column, counted from 1."""
    return pd.DataFrame({**columns, "y2": columns["y"] + 1, "x2": columns["x"] + 1})


def numbers(frame, field, color, channels):
    """Write a number into every cell."""
    words = alt.Chart(frame).mark_text(fontSize=SMALL, color=alt.expr(color), tooltip=None)
    words = words.transform_calculate(t=told(field))
    return centred(words, channels).encode(alt.Text("t:N"))


def told(field, owner="datum."):
    """Write a number short enough for a cell: two decimals, `1.23k` from a thousand on, `1e+9`."""
    value = f"{owner}{field}"
    size = f"abs({value})"
    form = f"{size} < 1e3 ? '.2~f' : {size} < 1e9 ? '.3~s' : '.0e'"
    return f"format({size} < {LEAST_TOLD} ? 0 : {value}, {form})"


def centred(marks, channels):
    """Put words into the middle of cells: the scales of the cells, without their far ends."""
    x, _, y, _ = channels
    return marks.transform_calculate(mx="datum.x + 0.5", my="datum.y + 0.5").encode(
        alt.X("mx:Q", scale=x["scale"], axis=None), alt.Y("my:Q", scale=y["scale"], axis=None)
    )


def cell_channels(across, down):
    """Place cells by their corners, `x` to `x2` and `y` to `y2`, rows counted from the top."""
    return (
        alt.X("x:Q", scale=alt.Scale(domain=list(across), nice=False, zero=False), axis=None),
        alt.X2(field="x2"),  # of "x2" alone Altair would guess the type
        alt.Y("y:Q", scale=alt.Scale(domain=list(down)[::-1], nice=False, zero=False), axis=None),
        alt.Y2(field="y2"),
    )


def signed(field, limit):
    """Colour signed values, 0 in the middle."""
    anchors = np.linspace(-limit, limit, len(palette.DIVERGING)).tolist()
    scale = alt.Scale(domain=anchors, range=list(palette.DIVERGING))
    return alt.Color(f"{field}:Q", scale=scale, legend=None)


def legible(field, limit):
    """Say which colour words need on a cell of the signed scale."""
    return f"abs(datum.{field}) > {0.6 * limit} ? 'white' : 'black'"


def cell_panel(marks, size, cells, title):
    """Put marks of cells into one panel."""
    return layered(
        *marks,
        width=size * cells[0],
        height=size * cells[1],
        resolve=alt.Resolve(scale=alt.ScaleResolveMap(color="independent", opacity="independent")),
        title=alt.Title(title, fontSize=palette.PANEL_TITLE_SIZE, anchor="start", offset=8),
    )


def cell_size(width, across, down, most=LARGEST_CELL):
    """Return the pixels of a cell, so that all fit."""
    return max(2, min(most, int(width / across), int(LARGEST_HEIGHT / down)))


def tips(**titles):
    """Say what is told of the cell that is pointed at."""
    return [
        alt.Tooltip(f"{field}:Q", title=title, format=".4~g") for field, title in titles.items()
    ]


def window_outline(sliding, place, columns, before):
    """Draw the cells that a window covers; encode it with the channels of the image.

    Args:
        sliding: How the window slides.
        place: The parameter that says where it is, counted row after row.
        columns: How many places there are in a row.
        before: Cells of the border at the top and at the left.
    """
    i, j = (axis.ravel() for axis in np.indices((sliding.size, sliding.size)))
    row, column = f"floor({place} / {columns})", f"({place} % {columns})"
    return (
        alt.Chart(pd.DataFrame({"i": i, "j": j}))
        .mark_rect(filled=False, stroke=palette.HIGHLIGHT, strokeWidth=2.5, tooltip=None)
        .transform_calculate(
            y=f"{row} * {sliding.stride} - {before[0]} + datum.i * {sliding.dilation}",
            x=f"{column} * {sliding.stride} - {before[1]} + datum.j * {sliding.dilation}",
            y2="datum.y + 1",
            x2="datum.x + 1",
        )
    )
