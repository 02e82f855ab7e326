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
from explorer.charts.number_cells import (
    READABLE,
    SMALL,
    cell_channels,
    cell_panel,
    cell_size,
    centred,
    legible,
    numbers,
    signed,
    tips,
    told,
    window_outline,
    with_ends,
)
from explorer.charts.window_panels import GAP, PLACE, SUMS, panel_widths, place_slider

KERNEL, WEIGHTS, TOTALS = "kernel", "weights", "totals"  # in the browser
MOST_PLACES = 900
WAITING = 0.12
LEAST = 1e-9
TALLEST = 260  # of the panel of a channel
INKS = ("#ff4b4b", "#3fd46f", "#5b8cff")  # of red, green and blue light, each readable on black


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
    """

    image: np.ndarray
    kernels: np.ndarray
    bias: np.ndarray
    channels: tuple[str, ...]
    filters: tuple[str, ...]
    sliding: Sliding

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
    rows, columns, *_ = volume.sums.shape
    if not 0 < rows * columns <= MOST_PLACES:
        raise ValueError(
            f"The window has {rows * columns:,} places. Between 1 and {MOST_PLACES:,} can be "
            "drawn: change the size of the image."
        )
    widths, narrow = panel_widths(width)
    numbered = range(len(volume.channels))
    images = [_image(volume, channel, widths[0]) for channel in numbered]
    slices = [_slice(volume, channel, widths[1]) for channel in numbered]
    maps = [_map(volume, number, widths[2]) for number in range(len(volume.filters))]
    if narrow:
        panels = [one for both in zip(images, slices, strict=True) for one in both] + maps
    else:
        parts = [
            stacked(*one, spacing=24, resolve=pair.OWN_SCALES) for one in (images, slices, maps)
        ]
        panels = [beside(*parts, spacing=GAP, resolve=pair.OWN_SCALES)]
    return pair.page(panels, params=_params(volume), title=_title(volume, narrow))


def _params(volume):
    num_places = volume.sums.shape[0] * volume.sums.shape[1]
    slider = place_slider(num_places - 1)
    chosen = alt.param(
        name=KERNEL,
        value=0,
        bind=alt.binding_radio(
            options=list(range(len(volume.filters))), labels=list(volume.filters), name="Kernel "
        ),
    )
    place = f"min({pair.SLIDER}, {num_places - 1})"
    for number in range(len(volume.filters)):
        place = f"{_pointed(number)}.p ? {_pointed(number)}.p[0] : ({place})"
    held = {WEIGHTS: volume.kernels, SUMS: volume.sums, TOTALS: volume.totals}
    held |= {_pixels(c): volume.image[..., c] for c in range(len(volume.channels))}
    known = [alt.param(name=name, value=np.ravel(of).tolist()) for name, of in held.items()]
    return [slider, chosen, *known, alt.param(name=PLACE, expr=place)]


def _pointed(number):
    return f"pointed{number}"


def _pixels(channel):
    return f"pixels{channel}"


def _title(volume, narrow):
    """Say how large the blocks are, and compute the cell; the words follow the window."""
    size, channels, filters = volume.sliding.size, len(volume.channels), len(volume.filters)
    rows, columns = volume.totals.shape[:2]
    blocks = [
        f"'Image {_block(volume.image.shape)}'",
        f"'{filters} kernels {_block((size, size, channels))}'",
        f"'feature maps {_block((rows, columns, filters))}'",
    ]
    terms = [
        f"'{name} ' + {told(_sum(channel, channels, filters), '')}"
        for channel, name in enumerate(volume.channels)
    ]
    bias = f"'bias ' + {told(f'{volume.bias.tolist()}[{KERNEL}]', '')}"
    total = told(f"{TOTALS}[{PLACE} * {filters} + {KERNEL}]", "")
    computed = " + ' + ' + ".join([*terms, bias]) + f" + ' = ' + {total}"
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
    pixels = volume.image[..., channel]
    height, across = pixels.shape
    size = min(cell_size(width, across, height), TALLEST // height)
    y, x = (axis.ravel() for axis in np.indices(pixels.shape))
    frame = with_ends({"y": y, "x": x, "v": pixels.ravel()})
    channels = cell_channels((0, across), (0, height))
    scale = alt.Scale(domain=[0, 1], range=["black", INKS[channel % len(INKS)]])
    marks = [
        alt.Chart(frame)
        .encode(*channels)
        .mark_rect(stroke=palette.MUTED, strokeWidth=0.4)
        .encode(
            alt.Color("v:Q", scale=scale, legend=None),
            tooltip=tips(y2="Row", x2="Column", v="Value"),
        )
    ]
    if size >= READABLE:
        marks.append(numbers(frame, "v", "datum.v > 0.7 ? 'black' : 'white'", channels))
    marks.append(
        window_outline(volume.sliding, PLACE, volume.sums.shape[1], (0, 0)).encode(*channels)
    )
    return cell_panel(marks, size, (across, height), f"Channel {volume.channels[channel]}")


def _slice(volume, channel, width):
    """Draw the numbers of the window times those of the chosen kernel's slice."""
    sliding, (length, _, channels, filters) = volume.sliding, volume.kernels.shape
    size = min(cell_size(width, length, length, most=76), TALLEST // length)
    y, x = (axis.ravel() for axis in np.indices((length, length)))
    frame = with_ends({"y": y, "x": x})
    across, columns = volume.image.shape[1], volume.sums.shape[1]
    row = f"(floor({PLACE} / {columns}) * {sliding.stride} + datum.y * {sliding.dilation})"
    column = f"({PLACE} % {columns}) * {sliding.stride} + datum.x * {sliding.dilation}"
    weight = f"((datum.y * {length} + datum.x) * {channels} + {channel}) * {filters} + {KERNEL}"
    shown = alt.Chart(frame).transform_calculate(
        v=f"{_pixels(channel)}[{row} * {across} + {column}]",
        w=f"{WEIGHTS}[{weight}]",
        m="datum.v * datum.w",
    )
    limit = round_up(max(np.abs(volume.kernels).max() * np.abs(volume.image).max(), LEAST))
    places = cell_channels((0, length), (0, length))
    marks = [
        shown.encode(*places)
        .mark_rect(stroke=palette.HIGHLIGHT, strokeWidth=1.5)
        .encode(signed("m", limit), tooltip=tips(v="Of the image", w="Of the kernel", m="Product"))
    ]
    words = shown.transform_calculate(t=f"{told('v')} + ' \u00d7 ' + {told('w')}")
    words = words.mark_text(fontSize=SMALL, color=alt.expr(legible("m", limit)), tooltip=None)
    marks.append(centred(words, places).encode(alt.Text("t:N")))
    total = told(_sum(channel, channels, filters), "")
    title = alt.expr(f"'Its slice for {volume.channels[channel]}: sum ' + {total}")
    return cell_panel(marks, size, (length, length), title)


def _map(volume, number, width):
    """Draw a feature map as far as the window has come."""
    totals = volume.totals[..., number]
    rows, columns = totals.shape
    size = min(cell_size(width, columns, rows), TALLEST // rows)
    y, x = (axis.ravel() for axis in np.indices(totals.shape))
    frame = with_ends({"p": np.arange(totals.size), "y": y, "x": x, "a": totals.ravel()})
    limit = round_up(max(np.abs(volume.totals).max(), LEAST))
    channels = cell_channels((0, columns), (0, rows))
    pointed = alt.selection_point(
        name=_pointed(number), on="pointerover", clear="pointerout", fields=["p"], empty=False
    )
    come = f"datum.p <= {pair.SLIDER} || datum.p == {PLACE}"
    grid = alt.Chart(frame).encode(*channels)
    marks = [
        grid.mark_rect(
            stroke=palette.MUTED, strokeWidth=0.4, opacity=alt.expr(f"{come} ? 1 : {WAITING}")
        )
        .encode(signed("a", limit), tooltip=tips(y2="Row", x2="Column", a="Value"))
        .add_params(pointed)
    ]
    if size >= READABLE:
        color = f"{come} ? {legible('a', limit)} : 'transparent'"
        marks.append(numbers(frame, "a", color, channels))
    marks.append(
        grid.mark_rect(
            filled=False, stroke=palette.HIGHLIGHT, strokeWidth=2.5, tooltip=None
        ).transform_filter(f"datum.p == {PLACE} && {KERNEL} == {number}")
    )
    title = f"Feature map of “{volume.filters[number]}”"
    return cell_panel(marks, size, (columns, rows), title)
