"""Everything that is one number a step, of two runs: smoothed, zoomed and re-scaled in the browser.

A strip below the panels is brushed to zoom into all of them. Smoothing is a choice among columns
that are there from the start; a logarithmic axis is a symlog axis with another constant.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import pair, palette
from explorer.charts.compose import layered
from explorer.charts.curve_frames import evenly, extremes
from explorer.charts.domains import even_ticks, round_up
from explorer.charts.scalar_key import key_of_lines

WINDOWS = (1, 5, 15, 50, 150)  # steps that the smoothed lines average over
USUAL_WINDOW = 2
BUCKETS = 200
MOST_TICKS = 40  # on an axis that spreads the early steps; the browser drops what is too close
EARLY_STEPS = 64  # kept one by one, for the spread axis
HEIGHT = 190
STRIP_HEIGHT = 56
SMOOTHING = "smoothing"
EARLY = "early"
BRUSH = "brush"
LINES = (("layer", 1.0, 0.45), ("recorded", 2.0, 1.0), ("batches", 2.0, 1.0))  # width, opacity
GUIDE_ROW = 16  # pixels that the words of a guide take
GUIDE_RISE = 13  # pixels from a guide to its words: above the dots of runs that only guess
GUIDE_ROOM = 1.2  # a guide is at most at five sixths of the axis
CUT = 3.0  # a linear axis ends at most at this multiple of its usual values


@dataclass(frozen=True)
class Series:
    """One line.

    Args:
        run: 0 for run A, 1 for run B.
        steps: Training steps, ascending. (steps,)
        values: One number a step; what is not finite leaves a gap. (steps,)
        kind: `"batches"` (smoothed on demand), `"validation"` (points), `"recorded"` (a line as
            it is) or `"layer"` (the same, thin).
        name: What the tooltip calls it.
    """

    run: int
    steps: np.ndarray
    values: np.ndarray
    kind: str = "batches"
    name: str = "Batches"


@dataclass(frozen=True)
class Panel:
    """One quantity.

    Args:
        key: Short name, such as `"loss"`.
        title: What to see.
        axis: Quantity and unit.
        series: Its lines.
        guides: Horizontal lines, value and words.
        logarithmic: Whether its axis begins logarithmic.
        top: Upper end of a linear axis; by default from the values.
        smallest: Where a logarithmic axis turns linear, towards 0.
        format: How the axis writes numbers.
        mark: A step to point at.
    """

    key: str
    title: str
    axis: str
    series: Sequence[Series]
    guides: Sequence[tuple[float, str]] = field(default=())
    logarithmic: bool = False
    top: float | None = None
    smallest: float = 1e-3
    format: str = "~g"
    mark: int | None = None


def scalars(panels: Sequence[Panel], frame: pair.Frame, *, last_step: int) -> alt.VConcatChart:
    """Draw all panels with one step axis.

    Args:
        panels: The quantities.
        frame: Names and width; its slider is not used.
        last_step: End of the step axis.
    """
    drawn = [_panel(panel, frame, last_step) for panel in panels]
    strip = _strip(panels[0], frame, last_step)
    smoothing = alt.param(
        name=SMOOTHING,
        value=USUAL_WINDOW,
        bind=alt.binding_select(
            options=list(range(len(WINDOWS))),
            labels=["not at all", *(f"over {window} steps" for window in WINDOWS[1:])],
            name="Smooth ",
        ),
    )
    switches = [
        alt.param(
            name=_log_name(panel),
            value=panel.logarithmic,
            bind=alt.binding_checkbox(name=f"Logarithmic {panel.key.replace('_', ' ')} "),
        )
        for panel in panels
        if panel.top is None
    ]
    early = alt.param(
        name=EARLY, value=False, bind=alt.binding_checkbox(name="Spread the early steps ")
    )
    key = key_of_lines(frame.names, frame.panel_width(1), is_narrow=frame.is_narrow)
    return pair.page([key, *frame.rows(drawn, 2), strip], params=[smoothing, early, *switches])


def line_frame(series: Sequence[Series]) -> pd.DataFrame:
    """Lay out lines: run, s (step), v0, v1, ... (one a window of `WINDOWS`), name, id.

    The first 64 steps are all there, of the later ones the smallest and largest value in each
    of 200 stretches. What is not a finite number stays as an empty row: a gap.
    """
    parts = []
    for number, one in enumerate(series):
        values = np.where(np.isfinite(one.values), np.asarray(one.values, np.float64), np.nan)
        smooth = [averaged(values, window) for window in _windows(one)]
        keep = _kept(values)
        columns = {f"v{k}": column[keep] for k, column in enumerate(smooth)}
        rows = {"run": one.run, "s": np.asarray(one.steps)[keep], "name": one.name, "id": number}
        parts.append(pd.DataFrame(rows | columns))
    names = ["run", "s", "name", "id", *(f"v{k}" for k in range(len(WINDOWS)))]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)


def averaged(values: np.ndarray, window: int) -> np.ndarray:
    """Average each value with those before it, `window` in all; NaN stays NaN.

    >>> averaged(np.array([0.0, 2.0, 4.0]), 2).tolist()
    [0.0, 1.0, 3.0]
    """
    known = np.isfinite(values)
    sums = np.cumsum(np.where(known, values, 0.0))
    counts = np.cumsum(known)
    before = np.maximum(np.arange(len(values)) - window, -1)
    sums = sums - np.where(before >= 0, sums[before], 0.0)
    counts = counts - np.where(before >= 0, counts[before], 0)
    return np.where(known, sums / np.maximum(counts, 1), np.nan)


def _windows(one):
    return WINDOWS if one.kind == "batches" else (1,) * len(WINDOWS)


def _kept(values):
    later = extremes(values[EARLY_STEPS:], BUCKETS) + EARLY_STEPS
    last = np.arange(len(values))[-1:]
    return np.unique(np.concatenate([np.arange(min(EARLY_STEPS, len(values))), later, last]))


def _panel(panel, frame, last_step):
    x = _x(last_step)
    y = _y(panel)
    layers = [
        *_guides(panel, frame.panel_width(2)),
        *_lines(panel, x, y),
        *_points(panel, x, y),
        *_mark(panel, x),
    ]
    lost = _lost_words(panel, frame)
    return layered(
        *layers,
        width=frame.panel_width(2),
        height=HEIGHT,
        title=alt.Title(
            panel.title,
            subtitle=lost,
            fontSize=palette.PANEL_TITLE_SIZE,
            anchor="start",
            offset=8,
        ),
    )


def _x(last_step, zoomed=True):
    axis = pair.step_axis(last_step)
    if zoomed:
        options = pair.switched_scale(EARLY, 1)
        axis = axis.scale(domain={"param": BRUSH, "encoding": "x"}, **options)
        axis = axis.axis(
            values=alt.ExprRef(f"{EARLY} ? {json.dumps(_spread_ticks(last_step))} : null"),
            tickCount=alt.ExprRef(f"{EARLY} ? {MOST_TICKS} : 6"),
            grid=False,
            labelExpr=pair.STEP_LABEL,
            labelOverlap="greedy",
        )
    return axis


def _spread_ticks(last_step):
    """Return 0, 1, 2, 5, 10, 20, 50 and so on, up to the last step."""
    powers = range(len(str(max(last_step, 1))))
    return [
        0,
        *(k * 10**power for power in powers for k in (1, 2, 5) if k * 10**power <= last_step),
    ]


def _y(panel):
    top = panel.top or _top(panel)
    if panel.top is not None:
        scale, axis = {"domain": [0, top], "nice": False}, {"tickCount": 5}
    else:
        peak = max(_peak(panel), top)
        powers = [10.0**power for power in range(-8, 9)]
        spread = [0, *(tick for tick in powers if panel.smallest * 0.99 <= tick <= peak)]
        scale = pair.switched_scale(_log_name(panel), panel.smallest)
        scale["domain"] = [0, alt.ExprRef(f"{_log_name(panel)} ? {peak:g} : {top:g}")]
        axis = {"values": pair.switched_ticks(_log_name(panel), spread, even_ticks(top))}
    return (
        alt.Y("y:Q")
        .scale(**scale)
        .axis(labelExpr=f"format(datum.value, '{panel.format}')", **axis)
        .title(panel.axis)
    )


def _lines(panel, x, y):
    for kind, width, opacity in LINES:
        shape = line_frame([one for one in panel.series if one.kind == kind])
        if not len(shape):
            continue
        base = alt.Chart(shape).transform_calculate(y=f"datum['v' + {SMOOTHING}]")
        if kind == "batches":
            yield _line(base.transform_calculate(y="datum.v0"), x, y, 0.8, 0.3)
        yield _line(base, x, y, width, opacity)
        yield _hover(shape, x, y)


def _line(base, x, y, width, opacity):
    return base.mark_line(
        clip=True, strokeWidth=width, strokeJoin="round", opacity=opacity, tooltip=None
    ).encode(x, y, _color(), alt.Detail("id:N"))


def _hover(shape, x, y):
    """Put unseen points on the lines, for their tooltips."""
    parts = [part.iloc[evenly(len(part), 100)] for _, part in shape.groupby("id")]
    return (
        alt.Chart(pd.concat(parts).dropna())
        .transform_calculate(y=f"datum['v' + {SMOOTHING}]", letter="datum.run == 0 ? 'A' : 'B'")
        .mark_circle(opacity=0, size=140, clip=True)
        .encode(x, y, tooltip=_tooltip())
    )


def _points(panel, x, y):
    shape = line_frame([one for one in panel.series if one.kind == "validation"])
    if not len(shape):
        return
    yield (
        alt.Chart(shape)
        .transform_calculate(y="datum.v0", letter="datum.run == 0 ? 'A' : 'B'")
        .mark_point(filled=True, size=55, opacity=1, clip=True, stroke="white", strokeWidth=1)
        .encode(x, y, _color(), tooltip=_tooltip())
    )


def _tooltip():
    return [
        alt.Tooltip("letter:N", title="Run"),
        alt.Tooltip("name:N", title="What"),
        alt.Tooltip("s:Q", title="Training step", format=","),
        alt.Tooltip("y:Q", title="Value", format=".4~g"),
    ]


def _color():
    return alt.Color("run:N").scale(domain=[0, 1], range=list(palette.RUN_COLORS)).legend(None)


def _guides(panel, width):
    """Draw horizontal lines; the words of several stand side by side, never on each other."""
    for place, (value, words) in enumerate(panel.guides, start=1):
        base = alt.Chart(pd.DataFrame({"y": [value], "words": [words]}))
        yield base.mark_rule(
            strokeDash=[5, 4], color=palette.MUTED, clip=True, tooltip=None
        ).encode(alt.Y("y:Q"))
        yield base.mark_text(
            align="right",
            dy=_rise(panel, value),
            fontSize=palette.LABEL_SIZE,
            color=palette.CANVAS_TEXT,
            limit=width / len(panel.guides) - 4,
            tooltip=None,
        ).encode(alt.XValue(width * place / len(panel.guides)), alt.Y("y:Q"), alt.Text("words:N"))


def _rise(panel, value):
    """Return where words stand, in pixels from their line: above those of lines just above it."""
    linear = -GUIDE_RISE - _gap(panel, value, lambda one: one / (panel.top or _top(panel)))
    if panel.top is not None:
        return linear
    whole = np.log1p(max(_peak(panel), _top(panel)) / panel.smallest)
    spread = -GUIDE_RISE - _gap(panel, value, lambda one: np.log1p(one / panel.smallest) / whole)
    return alt.ExprRef(f"{_log_name(panel)} ? {spread:.1f} : {linear:.1f}")


def _gap(panel, value, height_of):
    gaps = [HEIGHT * (height_of(other) - height_of(value)) for other, _ in panel.guides]
    return max(gap for gap in gaps if gap < GUIDE_ROW)


def _mark(panel, x):
    if panel.mark is None:
        return
    base = alt.Chart(pd.DataFrame({"s": [panel.mark]}))
    yield base.mark_rule(strokeWidth=10, opacity=0.35, color=palette.HIGHLIGHT, clip=True).encode(
        x, tooltip=[alt.Tooltip("s:Q", title="Training step", format=",")]
    )


def _strip(panel, frame, last_step):
    """Draw the first quantity small: the place to brush."""
    brush = alt.selection_interval(name=BRUSH, encodings=["x"])
    shape = line_frame([one for one in panel.series if one.kind == "batches"])
    return (
        alt.Chart(shape)
        .transform_calculate(y=f"datum['v' + {SMOOTHING}]")
        .mark_line(strokeWidth=1.2, clip=True, tooltip=None)
        .encode(
            _x(last_step, zoomed=False),
            alt.Y("y:Q").scale(domain=[0, panel.top or _top(panel)], nice=False).axis(None),
            _color(),
            alt.Detail("id:N"),
        )
        .add_params(brush)
        .properties(
            width=frame.panel_width(1),
            height=STRIP_HEIGHT,
            title=alt.Title(
                ["Drag here to zoom into all of them;", "a double click shows everything again"]
                if frame.is_narrow
                else "Drag here to zoom into all of them; a double click shows everything again",
                fontSize=palette.LABEL_SIZE,
                fontWeight="normal",
                anchor="start",
            ),
        )
    )


def _log_name(panel):
    return f"log_{panel.key}"


def _finite(panel):
    parts = [np.asarray(one.values, np.float64) for one in panel.series]
    parts += [np.array([value for value, _ in panel.guides], np.float64)]
    every = np.concatenate(parts)
    return every[np.isfinite(every)]


def _peak(panel):
    values = _finite(panel)
    return round_up(float(values.max())) if len(values) and values.max() > 0 else 1.0


def _top(panel):
    """End a linear axis above what is usual: one outburst does not flatten the rest."""
    values = _finite(panel)
    if not len(values) or values.max() <= 0:
        return 1.0
    usual = CUT * float(np.percentile(values, 95))
    top = min(float(values.max()), usual) if usual > 0 else float(values.max())
    return round_up(max([top, *(GUIDE_ROOM * value for value, _ in panel.guides)]))


def _lost_words(panel, frame):
    """Say where a line has no number to draw."""
    words = []
    for one in panel.series:
        lost = ~np.isfinite(np.asarray(one.values, np.float64))
        if one.kind == "batches" and lost.any():
            first = int(np.asarray(one.steps)[np.argmax(lost)])
            words.append(
                f"Run {'AB'[one.run]}: not a number at {int(lost.sum()):,} steps, "
                f"first at step {first:,}"
            )
    return words
