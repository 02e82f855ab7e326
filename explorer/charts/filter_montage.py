"""All filters of a layer at every step of a slider, on one signed scale that does not move."""

import altair as alt
import numpy as np

from explorer.charts import cells, pair
from explorer.charts.feature_maps import signed_colors
from explorer.charts.filter_reading import Filters
from explorer.charts.map_panel import moving_image, panel, scale_legend
from explorer.charts.montage import montage

FEWEST_PIXELS = 3  # of a weight
LEGIBLE_PIXELS = 8  # of a weight, where filters have few slices and may take several rows
FEW_CHANNELS = 4
MOST_TILE_PIXELS = 54
MOST_HEIGHT = 1400


def filter_montage(filters: Filters, frame: pair.Frame) -> alt.VConcatChart:
    """Draw the filters at the slider's step: slices by input channel, and colours if there are.

    Args:
        filters: What to draw.
        frame: The slider, the run's name and the width.
    """
    rows = [_slices(filters, frame)]
    if filters.sees_colours:
        rows.insert(0, _colors(filters, frame))
    return pair.compound(rows, frame, filters.name)


def slice_sheet(kernel: np.ndarray, limit: float, in_row: int) -> np.ndarray:
    """Lay out the slices of all filters: a column a filter, below each other its input channels.

    Args:
        kernel: (height, width, input channels, filters)
        limit: The weight at the ends of the scale.
        in_row: How many filters stand side by side; the others follow below.

    Returns:
        One pixel a weight, gaps of one pixel. (height, width, 4) uint8
    """
    painted = signed_colors()[cells.indices(kernel, limit)]
    count = kernel.shape[3]
    rows = []
    for start in range(0, count, in_row):
        block = painted[:, :, :, start : start + in_row]
        tiles = np.moveaxis(block, (2, 3), (0, 1)).reshape(-1, *kernel.shape[:2], 3)
        row = montage(tiles, columns=block.shape[3], gap=1)
        missing = in_row * (kernel.shape[1] + 1) - 1 - row.shape[1]
        rows.append(np.pad(row, ((0, 2), (0, missing), (0, 0))))
    return np.concatenate(rows)[:-2]


def color_sheet(kernel: np.ndarray, limit: float, in_row: int) -> np.ndarray:
    """Lay out filters for colour images as images: mid-grey is 0.

    Args:
        kernel: (height, width, 3, filters)
        limit: The weight that is full colour.
        in_row: How many filters stand side by side.

    Returns:
        One pixel a weight, gaps of one pixel. (height, width, 4) uint8
    """
    finite = np.nan_to_num(kernel, posinf=limit, neginf=-limit)
    shades = np.rint((np.clip(finite / limit, -1, 1) + 1) / 2 * 255).astype(np.uint8)
    return montage(np.moveaxis(shades, -1, 0), columns=in_row, gap=1)


def _slices(filters, frame):
    in_row = _in_row(filters, frame)
    sheets = [slice_sheet(one, filters.maps.limit, in_row) for one in filters.values]
    channels = filters.values.shape[3]
    kept = "" if channels == filters.all_channels else f", the first of {filters.all_channels:,}"
    words = f"A column a filter, a row each of {channels:,} input channels{kept}"
    if channels == 1:
        words = "Filters"
    layers = [_sheet(sheets, filters, frame, in_row), scale_legend(filters.maps.limit, frame)]
    return _sized(layers, sheets, filters, frame, words)


def _colors(filters, frame):
    in_row = _in_row(filters, frame)
    sheets = [color_sheet(one, filters.maps.limit, in_row) for one in filters.values]
    layers = [_sheet(sheets, filters, frame, in_row)]
    return _sized(layers, sheets, filters, frame, "As images: red, green and blue; grey is 0")


def _in_row(filters, frame) -> int:
    fewest = LEGIBLE_PIXELS if filters.all_channels <= FEW_CHANNELS else FEWEST_PIXELS
    tile = (filters.values.shape[2] + 1) * fewest
    return min(len(filters.numbers), max(1, frame.panel_width(1) // tile))


def _sheet(sheets, filters, frame, in_row):
    """Show the sheet of the slider's step; the axis below names the filters of a single row."""
    tall, wide = sheets[0].shape[:2]
    tile = filters.values.shape[2] + 1
    numbers = (filters.numbers + 1).tolist()
    axis = None
    if in_row == len(numbers):
        axis = alt.Axis(
            values=[place * tile + (tile - 1) / 2 for place in range(in_row)],
            labelExpr=f"{numbers}[floor(datum.value / {tile})]",
            labelOverlap="greedy",
            ticks=False,
            domain=False,
            grid=False,
        )
    return (
        moving_image(
            [cells.to_url(one) for one in sheets], filters.maps.missing, filters.maps.steps, 0
        )
        .encode(
            alt.X("a:Q").scale(domain=[0, wide], nice=False).axis(axis).title("Filter"),
            alt.X2("b"),
            alt.Y("c:Q").scale(domain=[tall, 0], nice=False).axis(None),
            alt.Y2("d"),
            alt.Url("u:N"),
        )
        .transform_calculate(
            a="0", b=f"datum.k == {pair.row_name(0)} ? {wide} : 0", c="0", d=f"{tall}"
        )
    )


def _sized(layers, sheets, filters, frame, words):
    """Give every weight a square of whole pixels."""
    tall, wide = sheets[0].shape[:2]
    fitting = min(frame.panel_width(1) // wide, MOST_TILE_PIXELS // filters.values.shape[2])
    pixels = max(1, min(fitting, max(FEWEST_PIXELS, MOST_HEIGHT // tall)))
    return panel(layers, filters.maps, 0, frame, words, tall * pixels, width=wide * pixels)
