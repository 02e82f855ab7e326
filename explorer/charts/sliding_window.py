"""A kernel slides over an image: the window, its products, and the cell they land in."""

from dataclasses import dataclass

import altair as alt
import numpy as np

from explorer.analysis.convolution import ACTIVATIONS, Sliding, convolve
from explorer.charts.domains import round_up
from explorer.charts.number_cells import LARGEST_HEIGHT, told
from explorer.charts.window_numbers import products_panel
from explorer.charts.window_panels import GREYS, LEAST, image_panel, result_panel
from explorer.charts.window_slider import (
    PIXELS,
    PLACE,
    RESULTS,
    SUMS,
    WEIGHTS,
    check_places,
    in_rows,
    panel_widths,
    pixel_below,
    place_words,
    told_title,
    under_one_slider,
)


@dataclass(frozen=True)
class Slid:
    """One channel and one kernel, and what becomes of them.

    Args:
        image: (height, width)
        kernel: (size, size)
        bias: Added to every sum; `None` where a layer has no biases.
        activation: A key of `ACTIVATIONS`.
        sliding: How the kernel slides.
        inks: Colours of 0 and of 1 in the image.
        name: Of the image, or of its channel.
    """

    image: np.ndarray
    kernel: np.ndarray
    bias: float | None
    activation: str
    sliding: Sliding
    inks: tuple[str, str] = GREYS
    name: str = "Image"

    @property
    def padded(self) -> np.ndarray:
        """The image within its borders of 0."""
        return np.pad(self.image, [self.sliding.borders(given) for given in self.image.shape])

    @property
    def sums(self) -> np.ndarray:
        """The sums of products. (rows, columns)"""
        kernels = self.kernel[:, :, None, None]
        return convolve(self.image[..., None], kernels, np.zeros(1), self.sliding)[..., 0]

    @property
    def results(self) -> np.ndarray:
        """The feature map: with bias, through the activation function. (rows, columns)"""
        return ACTIVATIONS[self.activation](self.sums + (self.bias or 0))


def sliding_window(slid: Slid, width: int, start: int = 0) -> alt.VConcatChart:
    """Draw the image, the window and the feature map under one slider.

    Args:
        slid: What slides over what; at least one window fits.
        width: Pixels the chart may take.
        start: The place of the window at first.

    Raises:
        ValueError: There is no place for the window, or there are too many.
    """
    sums, results, padded = slid.sums, slid.results, slid.padded
    check_places(sums.shape)
    widths, narrow = panel_widths(width)
    rows, columns = sums.shape
    limit = np.abs(slid.image).max(initial=LEAST) * np.abs(slid.kernel).max()
    panels = [
        image_panel(slid.image, slid.sliding, widths[0], _image_title(slid), inks=slid.inks),
        products_panel(
            f"{PIXELS}[{pixel_below(slid.sliding, columns, padded.shape[1])}]",
            f"{WEIGHTS}[datum.y * {slid.sliding.size} + datum.x]",
            slid.sliding.size,
            limit=round_up(max(limit, LEAST)),
            title="Window times kernel",
            room=(widths[1], LARGEST_HEIGHT),
        ),
        result_panel(
            results, slid.image, slid.sliding, widths[2], f"Feature map, {rows} x {columns}"
        ),
    ]
    held = {PIXELS: padded, SUMS: sums, RESULTS: results, WEIGHTS: slid.kernel}
    title = _title(slid, columns, narrow)
    return under_one_slider(in_rows(panels, narrow), sums.shape, held, title, start=start)


def _title(slid, columns, narrow):
    """Compute the cell in words; they follow the window."""
    total = f"'sum of {slid.kernel.size} products ' + {told(f'{SUMS}[{PLACE}]', '')}"
    if slid.bias is not None:
        total += f" + ' + bias ' + {told(slid.bias, '')} + ' = '"
        total += f" + {told(f'({SUMS}[{PLACE}] + {slid.bias})', '')}"
    lines = [place_words(columns), total]
    if slid.activation != "none":
        lines.append(f"'{slid.activation} makes it ' + {told(f'{RESULTS}[{PLACE}]', '')}")
    return told_title(lines, narrow)


def _image_title(slid):
    height, across = slid.image.shape
    added = sum(map(sum, (slid.sliding.borders(n) for n in (height, across))))
    return f"{slid.name}, {height} x {across}" + (", 0 outside the dashes" if added else "")
