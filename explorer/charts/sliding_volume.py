"""Kernels slide over a volume: a slice for every channel, summed; a feature map for every kernel.

Blocks are named rows x columns x channels. The place of the window is the slider, or the cell of
a feature map that is pointed at; which kernel is shown is chosen below. All of it in the browser.
"""

from dataclasses import dataclass

import altair as alt
import numpy as np

from explorer.analysis.convolution import Sliding, convolve
from explorer.charts import pair, palette
from explorer.charts.compose import beside, stacked
from explorer.charts.domains import round_up
from explorer.charts.number_cells import told
from explorer.charts.window_numbers import products_panel
from explorer.charts.window_panels import INKS, LEAST, image_panel, result_panel
from explorer.charts.window_slider import (
    GAP,
    PLACE,
    POINTED,
    REACHING,
    SUMS,
    WEIGHTS,
    check_places,
    panel_widths,
    pixel_below,
    under_one_slider,
)

KERNEL, TOTALS = "kernel", "totals"  # in the browser
TALLEST = 260  # of the panel of a channel


@dataclass(frozen=True)
class Volume:
    """An image of several channels, and the kernels that slide over all of them at once.

    Args:
        image: (height, width, channels)
        kernels: (size, size, channels, filters)
        bias: (filters,)
        channels: Names of the channels.
        filters: Names of the kernels, all different.
        sliding: How the kernels slide, without borders.
        has_biases: Whether the kernels have biases at all; without, these are 0.
    """

    image: np.ndarray
    kernels: np.ndarray
    bias: np.ndarray
    channels: tuple[str, ...]
    filters: tuple[str, ...]
    sliding: Sliding
    has_biases: bool = True

    @property
    def sums(self) -> np.ndarray:
        """The sums of each channel apart. (rows, columns, channels, filters)"""
        none = np.zeros(len(self.filters))
        parts = [
            convolve(self.image[..., [c]], self.kernels[:, :, [c]], none, self.sliding)
            for c in range(len(self.channels))
        ]
        return np.stack(parts, axis=2)

    @property
    def totals(self) -> np.ndarray:
        """The feature maps: summed over channels, with bias. (rows, columns, filters)"""
        return self.sums.sum(axis=2) + self.bias


def sliding_volume(volume: Volume, width: int) -> alt.VConcatChart:
    """Draw the channels, the slices of a kernel and the feature maps under one slider.

    Args:
        volume: What slides over what; at least one window fits.
        width: Pixels the chart may take.

    Raises:
        ValueError: There is no place for the window, or there are too many.
    """
    sums, totals = volume.sums, volume.totals
    check_places(totals.shape[:2])
    widths, narrow = panel_widths(width)
    images = [_image(volume, channel, widths[0]) for channel in range(len(volume.channels))]
    slices = [_slice(volume, channel, widths[1]) for channel in range(len(volume.channels))]
    maps = [_map(volume, totals, number, widths[2]) for number in range(len(volume.filters))]
    if narrow:
        rows = [one for both in zip(images, slices, strict=True) for one in both] + maps
    else:
        parts = [
            stacked(*one, spacing=24, resolve=pair.OWN_SCALES) for one in (images, slices, maps)
        ]
        rows = [beside(*parts, spacing=GAP, resolve=pair.OWN_SCALES)]
    held = {WEIGHTS: volume.kernels, SUMS: sums, TOTALS: totals}
    held |= {_pixels(c): volume.image[..., c] for c in range(len(volume.channels))}
    pointed = [f"{POINTED}{number}" for number in range(len(volume.filters))]
    title = _title(volume, totals.shape, narrow)
    return under_one_slider(
        rows, totals.shape, held, title, pointed=pointed, switches=[_kernel_switch(volume)]
    )


def _kernel_switch(volume):
    names = list(volume.filters)
    box = alt.binding_radio(options=list(range(len(names))), labels=names, name="Kernel ")
    return alt.param(name=KERNEL, value=0, bind=box)


def _pixels(channel):
    return f"pixels{channel}"


def _title(volume, made, narrow):
    """Say how large the blocks are, and compute the cell; the words follow the window."""
    size, channels, filters = volume.sliding.size, len(volume.channels), len(volume.filters)
    blocks = [
        f"'Image {_block(volume.image.shape)}'",
        f"'{filters} kernel{'s' * (filters > 1)} {_block((size, size, channels))}'",
        f"'feature maps {_block(made)}'",
    ]
    terms = [
        f"'{name} ' + {told(_sum(channel, channels, filters), '')}"
        for channel, name in enumerate(volume.channels)
    ]
    if volume.has_biases:
        terms.append(f"'bias ' + {told(f'{volume.bias.tolist()}[{KERNEL}]', '')}")
    total = told(f"{TOTALS}[{PLACE} * {filters} + {KERNEL}]", "")
    computed = " + ' + ' + ".join(terms) + f" + ' = ' + {total}"
    lines = [*blocks, computed] if narrow else [" + ', ' + ".join(blocks), computed]
    return alt.Title(
        text=alt.expr(f"[{', '.join(lines)}]"),
        fontSize=palette.PANEL_TITLE_SIZE,
        offset=12,
        anchor="start",
    )


def _block(shape):
    return " x ".join(map(str, shape))


def _sum(channel, channels, filters):
    return f"{SUMS}[({PLACE} * {channels} + {channel}) * {filters} + {KERNEL}]"


def _image(volume, channel, width):
    """Draw a channel, and the window upon it."""
    return image_panel(
        volume.image[..., channel],
        volume.sliding,
        width,
        f"Channel {volume.channels[channel]}",
        inks=("black", INKS[channel % len(INKS)]),
        reaching=f"{REACHING}{channel}",
        height=TALLEST,
    )


def _slice(volume, channel, width):
    """Draw the numbers of the window times those of the chosen kernel's slice."""
    length, _, channels, filters = volume.kernels.shape
    columns, across = volume.sliding.length(volume.image.shape[1]), volume.image.shape[1]
    total = told(_sum(channel, channels, filters), "")
    limit = np.abs(volume.kernels).max() * np.abs(volume.image).max()
    return products_panel(
        f"{_pixels(channel)}[{pixel_below(volume.sliding, columns, across)}]",
        f"{WEIGHTS}[((datum.y * {length} + datum.x) * {channels} + {channel}) * {filters} + "
        f"{KERNEL}]",
        length,
        limit=round_up(max(limit, LEAST)),
        title=alt.expr(f"'Its slice for {volume.channels[channel]}: sum ' + {total}"),
        room=(width, TALLEST),
    )


def _map(volume, totals, number, width):
    """Draw a feature map as far as the window has come."""
    return result_panel(
        totals[..., number],
        volume.image[..., 0],
        volume.sliding,
        width,
        f"Feature map of “{volume.filters[number]}”",
        limit=round_up(max(np.abs(totals).max(), LEAST)),
        pointed=f"{POINTED}{number}",
        reaching=[f"{REACHING}{channel}" for channel in range(len(volume.channels))],
        shown=f"{KERNEL} == {number}",
        height=TALLEST,
    )
