"""What a ball goes down on, and its path: a curve from the side, a map of heights from above."""

import altair as alt
import numpy as np
import pandas as pd

from explorer.analysis.descent import NUM_STEPS
from explorer.analysis.error_functions import ErrorFunction
from explorer.charts import pair, palette
from explorer.charts.ball_path import PATH, STEP, written
from explorer.charts.cells import to_url
from explorer.charts.compose import layered

BANDS = 18  # of the map: their borders are lines of equal error
DEEP, HIGH = "#134b85", "#eef3f8"
PIXELS_ACROSS = 320
FURTHEST = 30.0  # drawings away; what is further is drawn in its direction
PLACES = 241  # of the curve
NOW_SIZE, BEFORE_SIZE = 190, 26  # of a ball
ROOM = 1.08  # above the highest error of a curve


def landscape(function: ErrorFunction, width: int, height: int) -> alt.LayerChart:
    """Draw the function, and the path up to the step of the slider.

    Args:
        function: Of one number, seen from the side, or of two, seen from above.
        width: Pixels of the plot.
        height: Pixels of the plot.
    """
    is_curve = function.num_dimensions == 1
    x, y = _axes(function, is_curve)
    ground = _curve(function, x, y) if is_curve else _map(function, width, height)
    title = "The error, from the side" if is_curve else "The error, from above: dark is deep"
    return layered(
        ground,
        *_steps(function, x, y, is_curve),
        *_balls(function, x, y, is_curve),
        width=width,
        height=height,
        title=pair.panel_title(title),
    )


def _axes(function, is_curve):
    across = list(_reach(function.reach[0]))
    top = function.height * ROOM
    low = min(0.0, float(function.value(function.minima).min())) - 0.04 * top
    down = [low, top] if is_curve else list(_reach(function.reach[1]))
    titles = ("Weight", "Error") if is_curve else ("Weight x", "Weight y")
    return (
        alt.X("x:Q", scale=alt.Scale(domain=across, nice=False), title=titles[0]).axis(grid=False),
        alt.Y("y:Q", scale=alt.Scale(domain=down, nice=False), title=titles[1]).axis(grid=False),
    )


def _reach(far):
    return -far, far


def _curve(function, x, y):
    """Draw a function of one number as a line that leaves the plot at its top."""
    places = np.linspace(*_reach(function.reach[0]), PLACES)
    values = function.value(np.stack([places, np.zeros(PLACES)], axis=-1))
    frame = pd.DataFrame({"x": places, "y": values})
    return (
        alt.Chart(frame[frame["y"] <= 2 * function.height])
        .mark_line(color=palette.MUTED, strokeWidth=2.5, clip=True, tooltip=None)
        .encode(x, y)
    )


def _map(function, width, height):
    """Draw a function of two numbers as a picture of its heights."""
    frame = pd.DataFrame({"u": [_picture(function)]})
    return (
        alt.Chart(frame)
        .mark_image(width=width, height=height, aspect=False, tooltip=None)
        .encode(alt.XValue(width / 2), alt.YValue(height / 2), alt.Url("u:N"))
    )


def _picture(function) -> str:
    """Paint the heights in bands, narrower where it is deep."""
    across = np.linspace(*_reach(function.reach[0]), PIXELS_ACROSS)
    rows = round(PIXELS_ACROSS * function.reach[1] / function.reach[0])
    down = np.linspace(*_reach(function.reach[1]), rows)[::-1]
    values = function.value(np.stack(np.meshgrid(across, down), axis=-1))
    share = np.sqrt((values - values.min()) / np.ptp(values))
    band = np.minimum(np.floor(share * BANDS), BANDS - 1) / (BANDS - 1)
    ends = [np.array([int(one[k : k + 2], 16) for k in (1, 3, 5)]) for one in (DEEP, HIGH)]
    colours = ends[0] + (ends[1] - ends[0]) * band[..., None]
    opaque = np.full((*band.shape, 1), 255)
    return to_url(np.concatenate([colours, opaque], axis=-1).round().astype(np.uint8))


def _position(function, is_curve, step):
    point = f"{PATH}[{step}]"
    return f"{point}[0]", written(function, 0, point) if is_curve else f"{point}[1]"


def _steps(function, x, y, is_curve):
    """Draw each step as a line from where it began to where it ended, and its border."""
    begin = _position(function, is_curve, "datum.k - 1")
    end = _position(function, is_curve, "datum.k")
    across = 2 * function.reach[0]
    down = function.height if is_curve else 2 * function.reach[1]
    far = f"max(abs(datum.ex - datum.x) / {across}, abs(datum.ey - datum.y) / {down})"
    chart = (
        alt.Chart(pd.DataFrame({"k": np.arange(1, NUM_STEPS + 1)}))
        .transform_filter(f"datum.k <= {STEP}")
        .transform_calculate(x=begin[0], y=begin[1], ex=end[0], ey=end[1])
        .transform_filter(
            f"max(abs(datum.x) / {across}, abs(datum.y) / {down}) < {FURTHEST} && {far} > 0"
        )
        .transform_calculate(t=f"min(1, {FURTHEST} / {far})")
        .transform_calculate(
            x2="datum.x + datum.t * (datum.ex - datum.x)",
            y2="datum.y + datum.t * (datum.ey - datum.y)",
        )
        .encode(x, y, alt.X2("x2"), alt.Y2("y2"))
    )
    for color, thick in (("black", 3.2), (palette.HIGHLIGHT, 1.8)):
        yield chart.mark_rule(color=color, strokeWidth=thick, clip=True, tooltip=None)


def _balls(function, x, y, is_curve):
    """Draw where the ball was after each step, and where it is."""
    place = _position(function, is_curve, "datum.k")
    chart = (
        alt.Chart(pd.DataFrame({"k": np.arange(NUM_STEPS + 1)}))
        .transform_filter(f"datum.k <= {STEP}")
        .transform_calculate(x=place[0], y=place[1])
        .transform_filter(f"abs(datum.x) < {FURTHEST * function.reach[0]}")
    )
    yield (
        chart.mark_point(filled=True, stroke="black", strokeWidth=0.8, clip=True, opacity=1).encode(
            x,
            y,
            alt.ColorValue(palette.HIGHLIGHT),
            tooltip=[
                alt.Tooltip("k:Q", title="Step"),
                alt.Tooltip("x:Q", title="x", format=".4~g"),
                alt.Tooltip("y:Q", title="Error" if is_curve else "y", format=".4~g"),
            ],
        )
    )
