"""What the charts of a sliding window share: the image, the result, and the slider over places.

The place of the window is the slider, or the cell of the result that is pointed at. Pointing at a
cell of the image shows every cell that it reaches. All of it happens in the browser.

What slides, `slid`, has an `image`, as `padded` within its borders, a `sliding`, and the `sums`
and `results` of every place, of one shape.
"""

import altair as alt
import numpy as np

from explorer.charts import pair, palette
from explorer.charts.compose import beside
from explorer.charts.domains import round_up
from explorer.charts.number_cells import (
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

PLACE, PIXELS, SUMS, RESULTS = "at", "pixels", "sums", "results"  # in the browser
POINTED, REACHING = "pointed", "reaching"  # at a cell of the result, of the image
GAP = 36
MOST_PLACES = 4_096
WAITING, BORDER = 0.12, 0.35  # opacity of cells whose window has not come yet, of the border
LEAST = 1e-9
GREYS = ["black", "white"]


def check_places(slid):
    """Check that there is something to slide over, and not too much to draw."""
    if not 0 < slid.sums.size <= MOST_PLACES:
        raise ValueError(
            f"The window has {slid.sums.size:,} places. Between 1 and {MOST_PLACES:,} can be "
            "drawn: change the size of the image, the kernel or the stride."
        )


def panel_widths(width: int) -> tuple[list[int], bool]:
    """Return the pixels of the three panels, and whether they stand one below the other."""
    narrow = width < palette.NARROW
    shares = (1, 1, 1) if narrow else (0.38, 0.27, 0.35)
    return [round((width - (0 if narrow else 2 * GAP)) * share) - 8 for share in shares], narrow


def under_one_slider(panels, slid, title, narrow) -> alt.VConcatChart:
    """Put the panels together; the slider counts the places of the window."""
    rows = panels if narrow else [beside(*panels, spacing=GAP, resolve=pair.OWN_SCALES)]
    last = slid.sums.size - 1
    slider = place_slider(last)
    pointed = f"{POINTED}.p ? {POINTED}.p[0] : min({pair.SLIDER}, {last})"
    place = alt.param(name=PLACE, expr=pointed)
    held = {PIXELS: slid.padded, SUMS: slid.sums, RESULTS: slid.results}
    known = [alt.param(name=name, value=np.ravel(of).tolist()) for name, of in held.items()]
    return pair.page(rows, params=[slider, place, *known], title=title)


def place_slider(last: int, value: int = 0, name: str = "Window ") -> alt.Parameter:
    """Return the slider over the places from 0 to `last`."""
    bound = alt.binding_range(min=0, max=max(last, 1), step=1, name=name)
    return alt.param(name=pair.SLIDER, value=value, bind=bound)


def place_words(slid) -> str:
    """Say which cell the window makes."""
    columns = slid.sums.shape[1]
    return f"'Row ' + (floor({PLACE} / {columns}) + 1) + ', column ' + ({PLACE} % {columns} + 1)"


def told_title(lines: list[str], narrow: bool) -> alt.Title:
    """Write a sentence whose parts are expressions; a line each where there is little room."""
    together = f"[{', '.join(lines)}]" if narrow else " + ', ' + ".join(lines)
    return alt.Title(
        text=alt.expr(together), fontSize=palette.PANEL_TITLE_SIZE, offset=12, anchor="start"
    )


def pixel_below(slid):
    """Say which of the pixels, borders included, lies below a cell of the window."""
    sliding, columns = slid.sliding, slid.sums.shape[1]
    across = slid.padded.shape[1]
    row = f"(floor({PLACE} / {columns}) * {sliding.stride} + datum.y * {sliding.dilation})"
    column = f"({PLACE} % {columns}) * {sliding.stride} + datum.x * {sliding.dilation}"
    return f"{row} * {across} + {column}"


def image_panel(slid, width: int, title: str, limit: float | None = None) -> alt.LayerChart:
    """Draw the image with its borders, and the window upon it.

    Args:
        slid: Has an `image`, as `padded`, a `sliding`, and `sums` of the shape that comes out.
        width: Pixels of the panel.
        title: What stands above it.
        limit: For signed values, the one at the end of the scale.
    """
    sliding, (height, across) = slid.sliding, slid.image.shape
    frame = _cells_of_image(slid)
    (top, bottom), (left, right) = sliding.borders(height), sliding.borders(across)
    size = cell_size(width, across + left + right, height + top + bottom)
    channels = cell_channels((-left, across + right), (-top, height + bottom))
    grid = alt.Chart(frame).encode(*channels)
    color = _grey(slid.image) if limit is None else signed("v", limit)
    reaching = alt.selection_point(
        name=REACHING, on="pointerover", clear="pointerout", fields=["y", "x"], empty=False
    )
    marks = [
        grid.mark_rect(stroke=palette.MUTED, strokeWidth=0.4)
        .encode(
            color, alt.Opacity("o:Q").scale(None), tooltip=tips(y2="Row", x2="Column", v="Value")
        )
        .add_params(reaching),
    ]
    if size >= READABLE:
        dark = (slid.image.min() + slid.image.max()) / 2
        on_grey = f"datum.v > {dark} ? 'black' : 'white'"
        words = on_grey if limit is None else legible("v", limit)
        marks.append(numbers(frame, "v", words, channels))
    outline = window_outline(sliding, PLACE, slid.sums.shape[1], (top, left))
    marks.append(outline.encode(*channels))
    return cell_panel(marks, size, (across + left + right, height + top + bottom), title)


def _grey(image):
    scale = alt.Scale(domain=[min(0.0, image.min()), max(1.0, image.max())], range=GREYS)
    return alt.Color("v:Q", scale=scale, legend=None)


def _cells_of_image(slid):
    """List the cells of the image and of its borders, which hold 0."""
    borders = [slid.sliding.borders(given) for given in slid.image.shape]
    inside = np.pad(np.ones(slid.image.shape), borders)
    y, x = (axis.ravel() for axis in np.indices(inside.shape))
    y, x = y - borders[0][0], x - borders[1][0]
    opacity = np.where(inside.ravel() > 0, 1.0, BORDER)
    return with_ends({"y": y, "x": x, "v": slid.padded.ravel(), "o": opacity})


def result_panel(slid, width: int, name: str = "Feature map") -> alt.LayerChart:
    """Draw the feature map as far as the window has come."""
    results = slid.results
    rows, columns = results.shape
    size = cell_size(width, columns, rows)
    y, x = (axis.ravel() for axis in np.mgrid[:rows, :columns])
    frame = with_ends({"p": np.arange(results.size), "y": y, "x": x, "a": results.ravel()})
    channels = cell_channels((0, columns), (0, rows))
    limit = round_up(max(np.abs(results).max(), LEAST))
    pointed = alt.selection_point(
        name=POINTED, on="pointerover", clear="pointerout", fields=["p"], empty=False
    )
    come = f"datum.p <= {pair.SLIDER} || datum.p == {PLACE}"
    grid = alt.Chart(frame).encode(*channels)
    marks = [
        grid.mark_rect(
            stroke=palette.MUTED,
            strokeWidth=0.4,
            opacity=alt.expr(f"{come} ? 1 : {WAITING}"),
        )
        .encode(signed("a", limit), tooltip=tips(y2="Row", x2="Column", a="Value"))
        .add_params(pointed),
    ]
    if size >= READABLE:
        color = f"{come} ? {legible('a', limit)} : 'transparent'"
        marks.append(numbers(frame, "a", color, channels))
    sliding, (top, left) = slid.sliding, [slid.sliding.borders(n)[0] for n in slid.image.shape]
    for condition, color in (
        (_is_reached(sliding, top, left), palette.RUN_A),
        (f"datum.p == {PLACE}", palette.HIGHLIGHT),
    ):
        marks.append(
            grid.mark_rect(
                filled=False, stroke=color, strokeWidth=2.5, tooltip=None
            ).transform_filter(condition)
        )
    return cell_panel(marks, size, (columns, rows), f"{name}, {rows} x {columns}")


def _is_reached(sliding, top, left):
    """Say whether the window of a cell covers the cell of the image that is pointed at."""
    parts = [f"isValid({REACHING}.y)"]
    for field, before in (("y", top), ("x", left)):
        apart = f"({REACHING}.{field}[0] + {before} - datum.{field} * {sliding.stride})"
        parts += [
            f"{apart} >= 0",
            f"{apart} < {sliding.extent}",
            f"{apart} % {sliding.dilation} == 0",
        ]
    return " && ".join(parts)
