"""A pooling window slides over a feature map: of each window one number is left."""

from dataclasses import dataclass

import altair as alt
import numpy as np

from explorer.analysis.convolution import Sliding, pool
from explorer.charts import palette
from explorer.charts.domains import round_up
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
from explorer.charts.window_panels import (
    LEAST,
    PIXELS,
    PLACE,
    RESULTS,
    check_places,
    image_panel,
    panel_widths,
    pixel_below,
    place_words,
    result_panel,
    told_title,
    under_one_slider,
)

LARGEST_VALUE = 96
WORDS = {"max": "the largest", "average": "the mean"}


@dataclass(frozen=True)
class Pooled:
    """A feature map, and what pooling leaves of it.

    Args:
        image: The feature map. (height, width)
        sliding: How the window slides, without borders.
        kind: `"max"` or `"average"`.
    """

    image: np.ndarray
    sliding: Sliding
    kind: str

    @property
    def padded(self) -> np.ndarray:
        """The same: there are no borders."""
        return self.image

    @property
    def sums(self) -> np.ndarray:
        """The results: nothing is summed before them."""
        return self.results

    @property
    def results(self) -> np.ndarray:
        """What is left. (rows, columns)"""
        return pool(self.image[..., None], self.sliding, self.kind)[..., 0]


def sliding_pool(pooled: Pooled, width: int) -> alt.VConcatChart:
    """Draw the feature map, the window and what is left, under one slider.

    Args:
        pooled: What is pooled; at least one window fits.
        width: Pixels the chart may take.

    Raises:
        ValueError: There is no place for the window, or there are too many.
    """
    check_places(pooled)
    widths, narrow = panel_widths(width)
    limit = round_up(max(np.abs(pooled.image).max(), LEAST))
    height, across = pooled.image.shape
    panels = [
        image_panel(pooled, widths[0], f"Feature map, {height} x {across}", limit),
        _window(pooled, widths[1], limit),
        result_panel(pooled, widths[2], "Pooled"),
    ]
    size = pooled.sliding.size
    words = f"'{WORDS[pooled.kind]} of {size**2} numbers is ' + {told(f'{RESULTS}[{PLACE}]', '')}"
    title = told_title([place_words(pooled), words], narrow)
    return under_one_slider(panels, pooled, title, narrow)


def _window(pooled, width, limit):
    """Draw the numbers of the window; of a maximum, the one that is left stands out."""
    length = pooled.sliding.size
    size = cell_size(width, length, length, most=LARGEST_VALUE)
    y, x = (axis.ravel() for axis in np.indices((length, length)))
    shown = alt.Chart(with_ends({"y": y, "x": x})).transform_calculate(
        v=f"{PIXELS}[{pixel_below(pooled)}]"
    )
    channels = cell_channels((0, length), (0, length))
    cells = shown.encode(*channels)
    marks = [
        cells.mark_rect(stroke=palette.MUTED, strokeWidth=1).encode(
            signed("v", limit), tooltip=tips(v="Value")
        )
    ]
    left = "true" if pooled.kind == "average" else f"datum.v == {RESULTS}[{PLACE}]"
    marks.append(
        cells.mark_rect(
            filled=False, stroke=palette.HIGHLIGHT, strokeWidth=3, tooltip=None
        ).transform_filter(left)
    )
    if size >= READABLE:
        words = shown.mark_text(
            fontSize=palette.LABEL_SIZE if size >= ROOMY else SMALL,
            color=alt.expr(legible("v", limit)),
            tooltip=None,
        )
        words = words.transform_calculate(t=told("v"))
        marks.append(centred(words, channels).encode(alt.Text("t:N")))
    return cell_panel(marks, size, (length, length), "Window")
