"""What the charts of a sliding window share: the image under the window, and the result it fills.

Pointing at a cell of the result shows its window; pointing at a cell of the image shows every cell
that it reaches. All of it happens in the browser.
"""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from explorer.analysis.convolution import Sliding
from explorer.charts import pair, palette
from explorer.charts.domains import round_up
from explorer.charts.number_cells import (
    LARGEST_HEIGHT,
    READABLE,
    cell_channels,
    cell_panel,
    cell_size,
    legible,
    numbers,
    signed,
    tips,
    window_outline,
    with_ends,
)
from explorer.charts.window_slider import PLACE, POINTED, REACHING

VEIL = 0.75  # opacity of what hides cells whose window has not come
LEAST = 1e-9
LEAST_WITH_LINES = 12  # pixels of a cell
GREYS = ("black", "white")
INKS = ("#ff4b4b", "#3fd46f", "#5b8cff")  # of red, green and blue light, each readable on black


def image_panel(
    image: np.ndarray,
    sliding: Sliding,
    width: int,
    title: str,
    *,
    inks: Sequence[str] = GREYS,
    limit: float | None = None,
    reaching: str = REACHING,
    height: int = LARGEST_HEIGHT,
) -> alt.LayerChart:
    """Draw one channel with its borders, and the window upon it.

    Args:
        image: (height, width)
        sliding: How the window slides.
        width: Pixels of the panel.
        title: What stands above it.
        inks: Colours of 0 and of 1.
        limit: For signed values, the one at the end of the scale.
        reaching: The selection of the cell that is pointed at.
        height: Pixels of the panel, at most.
    """
    (top, bottom), (left, right) = (sliding.borders(given) for given in image.shape)
    down, across = image.shape[0] + top + bottom, image.shape[1] + left + right
    size = max(2, min(cell_size(width, across, down), height // down))
    channels = cell_channels((-left, across - left), (-top, down - top))
    frame = _cells_of_image(image, sliding)
    grid = alt.Chart(frame).encode(*channels)
    pointed = alt.selection_point(
        name=reaching, on="pointerover", clear="pointerout", fields=["y", "x"], empty=False
    )
    color = _light(image, inks) if limit is None else signed("v", limit)
    cells = grid.mark_rect(**_lines(size)).encode(
        color, tooltip=tips(y2="Row", x2="Column", v="Value")
    )
    marks = [cells.add_params(pointed)]
    if top or bottom or left or right:
        marks.append(_edge(image.shape).encode(*channels))
    if size >= READABLE:
        words = _on_light(image, inks) if limit is None else legible("v", limit)
        marks.append(numbers(frame, "v", words, channels))
    columns = sliding.length(image.shape[1])
    marks.append(window_outline(sliding, PLACE, columns, (top, left)).encode(*channels))
    return cell_panel(marks, size, (across, down), title)


def _light(image, inks):
    ends = [min(0.0, image.min()), max(1.0, image.max())]
    scale = alt.Scale(domain=ends, range=list(inks), interpolate="rgb")  # 0 stays black
    return alt.Color("v:Q", scale=scale, legend=None)


def _on_light(image, inks):
    """Say which colour words need on a cell of the image; colours are darker than white."""
    middle = 0.5 if tuple(inks) == GREYS else 0.7
    dark = min(0.0, image.min()) * (1 - middle) + max(1.0, image.max()) * middle
    return f"datum.v > {dark} ? 'black' : 'white'"


def _cells_of_image(image, sliding):
    """List the cells of the image and of its borders, which hold 0 and look like any 0."""
    borders = [sliding.borders(given) for given in image.shape]
    padded = np.pad(image, borders)
    y, x = (axis.ravel() for axis in np.indices(padded.shape))
    return with_ends({"y": y - borders[0][0], "x": x - borders[1][0], "v": padded.ravel()})


def _edge(shape):
    """Draw where the image ends and its borders begin."""
    ends = pd.DataFrame({"y": [0], "x": [0], "y2": [shape[0]], "x2": [shape[1]]})
    style = {"stroke": palette.MUTED, "strokeWidth": 2, "strokeDash": [5, 3], "tooltip": None}
    return alt.Chart(ends).mark_rect(filled=False, **style)


def result_panel(
    results: np.ndarray,
    image: np.ndarray,
    sliding: Sliding,
    width: int,
    title: str,
    *,
    limit: float | None = None,
    pointed: str = POINTED,
    reaching: Sequence[str] = (REACHING,),
    shown: str = "true",
    height: int = LARGEST_HEIGHT,
) -> alt.LayerChart:
    """Draw a feature map as far as the window has come.

    Args:
        results: (rows, columns)
        image: What the window slides over. (height, width)
        sliding: How it slides.
        width: Pixels of the panel.
        title: What stands above it.
        limit: The value at the end of the colour scale.
        pointed: The selection of the cell that is pointed at.
        reaching: The selections of cells of the image.
        shown: Whether the window is at work on this map.
        height: Pixels of the panel, at most.
    """
    rows, columns = results.shape
    size = max(2, min(cell_size(width, columns, rows), height // rows))
    y, x = (axis.ravel() for axis in np.indices(results.shape))
    frame = with_ends({"p": np.arange(results.size), "y": y, "x": x, "a": results.ravel()})
    channels = cell_channels((0, columns), (0, rows))
    limit = limit or round_up(max(np.abs(results).max(), LEAST))
    selection = alt.selection_point(
        name=pointed, on="pointerover", clear="pointerout", fields=["p"], empty=False
    )
    grid = alt.Chart(frame).encode(*channels)
    cells = grid.mark_rect(**_lines(size)).encode(
        signed("a", limit), tooltip=tips(y2="Row", x2="Column", a="Value")
    )
    marks = [cells.add_params(selection)]
    if size >= READABLE:
        marks.append(numbers(frame, "a", legible("a", limit), channels))
    marks.append(_veil(rows, columns).encode(*channels))
    before = [sliding.borders(given)[0] for given in image.shape]
    reached = grid.transform_filter(_is_reached(sliding, before, reaching))
    made = _cell(columns, shown).encode(*channels)
    marks += [_outline(reached, palette.RUN_A), _outline(made, palette.HIGHLIGHT)]
    return cell_panel(marks, size, (columns, rows), title)


def _lines(size):
    """Draw lines between cells that are large enough; smaller ones make a picture."""
    return {"stroke": palette.MUTED, "strokeWidth": 0.4} if size >= LEAST_WITH_LINES else {}


def _veil(rows, columns):
    """Hide the cells whose window has not come yet: the rest of a row, and the rows below.

    Two rectangles in the colour of the page, whatever the size of the map: an opacity of its own
    for each cell would be computed for all of them at every move.
    """
    come = f"max({pair.SLIDER}, {PLACE})"
    return (
        alt.Chart(pd.DataFrame({"k": [0, 1]}))
        .mark_rect(fill=alt.expr("background"), fillOpacity=VEIL, strokeWidth=0, tooltip=None)
        .transform_calculate(
            y=f"floor({come} / {columns}) + datum.k",
            x=f"datum.k ? 0 : {come} % {columns} + 1",
            y2=f"datum.k ? {rows} : datum.y + 1",
            x2=f"{columns}",
        )
    )


def _cell(columns, shown):
    """Return the one cell that the window makes; looking for it among all would take longer."""
    return (
        alt.Chart(pd.DataFrame({"k": [0]}))
        .transform_calculate(y=f"floor({PLACE} / {columns})", x=f"{PLACE} % {columns}")
        .transform_calculate(y2="datum.y + 1", x2="datum.x + 1")
        .transform_filter(shown)
    )


def _outline(grid, color):
    return grid.mark_rect(filled=False, stroke=color, strokeWidth=2.5, tooltip=None)


def _is_reached(sliding, before, reaching):
    """Say whether the window of a cell covers a cell of the image that is pointed at."""
    return " || ".join(f"({_reaches(sliding, before, name)})" for name in reaching)


def _reaches(sliding, before, name):
    parts = [f"isValid({name}.y)"]
    for field, border in zip("yx", before, strict=True):
        apart = f"({name}.{field}[0] + {border} - datum.{field} * {sliding.stride})"
        parts += [
            f"{apart} >= 0",
            f"{apart} < {sliding.extent}",
            f"{apart} % {sliding.dilation} == 0",
        ]
    return " && ".join(parts)
