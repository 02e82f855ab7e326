"""Loss and accuracy while a network trains: one or two runs, chance as the yardstick.

All that grows with the training is in the data, nothing in the specification: a live chart is
updated in place. Loss that is not a number leaves a gap, a mark along the top, and words.
"""

from collections.abc import Sequence
from math import log, log10

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import palette
from explorer.charts.curve_frames import (
    EVERY,
    FEW,
    SMOOTHED,
    Curve,
    evenly,
    line_frame,
    point_rows,
)
from explorer.charts.curve_notes import guess_lines, guesses, lost_ticks, notes
from explorer.charts.domains import round_up

__all__ = ["Curve", "accuracy_curves", "loss_curves"]

HOVERED = 120
HEIGHT = 230
FURTHEST_LOSS = 3.0  # the linear axis ends at most at this multiple of the loss of chance
LINES = {EVERY: (1.2, 0.4), SMOOTHED: (2.5, 1.0)}  # width, opacity
POINTS = "validation images"
LEGEND_LETTER = 6.3  # pixels, of a letter somewhat wider than most
LEGEND_SPACE = 36  # pixels for a symbol and what is around it


def loss_curves(
    curves: Sequence[Curve],
    *,
    num_classes: int | Sequence[int],
    planned_steps: int,
    log_scale: bool = False,
    is_growing: bool = True,
    alone: str = palette.RUN_A,
) -> alt.LayerChart:
    """Draw the loss of one or two runs.

    Args:
        curves: Run A, and run B if there is one.
        num_classes: Classes to choose between, one number for all runs or one for each; less
            than 2 when unknown. Guessing costs ln(classes).
        planned_steps: Last step of the training, the end of the axis.
        log_scale: Whether the loss axis is logarithmic.
        is_growing: Whether more values may come. The key of what grows stays as it is.
        alone: Colour of a curve without another; run B may be the only one that has any.
    """
    drawn = guesses(curves, num_classes, log, "guessing: ln {classes} = {value:.2f}")
    usual = max((guess.value for guess in drawn), default=_first_value(curves))
    domain = _log_domain(curves, usual) if log_scale else _loss_domain(curves, usual)
    scale = {"type": "log"} if log_scale else {}
    ticks = {"values": _powers(domain), "format": "~g"} if log_scale else {"tickCount": 5}
    y = alt.Y("value:Q").scale(domain=domain, nice=False, **scale).axis(**ticks)
    return _chart(
        curves,
        y.title("Cross-entropy loss, nats" if drawn else "Loss"),
        domain,
        planned_steps,
        lines=guess_lines(drawn, _height_of(domain, log10 if log_scale else float), HEIGHT),
        title="Loss: does it fall below guessing?" if drawn else "Loss: does it fall?",
        is_growing=is_growing,
        alone=alone,
    )


def accuracy_curves(
    curves: Sequence[Curve],
    *,
    num_classes: int | Sequence[int],
    planned_steps: int,
    is_growing: bool = True,
    alone: str = palette.RUN_A,
) -> alt.LayerChart:
    """Draw the accuracy of one or two runs. Arguments as for `loss_curves`."""
    y = alt.Y("value:Q").scale(domain=[0, 1], nice=False).axis(format="%", tickCount=5)
    drawn = guesses(
        curves, num_classes, lambda classes: 1 / classes, "guessing: 1/{classes} = {value:.0%}"
    )
    return _chart(
        curves,
        y.title("Accuracy, share of images"),
        [0, 1],
        planned_steps,
        lines=guess_lines(drawn, float, HEIGHT),
        title="Accuracy: does it beat guessing?" if drawn else "Accuracy: does it rise?",
        is_growing=is_growing,
        alone=alone,
    )


def _chart(curves, y, domain, planned_steps, *, lines, title, is_growing, alone):
    color = _run_color([curve.name for curve in curves], alone)
    x = (
        alt.X("step:Q")
        .scale(domain=[0, max(planned_steps, 1)], nice=False)
        .axis(format=",d", grid=False, tickMinStep=1, tickCount=6)
        .title("Training step")
    )
    frame = line_frame(curves, planned_steps)
    is_smoothed = is_growing or any(len(one.values) >= FEW for one in curves)
    layers = [
        *lines,
        _lines(frame, x, y, color) if is_smoothed else _line_of_few(frame, x, y, color),
        _few_points(curves, x, y, color, in_key=not is_smoothed),
        _validation(curves, x, y, color, domain),
        _hover(frame, [one.name for one in curves if len(one.values) < FEW], x, y),
        lost_ticks(curves, x, color),
        notes(curves, domain[1]),
    ]
    return (
        alt.layer(*layers)
        .resolve_scale(shape="independent")
        .properties(
            title=alt.Title(title, offset=8),
            height=HEIGHT,
            autosize=palette.FIT_WIDTH,
            usermeta=palette.AS_SVG,
        )
        .configure_axis(titlePadding=6, labelPadding=5)
    )


def _run_color(names, alone):
    """Colour by run; its legend has one column where two do not fit the plot."""
    if len(names) < 2:
        return alt.ColorValue(alone)
    side_by_side = sum(LEGEND_LETTER * len(name) + LEGEND_SPACE for name in names)
    return (
        alt.Color("run:N")
        .scale(domain=names, range=list(palette.RUN_COLORS[: len(names)]))
        .legend(
            orient="bottom",
            title=None,
            columns=alt.ExprRef(f"width < {side_by_side:.0f} ? 1 : {len(names)}"),
            labelLimit=alt.ExprRef(f"width - {LEGEND_SPACE}"),
        )
    )


