"""The slider of the charts of a sliding window: where the window is, in numbers and in words.

The place of the window is the slider, or the cell of a result that is pointed at. All of it
happens in the browser.
"""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np

from explorer.analysis.convolution import Sliding
from explorer.charts import pair, palette
from explorer.charts.compose import beside

PLACE, PIXELS, SUMS, RESULTS, WEIGHTS = "at", "pixels", "sums", "results", "weights"  # in browser
POINTED, REACHING = "pointed", "reaching"  # at a cell of the result, of the image
GAP = 36
MOST_PLACES = 4_096


def check_places(shape: tuple[int, int]) -> None:
    """Check that there is something to slide over, and not too much to draw.

    Args:
        shape: Rows and columns of what comes out.

    Raises:
        ValueError: There is no place for the window, or there are too many.
    """
    places = shape[0] * shape[1]
    if not 0 < places <= MOST_PLACES:
        raise ValueError(
            f"The window has {places:,} places. Between 1 and {MOST_PLACES:,} can be drawn: "
            "change the size of the image, the kernel or the stride."
        )


def panel_widths(width: int) -> tuple[list[int], bool]:
    """Return the pixels of the three panels, and whether they stand one below the other."""
    narrow = width < palette.NARROW
    shares = (1, 1, 1) if narrow else (0.38, 0.27, 0.35)
    return [round((width - (0 if narrow else 2 * GAP)) * share) - 8 for share in shares], narrow


def in_rows(panels: Sequence, narrow: bool) -> list:
    """Put panels side by side, or one below the other on a narrow page."""
    return list(panels) if narrow else [beside(*panels, spacing=GAP, resolve=pair.OWN_SCALES)]


def under_one_slider(
    rows: Sequence,
    shape: tuple[int, int],
    held: Mapping[str, np.ndarray],
    title: alt.Title,
    *,
    pointed: Sequence[str] = (POINTED,),
    switches: Sequence[alt.Parameter] = (),
    start: int = 0,
) -> alt.VConcatChart:
    """Put rows of panels under a slider that counts the places of the window.

    Args:
        rows: Panels, from top to bottom.
        shape: Rows and columns of what comes out.
        held: Numbers that the browser looks up, by name.
        title: What is said above.
        pointed: The selections of the cells that come out.
        switches: Parameters bound to a control, shown below the slider.
        start: The place at which the slider stands at first.
    """
    last = shape[0] * shape[1] - 1
    known = [alt.param(name=name, expr=_listed(of)) for name, of in held.items()]
    params = [place_slider(last, start), *switches, place_param(last, pointed), *known]
    return pair.page(rows, params=params, title=title)


def _listed(numbers):
    """Write numbers as one expression: Altair would look at every number of a list."""
    return f"[{','.join(f'{one:.9g}' for one in np.ravel(numbers).tolist())}]"


def place_slider(last: int, value: int = 0, name: str = "Window ") -> alt.Parameter:
    """Return the slider over the places from 0 to `last`."""
    bound = alt.binding_range(min=0, max=max(last, 1), step=1, name=name)
    return alt.param(name=pair.SLIDER, value=value, bind=bound)


def place_param(last: int, pointed: Sequence[str] = (POINTED,)) -> alt.Parameter:
    """Return where the window is: at the cell that is pointed at, else where the slider is."""
    places = "".join(f"{name}.p ? {name}.p[0] : " for name in pointed)
    return alt.param(name=PLACE, expr=f"{places}min({pair.SLIDER}, {last})")


def place_words(columns: int) -> str:
    """Say which cell the window makes, of a result of so many columns."""
    return f"'Row ' + (floor({PLACE} / {columns}) + 1) + ', column ' + ({PLACE} % {columns} + 1)"


def told_title(lines: list[str], narrow: bool) -> alt.Title:
    """Write a sentence whose parts are expressions; a line each where there is little room."""
    together = f"[{', '.join(lines)}]" if narrow else " + ', ' + ".join(lines)
    return alt.Title(
        text=alt.expr(together), fontSize=palette.PANEL_TITLE_SIZE, offset=12, anchor="start"
    )


def pixel_below(sliding: Sliding, columns: int, across: int) -> str:
    """Say which of the pixels lies below the cell of the window in row `y` and column `x`.

    Args:
        sliding: How the window slides.
        columns: Places in a row of what comes out.
        across: Pixels in a row, borders included.
    """
    row = f"(floor({PLACE} / {columns}) * {sliding.stride} + datum.y * {sliding.dilation})"
    column = f"({PLACE} % {columns}) * {sliding.stride} + datum.x * {sliding.dilation}"
    return f"{row} * {across} + {column}"
