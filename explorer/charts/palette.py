"""Colours and sizes of every chart, in one place.

Colour has one meaning everywhere: run A is blue, run B vermilion (Okabe and Ito, "Color
universal design", 2008), signed values lie on a diverging scale centred on 0. Text takes the
colour of the page it stands on, so that charts are legible on the light and the dark theme.
"""

import altair as alt
import numpy as np

RUN_A = "#0072B2"
RUN_B = "#D55E00"
RUN_COLORS = (RUN_A, RUN_B)
PARTS = ("#56B4E9", "#E69F00")  # training and validation images

# Resolved by the browser to the text colour of the page, in SVG; a canvas may draw it black.
TEXT = "currentColor"
CANVAS_TEXT = "#7b8088"  # legible on the light and on the dark page
MUTED = "#8a8f98"
HIGHLIGHT = "#E69F00"
NOT_A_NUMBER = "#6f6f6f"

# Vega's "blueorange": blue below 0, orange above.
DIVERGING = (
    "#134b85", "#2f78b3", "#5da2cb", "#9dcae1", "#d2e5ef", "#f2f0eb",
    "#fce0ba", "#fbbf74", "#e8932f", "#c5690d", "#994a07",
)  # fmt: skip

KIND_COLORS = {
    "input": "#9aa0a6",
    "conv": "#0072B2",
    "norm": "#56B4E9",
    "relu": "#56B4E9",
    "pool": "#009E73",
    "global_pool": "#009E73",
    "flatten": "#9aa0a6",
    "dense": "#E69F00",
    "dropout": "#9aa0a6",
}

# As wide as the page allows, while the height is that of the plot and not of the whole.
FIT_WIDTH = alt.AutoSizeParams(type="fit-x", contains="padding")
AS_SVG = {"embedOptions": {"renderer": "svg"}}  # where text takes the page's colour

NARROW = 640  # pixels; below it, panels stand one above the other
TITLE_SIZE = 17
PANEL_TITLE_SIZE = 14
LABEL_SIZE = 12


def diverging_lookup(levels: int) -> np.ndarray:
    """Interpolate the diverging scale, as Vega does between its colours.

    Args:
        levels: How many colours; odd, so that 0 has a colour of its own.

    Returns:
        Red, green and blue of every level, lowest value first. (levels, 3) uint8
    """
    anchors = np.array([[int(color[k : k + 2], 16) for k in (1, 3, 5)] for color in DIVERGING])
    places = np.linspace(0, len(anchors) - 1, levels)
    channels = [np.interp(places, np.arange(len(anchors)), anchors[:, k]) for k in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


def lighten(color: str, share: float) -> str:
    """Mix a colour with white.

    >>> lighten("#000000", 0.5)
    '#808080'
    """
    channels = [int(color[k : k + 2], 16) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(value + (255 - value) * share):02x}" for value in channels)