def _line_of_few(lines, x, y, color):
    """Draw lines where none is smoothed: the key names their points."""
    return (
        alt.Chart(lines[lines["kind"] == EVERY])
        .mark_line(clip=True, tooltip=None, strokeWidth=LINES[SMOOTHED][0], strokeJoin="round")
        .encode(x, y, color, detail="run:N")
    )


def _lines(lines, x, y, color):
    widths, opacities = zip(*LINES.values(), strict=True)
    legend = {"orient": "top", "title": None, "symbolType": "stroke", "padding": 0}
    return (
        alt.Chart(lines)
        .mark_line(clip=True, tooltip=None, strokeWidth=2, strokeJoin="round")
        .encode(
            x,
            y,
            color,
            alt.Opacity("kind:O").scale(domain=list(LINES), range=list(opacities)).legend(**legend),
            alt.StrokeWidth("kind:O")
            .scale(domain=list(LINES), range=list(widths))
            .legend(**legend),
            detail="run:N",
        )
    )


def _few_points(curves, x, y, color, *, in_key):
    """Draw the values of curves that have few, so that nobody takes lines for measurements."""
    few = [one for one in curves if len(one.values) < FEW]
    frames = [point_rows(one.steps, one.values, EVERY, one.name) for one in few]
    # A row without numbers, as two empty tables would be one to Altair: the data of two layers.
    nothing = point_rows([np.nan], [np.nan], EVERY, curves[0].name)
    frame = pd.concat([nothing, *frames], ignore_index=True)
    points = alt.Chart(frame).mark_point(size=30, opacity=1, clip=True, tooltip=None)
    return points.encode(x, y, color, *([_dot(EVERY, filled=False)] if in_key else []))


def _validation(curves, x, y, color, domain):
    """Draw validations as dots, whole also at the borders; those off the axis are left out."""
    frame = pd.concat(
        [point_rows(c.validation_steps, c.validation_values, POINTS, c.name) for c in curves],
        ignore_index=True,
    )
    frame["value"] = frame["value"].where(frame["value"].between(*domain))
    return (
        alt.Chart(frame)
        .mark_point(filled=True, size=70, opacity=1, stroke="white", strokeWidth=1)
        .encode(
            x,
            y,
            color,
            _dot(POINTS, filled=True),
            tooltip=_tooltip(),
        )
    )


def _dot(words, *, filled):
    """Return what puts a dot, or a ring, into the key."""
    look = {"symbolFillColor": palette.MUTED, "symbolStrokeWidth": 0}
    if not filled:
        look = {"symbolFillColor": "transparent", "symbolStrokeWidth": 1.5}
        look["symbolStrokeColor"] = palette.MUTED
    return (
        alt.Shape("kind:N")
        .scale(domain=[words], range=["circle"])
        .legend(orient="top", title=None, padding=0, **look)
    )


def _hover(lines, few, x, y):
    """Put unseen points on the smoothed line, for their tooltips; few values are as they are."""
    smooth = lines[(lines["kind"] == SMOOTHED) & lines["value"].notna()]
    smooth = smooth.assign(kind=smooth["kind"].where(~smooth["run"].isin(few), EVERY))
    parts = [part.iloc[evenly(len(part), HOVERED)] for _, part in smooth.groupby("run")]
    frame = pd.concat(parts) if parts else smooth
    return (
        alt.Chart(frame)
        .mark_circle(opacity=0, size=160, clip=True)
        .encode(x, y, tooltip=_tooltip())
    )


def _tooltip():
    return [
        alt.Tooltip("run:N", title="Run"),
        alt.Tooltip("kind:N", title="Line"),
        alt.Tooltip("step:Q", title="Training step", format=","),
        alt.Tooltip("value:Q", title="Value", format=".4~g"),
    ]


def _height_of(domain, measure):
    """Return a function from a value to where it lies on the axis, 0 to 1."""
    low, high = measure(domain[0]), measure(domain[1])
    return lambda value: (measure(value) - low) / (high - low)


def _first_value(curves):
    """Return the size of the highest loss that a run begins with: about that of guessing."""
    first = [abs(values[0]) for values in _finite(curves) if len(values)]
    return max(first, default=1.0) or 1.0


def _loss_domain(curves, chance):
    """Cover the losses; some, such as those of networks that compete, fall below zero."""
    every = np.concatenate([np.zeros(1), *_finite(curves)])
    high = round_up(float(np.clip(every.max(), 1.2 * chance, FURTHEST_LOSS * chance)))
    return [-round_up(-float(every.min())) if every.min() < 0 else 0, high]


def _log_domain(curves, chance):
    positive = [values[values > 0] for values in _finite(curves)]
    every = np.concatenate([*positive, [chance / 10, chance * 2]])
    low, high = np.floor(np.log10(every.min())), np.ceil(np.log10(every.max()))
    return [float(10 ** max(low, -6)), float(10.0**high)]


def _powers(domain):
    low, high = np.log10(domain)
    return [float(10.0**power) for power in range(round(low), round(high) + 1)]


def _finite(curves):
    for curve in curves:
        for values in (curve.values, curve.validation_values):
            values = np.asarray(values, np.float64)
            yield values[np.isfinite(values)]
