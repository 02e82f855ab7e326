"""A kernel slides over an image: the window, its products, and the cell they land in.

The place of the window is the slider, or the cell of the feature map that is pointed at. Pointing
at a cell of the image shows every cell that it reaches. All of it happens in the browser.
"""

from dataclasses import dataclass

import altair as alt
import numpy as np

from explorer.analysis.convolution import ACTIVATIONS, Sliding, convolve
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
    SUMS,
    check_places,
    image_panel,
    panel_widths,
    pixel_below,
    place_words,
    result_panel,
    told_title,
    under_one_slider,
)

LARGEST_PRODUCT = 96
LINES = (("v", "", -0.26), ("w", "\u00d7 ", 0.0), ("m", "= ", 0.26))


@dataclass(frozen=True)
class Slid:
    """One channel and one kernel, and what becomes of them.

    Args:
        image: (height, width)
        kernel: (size, size)
        bias: Added to every sum.
        activation: A key of `ACTIVATIONS`.
        sliding: How the kernel slides.
    """

    image: np.ndarray
    kernel: np.ndarray
    bias: float
    activation: str
    sliding: Sliding

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
        return ACTIVATIONS[self.activation](self.sums + self.bias)


def sliding_window(slid: Slid, width: int) -> alt.VConcatChart:
    """Draw the image, the window and the feature map under one slider.

    Args:
        slid: What slides over what; at least one window fits.
        width: Pixels the chart may take.

    Raises:
        ValueError: There is no place for the window, or there are too many.
    """
    check_places(slid)
    widths, narrow = panel_widths(width)
    panels = [
        image_panel(slid, widths[0], _image_title(slid)),
        _window(slid, widths[1]),
        result_panel(slid, widths[2]),
    ]
    return under_one_slider(panels, slid, _title(slid, narrow), narrow)


def _title(slid, narrow):
    """Compute the cell in words; they follow the window."""
    total = f"'sum of {slid.kernel.size} products ' + {told(f'{SUMS}[{PLACE}]', '')}"
    total += f" + ' + bias ' + {told(slid.bias, '')} + ' = '"
    total += f" + {told(f'({SUMS}[{PLACE}] + {slid.bias})', '')}"
    lines = [place_words(slid), total]
    if slid.activation != "none":
        lines.append(f"'{slid.activation} makes it ' + {told(f'{RESULTS}[{PLACE}]', '')}")
    return told_title(lines, narrow)


def _window(slid, width):
    """Draw the numbers of the window times those of the kernel."""
    length = len(slid.kernel)
    size = cell_size(width, length, length, most=LARGEST_PRODUCT)
    y, x = (axis.ravel() for axis in np.indices(slid.kernel.shape))
    frame = with_ends({"y": y, "x": x, "w": slid.kernel.ravel()})
    channels = cell_channels((0, length), (0, length))
    limit = round_up(max(np.abs(slid.kernel).max() * np.abs(slid.image).max(), LEAST))
    shown = alt.Chart(frame).transform_calculate(
        v=f"{PIXELS}[{pixel_below(slid)}]", m="datum.v * datum.w"
    )
    marks = [
        shown.encode(*channels)
        .mark_rect(stroke=palette.HIGHLIGHT, strokeWidth=1.5)
        .encode(signed("m", limit), tooltip=tips(v="Of the image", w="Of the kernel", m="Product"))
    ]
    roomy = size >= ROOMY
    lines = LINES if roomy else (LINES[-1],) if size >= READABLE else ()
    for field, before, apart in lines:
        words = shown.mark_text(
            fontSize=palette.LABEL_SIZE if roomy else SMALL,
            dy=apart * size if roomy else 0,
            color=alt.expr(legible("m", limit)),
            tooltip=None,
        ).transform_calculate(t=f"'{before if roomy else ''}' + {told(field)}")
        marks.append(centred(words, channels).encode(alt.Text("t:N")))
    return cell_panel(marks, size, (length, length), "Window times kernel")


def _image_title(slid):
    height, across = slid.image.shape
    added = sum(map(sum, (slid.sliding.borders(n) for n in (height, across))))
    return f"Image, {height} x {across}" + (", borders of 0" if added else "")
