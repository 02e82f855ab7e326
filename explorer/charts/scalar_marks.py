"""What stands in a panel of scalars: lines, points, and guides with their words."""

from collections.abc import Iterator

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import palette
from explorer.charts.curve_frames import evenly
from explorer.charts.scalar_axes import log_name, peak_of, top_of
from explorer.charts.scalar_series import Panel, line_frame

HEIGHT = 190
SMOOTHING = "smoothing"
LINES = (("layer", 1.0, 0.45), ("recorded", 2.0, 1.0), ("batches", 2.0, 1.0))  # width, opacity
GUIDE_ROW = 16  # pixels that the words of a guide take
GUIDE_RISE = 13  # pixels from a guide to its words: above the dots of runs that only guess


def lines(panel: Panel, x: alt.X, y: alt.Y) -> Iterator[alt.Chart]:
    """Draw the lines of a panel, those of single layers below the others."""
    for kind, width, opacity in LINES:
        shape = line_frame([one for one in panel.series if one.kind == kind])
        if not len(shape):
            continue
        base = alt.Chart(shape).transform_calculate(y=f"datum['v' + {SMOOTHING}]")
        if kind == "batches":
            yield _line(base.transform_calculate(y="datum.v0"), x, y, 0.8, 0.3)
        yield _line(base, x, y, width, opacity)
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


def guides(panel: Panel, width: int) -> Iterator[alt.Chart]:
    """Draw horizontal lines; the words of several stand side by side, never on each other."""
    for place, (value, words) in enumerate(panel.guides, start=1):
        base = alt.Chart(pd.DataFrame({"y": [value], "words": [words]}))
        yield base.mark_rule(
            strokeDash=[5, 4], color=palette.MUTED, clip=True, tooltip=None
        ).encode(alt.Y("y:Q"))
        yield base.mark_text(
            align="right",
            dy=rise_of(panel, value),
            fontSize=palette.LABEL_SIZE,
            color=palette.CANVAS_TEXT,
            limit=width / len(panel.guides) - 4,
            tooltip=None,
        ).encode(alt.XValue(width * place / len(panel.guides)), alt.Y("y:Q"), alt.Text("words:N"))


def pointed_at(panel: Panel, x: alt.X) -> Iterator[alt.Chart]:
    """Draw a broad line at the step that a finding names."""
    if panel.mark is None:
        return
    base = alt.Chart(pd.DataFrame({"s": [panel.mark]}))
    yield base.mark_rule(strokeWidth=10, opacity=0.35, color=palette.HIGHLIGHT, clip=True).encode(
        x, tooltip=[alt.Tooltip("s:Q", title="Training step", format=",")]
    )


def run_color() -> alt.Color:
    """Return the colours of the runs; the key explains them."""
    return alt.Color("run:N").scale(domain=[0, 1], range=list(palette.RUN_COLORS)).legend(None)


def rise_of(panel: Panel, value: float) -> float | alt.ExprRef:
    """Return where words stand, in pixels from their line: above those of lines just above it."""
    linear = -GUIDE_RISE - _gap(panel, value, lambda one: one / (panel.top or top_of(panel)))
    if panel.top is not None:
        return linear
    whole = np.log1p(max(peak_of(panel), top_of(panel)) / panel.smallest)
    spread = -GUIDE_RISE - _gap(panel, value, lambda one: np.log1p(one / panel.smallest) / whole)
    return alt.ExprRef(f"{log_name(panel)} ? {spread:.1f} : {linear:.1f}")


def _line(base, x, y, width, opacity):
    return base.mark_line(
        clip=True, strokeWidth=width, strokeJoin="round", opacity=opacity, tooltip=None
    ).encode(x, y, run_color(), alt.Detail("id:N"))


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


def _gap(panel, value, height_of):
    gaps = [HEIGHT * (height_of(other) - height_of(value)) for other, _ in panel.guides]
    return max(gap for gap in gaps if gap < GUIDE_ROW)
