"""What networks make of an image that is moved: the probability of the right class by shift.

The cell that is pointed at says where the image is moved to. All of it happens in the browser.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import pair, palette
from explorer.charts.cells import to_url
from explorer.charts.compose import beside, layered
from explorer.charts.shift import (
    DOWN,
    GAP,
    LARGEST_PANEL,
    PLACE,
    RIGHT,
    TITLE,
    WHERE,
    computed,
    place_of,
)

AXIS_SPACE = 56  # left of a heatmap
LEGEND_SPACE = 60  # right of the last one
SCHEME = "viridis"


@dataclass(frozen=True, eq=False)
class Asked:
    """What a network answered to an image at every shift.

    Args:
        name: Of the network.
        probabilities: Of the right class. (shifts,)
        answers: Names of the classes it answered. (shifts,)
    """

    name: str
    probabilities: np.ndarray
    answers: Sequence[str]


def probability_maps(
    image: np.ndarray, right: str, asked: Sequence[Asked], shifts: np.ndarray, width: int
) -> alt.VConcatChart:
    """Draw the probability of the right class by shift, one map a network, on one scale.

    Beside them stands the image as it is moved at the cell that is pointed at.

    Args:
        image: (height, width, channels) uint8
        right: Name of the right class.
        asked: One or two networks.
        shifts: From `shifts_within`. (shifts, 2)
        width: Pixels the chart may take.
    """
    narrow = width < palette.NARROW
    columns = 1 if narrow else len(asked) + 1
    room = width - LEGEND_SPACE - columns * AXIS_SPACE - (columns - 1) * GAP
    side = min(LARGEST_PANEL, room // columns)
    heat = [
        _heat(one, right, shifts, number, side, number == len(asked) - 1)
        for number, one in enumerate(asked)
    ]
    panels = [_picture(image, int(shifts.max()), side), *heat]
    rows = panels if narrow else [beside(*panels, spacing=GAP, resolve=pair.OWN_SCALES)]
    reach = int(shifts.max())
    pointed = [
        computed(name, _pointed(field, len(asked))) for name, field in ((RIGHT, "x"), (DOWN, "y"))
    ]
    known = [
        alt.param(name=f"{kind}{number}", value=list(of))
        for number, one in enumerate(asked)
        for kind, of in (
            ("shares", one.probabilities.astype(float).round(8).tolist()),
            ("answers", one.answers),
        )
    ]
    return pair.page(rows, params=[*pointed, place_of(reach), *known])


def _pointed(field, num_maps):
    """Say where the pointer is, on whichever map; 0 when it is on none."""
    spots = [f"spot{number}.{field}" for number in range(num_maps)]
    return "".join(f"isValid({spot}) ? {spot}[0] : " for spot in spots) + "0"


def _heat(one, right, shifts, number, side, has_legend):
    frame = pd.DataFrame(
        {"y": shifts[:, 0], "x": shifts[:, 1], "v": one.probabilities, "a": list(one.answers)}
    )
    ticks = np.unique(shifts).tolist()
    ticks = [tick for tick in ticks if tick % max(1, max(ticks) // 2) == 0]
    spot = alt.selection_point(
        name=f"spot{number}", on="pointerover", clear="pointerout", fields=["x", "y"], empty=False
    )
    axis = {
        "values": ticks,
        "labelExpr": "format(datum.value, 'd')",
        "labelAngle": 0,
        "ticks": False,
        "domain": False,
    }
    grid = alt.Chart(frame).encode(
        alt.X("x:O").axis(**axis).title("Pixels to the right"),
        alt.Y("y:O").axis(**axis).title("Pixels down"),
    )
    legend = alt.Legend(
        title=None,
        labelExpr="format(100 * datum.value, 'd') + ' %'",
        values=[0, 0.5, 1],
        gradientLength=side,
    )
    cells = (
        grid.mark_rect()
        .encode(
            alt.Color("v:Q")
            .scale(scheme=SCHEME, domain=[0, 1])
            .legend(legend if has_legend else None),
            tooltip=[
                alt.Tooltip("x:Q", title="Pixels to the right"),
                alt.Tooltip("y:Q", title="Pixels down"),
                alt.Tooltip("v:Q", title=f"Probability of {right}", format=".1%"),
                alt.Tooltip("a:N", title="Answer"),
            ],
        )
        .add_params(spot)
    )
    here = f"datum.x == {RIGHT} && datum.y == {DOWN}"
    mark = grid.mark_rect(filled=False, stroke=palette.HIGHLIGHT, strokeWidth=2.5, tooltip=None)
    share = f"{json.dumps(right + ': ')} + format(100 * shares{number}[{PLACE}], '.1f')"
    told = f"{share} + ' %, answer ' + answers{number}[{PLACE}]"
    title = alt.Title(
        text=alt.expr(f"[{json.dumps(one.name)}, {told}]"), limit=side + AXIS_SPACE, **TITLE
    )
    return layered(cells, mark.transform_filter(here), width=side, height=side, title=title)


def _picture(image, reach, side):
    """Show the image through a window; what is moved is the image with its edges repeated."""
    wide = np.pad(image, [(reach, reach), (reach, reach), (0, 0)], mode="edge")
    opaque = np.full((*wide.shape[:2], 4), 255, np.uint8)
    opaque[..., :3] = wide
    pixel = side / image.shape[0]
    frame = pd.DataFrame({"url": [to_url(opaque)]})
    mark = (
        alt.Chart(frame)
        .mark_image(
            width=pixel * wide.shape[1],
            height=pixel * wide.shape[0],
            align="left",
            baseline="top",
            smooth=False,
            clip=True,
            tooltip=None,
        )
        .encode(
            alt.Url("url:N"),
            alt.XValue(alt.expr(f"({RIGHT} - {reach}) * {pixel}")),
            alt.YValue(alt.expr(f"({DOWN} - {reach}) * {pixel}")),
        )
    )
    title = alt.Title(text=alt.expr(f"['The image', {WHERE}]"), **TITLE)
    return layered(mark, width=side, height=side, title=title)
