"""What stands in a panel of scalars: lines, points, and the step that a finding names."""

from collections.abc import Iterator

import altair as alt
import pandas as pd

from explorer.charts import palette
from explorer.charts.curve_frames import evenly
from explorer.charts.scalar_series import Panel, has_points, is_smoothed, line_frame

HEIGHT = 190
END_SPACE = 1.01  # a dot at the last step is whole
SMOOTHING = "smoothing"
LINES = (("layer", 1.0, 0.45), ("recorded", 2.0, 1.0), ("batches", 2.0, 1.0))  # width, opacity


def lines(panel: Panel, x: alt.X, y: alt.Y) -> Iterator[alt.Chart]:
    """Draw the lines of a panel, those of single layers below the others."""
    for kind, width, opacity in LINES:
        series = [one for one in panel.series if one.kind == kind]
        shape = line_frame(series)
        if not len(shape):
            continue
        base = alt.Chart(shape).transform_calculate(y=f"datum['v' + {SMOOTHING}]")
        if any(map(is_smoothed, series)):
            yield _line(base.transform_calculate(y="datum.v0"), x, y, 0.8, 0.3)
        yield _line(base, x, y, width, opacity)
        yield from _few([one for one in series if has_points(one)], x, y)
        yield from _lone([one for one in series if not has_points(one)], x, y)
        yield _hover(shape, x, y)


def points(panel: Panel, x: alt.X, y: alt.Y) -> Iterator[alt.Chart]:
    """Draw what was measured on validation images."""
    shape = line_frame([one for one in panel.series if one.kind == "validation"])
    if not len(shape):
        return
    yield (
        alt.Chart(shape)
        .transform_calculate(y="datum.v0", letter="datum.run == 0 ? 'A' : 'B'")
        .mark_point(filled=True, size=55, opacity=1, clip=True, stroke="white", strokeWidth=1)
        .encode(x, y, run_color(), tooltip=_tooltip())
    )


def pointed_at(panel: Panel, x: alt.X) -> Iterator[alt.Chart]:
    """Draw a broad line at the step that a finding names."""
    if panel.mark is None:
        return
    base = alt.Chart(pd.DataFrame({"s": [panel.mark]}))
    yield base.mark_rule(strokeWidth=10, opacity=0.35, color=palette.HIGHLIGHT, clip=True).encode(
        x, tooltip=[alt.Tooltip("s:Q", title="Training step", format=",")]
    )


def ends(panel: Panel, x: alt.X, last_step: int) -> Iterator[alt.Chart]:
    """Make the axis, which the brush moves, as long as the training; a little more for dots."""
    if panel.series:
        base = alt.Chart(pd.DataFrame({"s": [0, END_SPACE * last_step]}))
        yield base.mark_rule(opacity=0, tooltip=None).encode(x)


def run_color() -> alt.Color:
    """Return the colours of the runs; the key explains them."""
    return alt.Color("run:N").scale(domain=[0, 1], range=list(palette.RUN_COLORS)).legend(None)


def _line(base, x, y, width, opacity):
    return base.mark_line(
        clip=True, strokeWidth=width, strokeJoin="round", opacity=opacity, tooltip=None
    ).encode(x, y, run_color(), alt.Detail("id:N"))


def _few(series, x, y):
    """Mark the values of lines that have few, so that nobody takes lines for measurements."""
    if len(shape := line_frame(series)):
        base = alt.Chart(shape).transform_calculate(y="datum.v0")
        yield base.mark_point(size=30, opacity=1, clip=True, tooltip=None).encode(x, y, run_color())


def _lone(series, x, y):
    """Draw lines of a single value as points: there is nothing to connect."""
    shape = line_frame(series)
    known = shape[shape["v0"].notna()]
    alone = known[~known["id"].duplicated(keep=False)]
    if len(alone):
        base = alt.Chart(alone).transform_calculate(y="datum.v0")
        yield base.mark_point(filled=True, size=40, opacity=1, clip=True, tooltip=None).encode(
            x, y, run_color()
        )


def _hover(shape, x, y):
    """Put unseen points on the lines, for their tooltips."""
    parts = [part.iloc[evenly(len(part), 100)] for _, part in shape.groupby("id")]
    return (
        alt.Chart(pd.concat(parts).dropna())
        .transform_calculate(y=f"datum['v' + {SMOOTHING}]", letter="datum.run == 0 ? 'A' : 'B'")
        .mark_circle(opacity=0, size=140, clip=True)
        .encode(x, y, tooltip=_tooltip())
    )


def _tooltip():
    return [
        alt.Tooltip("letter:N", title="Run"),
        alt.Tooltip("name:N", title="What"),
        alt.Tooltip("s:Q", title="Training step", format=","),
        alt.Tooltip("y:Q", title="Value", format=".4~g"),
    ]
