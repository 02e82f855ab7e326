"""What one cell behind a chain of layers has seen: traced back from layer to layer to the image."""

from collections.abc import Sequence
from itertools import accumulate

import altair as alt
import numpy as np

from explorer.analysis.convolution import Sliding, receptive_field
from explorer.charts import pair, palette
from explorer.charts.compose import beside
from explorer.charts.number_cells import cell_channels, cell_panel, cell_size, with_ends
from explorer.charts.window_slider import PLACE, POINTED, place_param, place_slider

GAP = 28
LARGEST = 26
TALLEST = 360
SEEN = 0.75  # opacity of the cells that are seen, above the image


def lengths(chain: Sequence[Sliding], given: int) -> list[int]:
    """Return the rows of the image and of what each layer makes of it.

    >>> lengths([Sliding(3), Sliding(2, 2)], 9)
    [9, 7, 3]
    """
    return list(accumulate(chain, lambda rows, layer: layer.length(rows), initial=given))


def receptive_fields(
    chain: Sequence[Sliding], names: Sequence[str], image: np.ndarray, width: int
) -> alt.VConcatChart:
    """Draw the image and every layer, and in each the cells that the chosen last cell has seen.

    Args:
        chain: The layers, without borders, the first one first.
        names: Of the layers, for people.
        image: One channel, from 0 to 1. (side, side)
        width: Pixels the chart may take.

    Raises:
        ValueError: Nothing is left at the end of the chain.
    """
    sides = lengths(chain, len(image))
    if sides[-1] < 1:
        raise ValueError(
            f"Of an image of {len(image)} x {len(image)} cells nothing is left behind these "
            "layers. Choose fewer, or a larger image."
        )
    narrow = width < palette.NARROW
    room = width - 8 if narrow else (width - GAP * len(chain)) // len(sides) - 8
    titles = ["Image", *names]
    panels = [
        _panel(title, side, list(chain[number:]), sides[-1], min(room, TALLEST))
        for number, (title, side) in enumerate(zip(titles, sides, strict=True))
    ]
    panels[0]["layer"].insert(0, _picture(image))
    rows = panels if narrow else [beside(*panels, spacing=GAP, resolve=pair.OWN_SCALES)]
    return pair.page(rows, params=_params(sides[-1]), title=_title(chain, narrow))


def _params(last):
    middle = (last // 2) * last + last // 2
    slider = place_slider(last**2 - 1, middle, "Last cell ")
    return [slider, place_param(last**2 - 1)]


def _title(chain, narrow):
    field, _ = receptive_field(list(chain))
    lines = ["One cell of the last layer has seen", f"{field} x {field} cells of the image"]
    return alt.Title(
        lines if narrow else " ".join(lines),
        fontSize=palette.PANEL_TITLE_SIZE,
        offset=12,
        anchor="start",
    )


def _picture(image):
    """Draw the image below the cells that are seen."""
    y, x = (axis.ravel() for axis in np.indices(image.shape))
    frame = with_ends({"y": y, "x": x, "v": image.ravel()})
    light = alt.Color("v:Q", legend=None).scale(domain=[0, 1], range=["black", "white"])
    grid = alt.Chart(frame).encode(*cell_channels((0, len(image)), (0, len(image))))
    return grid.mark_rect(tooltip=None).encode(light)


def _panel(title, side, behind, last, width):
    """Draw a grid, and in it what the chosen last cell has seen through the layers behind."""
    field, jump = receptive_field(behind)
    size = cell_size(width, side, side, most=LARGEST)
    y, x = (axis.ravel() for axis in np.indices((side, side)))
    frame = with_ends({"p": np.arange(side**2), "y": y, "x": x})
    row, column = f"floor({PLACE} / {last}) * {jump}", f"({PLACE} % {last}) * {jump}"
    seen = (
        f"datum.y >= {row} && datum.y < {row} + {field} && "
        f"datum.x >= {column} && datum.x < {column} + {field}"
    )
    grid = alt.Chart(frame).encode(*cell_channels((0, side), (0, side)))
    marks = [
        grid.mark_rect(
            stroke=palette.MUTED,
            strokeWidth=0.5,
            tooltip=None,
            fill=alt.expr(f"{seen} ? '{palette.HIGHLIGHT}' : 'transparent'"),
            fillOpacity=SEEN,
        )
    ]
    if not behind:
        pointed = alt.selection_point(
            name=POINTED, on="pointerover", clear="pointerout", fields=["p"], empty=False
        )
        marks[0] = marks[0].add_params(pointed)
    told = f"{title}, {side} x {side}"
    return cell_panel(marks, size, (side, side), told)
