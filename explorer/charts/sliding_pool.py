"""A pooling window slides over a feature map: of each window one number is left."""

from dataclasses import dataclass

import altair as alt
import numpy as np

from explorer.analysis.convolution import Sliding, pool
from explorer.charts.domains import round_up
from explorer.charts.number_cells import LARGEST_HEIGHT, told
from explorer.charts.window_numbers import window_panel
from explorer.charts.window_panels import LEAST, image_panel, result_panel
from explorer.charts.window_slider import (
    PIXELS,
    PLACE,
    RESULTS,
    check_places,
    in_rows,
    panel_widths,
    pixel_below,
    place_words,
    told_title,
    under_one_slider,
)

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
    image, sliding, results = pooled.image, pooled.sliding, pooled.results
    check_places(results.shape)
    widths, narrow = panel_widths(width)
    limit = round_up(max(np.abs(image).max(), LEAST))
    (height, across), (rows, columns) = image.shape, results.shape
    panels = [
        image_panel(image, sliding, widths[0], f"Feature map, {height} x {across}", limit=limit),
        window_panel(
            {"v": f"{PIXELS}[{pixel_below(sliding, columns, across)}]"},
            sliding.size,
            (("v", "", 0.0),),
            {"v": "Value"},
            limit=limit,
            title="Window",
            room=(widths[1], LARGEST_HEIGHT),
            marked="true" if pooled.kind == "average" else f"datum.v == {RESULTS}[{PLACE}]",
        ),
        result_panel(
            results, image, sliding, widths[2], f"Pooled, {rows} x {columns}", limit=limit
        ),
    ]
    numbers = "1 number" if sliding.size == 1 else f"{sliding.size**2} numbers"
    words = f"'{WORDS[pooled.kind]} of {numbers} is '"
    title = told_title(
        [place_words(columns), f"{words} + {told(f'{RESULTS}[{PLACE}]', '')}"], narrow
    )
    held = {PIXELS: image, RESULTS: results}
    return under_one_slider(in_rows(panels, narrow), results.shape, held, title)
