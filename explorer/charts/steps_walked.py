"""The loss along the steps that trainings took, under a slider; and where each step landed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import altair as alt
import numpy as np
import pandas as pd

from explorer.analysis.timeline import align
from explorer.charts import axes, pair, palette
from explorer.charts.captions import with_captions
from explorer.charts.compose import layered
from explorer.inference.retraced import LINE
from explorer.inference.walked import SHARES, Walked

HEIGHT, STRIP_HEIGHT = 250, 170
ROOM = 0.08  # above and below the curves, as a share of what they span
SEEN = (SHARES >= 0) & (SHARES <= 2)  # decides the axis; what lies higher leaves the plot
FLATTEST = 1e-4  # of a loss: no axis is shorter
FURTHEST = 10.0  # overshoot, on the strip
KINDS = {"loss": "fixed images", "batch_loss": "the step's own batch"}
DASHES = {"loss": [1, 0], "batch_loss": [5, 4]}
AXIS_EXTENT = 44  # pixels of an axis' numbers at least: panels stand still as steps change
LONG = 1000.0  # from here on an overshoot is written short
TICKS = [-1, 0, 1, 3, 10]


@dataclass(frozen=True, eq=False)
class Drawn:
    """What is drawn of a run.

    Args:
        name: Of the run, for people.
        walked: What was measured along its steps, ascending; those that are drawn.
        color: Of the run; by default that of its place.
    """

    name: str
    walked: Walked
    color: str | None = None


def steps_walked(drawn: Sequence[Drawn], width: int) -> alt.VConcatChart:
    """Draw the valley of each run at the step of the slider, and all overshoots below.

    Args:
        drawn: One run or two.
        width: Pixels the chart may take.

    Raises:
        ValueError: No step of any run was measured.
    """
    drawn = [replace(one, color=one.color or palette.RUN_COLORS[k]) for k, one in enumerate(drawn)]
    frame = frame_of(drawn, width)
    panels = [_valley(one, run, frame) for run, one in enumerate(drawn)]
    rows = [*frame.rows(panels, len(drawn)), _strip(drawn, frame)]
    return pair.compound(rows, frame, "The valley", to_the_end=False)


def frame_of(drawn: Sequence[Drawn], width: int) -> pair.Frame:
    """Return the slider over the steps that were measured of any run."""
    timeline = align([one.walked.step for one in drawn])
    return pair.Frame([one.name for one in drawn], width, timeline)


def _valley(one, run, frame):
    width = frame.panel_width(frame.num_runs)
    x = (
        alt.X("t:Q")
        .scale(domain=[SHARES[0], SHARES[-1]], nice=False)
        .axis(values=[0, 1, 2], labelExpr=_place_words(width), grid=False)
        .title("Along the step, in lengths of the step")
    )
    y = _loss_axis(one.walked, run)
    layers = [
        _ends(x, one.walked, run),
        *(_curve(one, name, run, x, y) for name in DASHES),
        *_floor(one.walked, run, x, width),
        _landed(one, run, x, y),
    ]
    words = [_caption(one.walked, k) for k in range(len(one.walked.step))]
    told = [words if k == run else None for k in range(frame.num_runs)]
    return with_captions(
        layered(*layers),
        told,
        width,
        is_narrow=frame.is_narrow,
        colors=[one.color] * frame.num_runs,
        height=HEIGHT,
        title=pair.panel_title(_cut(one.name, width)),
    )


def _cut(name, width):
    most = max(12, int(width / 8))
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def _place_words(width):
    named = {0: "before", 1: "landed", 2: "twice as far"}
    if width < 2 * pair.AXIS_SPACE:
        return "datum.label"
    return " : ".join(f"datum.value == {k} ? '{word}'" for k, word in named.items()) + " : ''"


def axis_ends(walked: Walked) -> tuple[np.ndarray, np.ndarray]:
    """Return where the loss axis begins and ends at each step: what is seen of its curves.

    The curves span far less at one step than they fall over the training: on one axis for all
    steps most valleys would be level lines.
    """
    curves = np.concatenate([walked.loss, walked.batch_loss], axis=1)
    seen = np.concatenate([walked.loss[:, SEEN], walked.batch_loss[:, SEEN]], axis=1)
    low = _extreme(curves, np.fmin)
    high = np.maximum(_extreme(seen, np.fmax), low + FLATTEST * np.maximum(np.abs(low), 1e-9))
    room = ROOM * (high - low)
    return low - room, high + room


def _extreme(curves, choose):
    """Return the extreme finite value of each row; 0 of a row without any."""
    finite = np.where(np.isfinite(curves), curves, np.nan)
    found = choose.reduce(finite, axis=1)
    return np.where(np.isnan(found), 0.0, found)


def _loss_axis(walked, run):
    low, high = (json.dumps([float(f"{one:.6g}") for one in ends]) for ends in axis_ends(walked))
    row = f"max({pair.row_name(run)}, 0)"
    known = json.dumps([int(one) for one in _has_numbers(walked)])
    return (
        alt.Y("v:Q")
        .scale(
            domainMin=alt.ExprRef(f"{low}[{row}]"),
            domainMax=alt.ExprRef(f"{high}[{row}]"),
            nice=False,
            zero=False,
        )
        .axis(
            format=".4~g",
            tickCount=5,
            grid=False,
            minExtent=AXIS_EXTENT,
            labelExpr=f"{known}[{row}] ? datum.label : ''",
        )
        .title("Loss, nats (axis of this step)")
    )


def _has_numbers(walked):
    """Say at which steps there is anything to draw: an axis without it has no numbers. (steps,)"""
    curves = np.concatenate([walked.loss, walked.batch_loss], axis=1)
    return np.isfinite(curves).any(axis=1)


def _curve(one, name, run, x, y):
    """Draw one curve; a row a place, a column a step.

    What lies far above the plot is drawn a little above it: walls rise to thousands.
    """
    walked = one.walked
    low, high = axis_ends(walked)
    values = np.minimum(getattr(walked, name), (high + (high - low))[:, None])
    frame = pd.DataFrame({"t": SHARES, **_columns(values)})
    line = alt.Chart(frame).transform_calculate(v=_shown("v", run))
    return line.mark_line(
        color=one.color,
        strokeWidth=2.5 if name == "loss" else 1.5,
        strokeDash=DASHES[name],
        interpolate="monotone",
        clip=True,
        point=alt.OverlayMarkDef(size=18, filled=True, color=one.color),
    ).encode(
        x,
        y,
        tooltip=[
            alt.Tooltip("t:Q", title="Lengths of the step", format=".3~g"),
            alt.Tooltip("v:Q", title=f"Loss on {KINDS[name]}", format=".5~g"),
        ],
    )


def _columns(values):
    """Return one column a step of values by place. (steps, places)."""
    return {f"v{k}": np.where(np.isfinite(row), row, np.nan) for k, row in enumerate(values)}


def _shown(prefix, run):
    return f"datum['{prefix}' + {pair.row_name(run)}]"


def _ends(x, walked, run):
    """Mark where the step began and where it ended."""
    frame = pd.DataFrame({"t": [0.0, 1.0]})
    return (
        alt.Chart(frame)
        .mark_rule(color=palette.MUTED, strokeDash=[2, 3], opacity=0.7, tooltip=None)
        .encode(x)
    )


def _floor(walked, run, x, width):
    """Mark the floor of the parabola through the slopes at both ends, where it is in sight."""
    with np.errstate(divide="ignore", invalid="ignore"):
        floors = 1 / (1 + walked.alpha)
    inside = np.isfinite(floors) & (floors > 0) & (floors <= SHARES[-1])
    frame = pd.DataFrame({"k": [0], **{f"v{k}": [floors[k]] for k in np.flatnonzero(inside)}})
    base = (
        alt.Chart(frame)
        .transform_calculate(t=_shown("v", run), words="'floor'")
        .transform_filter("isValid(datum.t)")
    )
    tips = [alt.Tooltip("t:Q", title="Floor after, in lengths of the step", format=".3~g")]
    yield base.mark_point(
        shape="triangle-up", filled=True, size=90, color=palette.HIGHLIGHT, opacity=1
    ).encode(x, alt.YValue(HEIGHT - 6), tooltip=tips)


def _landed(one, run, x, y):
    """Draw a hollow dot where the step began and a filled one where it landed."""
    color, walked = one.color, one.walked
    layers = []
    for place, filled in ((0.0, False), (1.0, True)):
        values = walked.loss[:, np.flatnonzero(place == SHARES)]
        frame = pd.DataFrame({"t": [place], **_columns(values)})
        layers.append(
            alt.Chart(frame)
            .transform_calculate(v=_shown("v", run))
            .mark_point(
                filled=filled, size=110, color=color, opacity=1, strokeWidth=2.5, tooltip=None
            )
            .encode(x, y)
        )
    return layered(*layers)


def _caption(walked, k):
    step, end = int(walked.step[k]), int(walked.end[k])
    if walked.way[k] == LINE:
        return f"the straight line from step {step:,} to step {end:,}"
    if not np.isfinite(walked.length[k]):
        return f"step {step:,}: the weights are not numbers"
    moved = f"moved {moved_words(walked.relative[k])} the weights' length"
    return f"step {step:,}: overshoot {overshoot_words(walked.alpha[k])}\n{moved}"


def overshoot_words(alpha: float) -> str:
    """Return an overshoot with few digits, and a huge one short: 2.6e+12."""
    if np.isfinite(alpha) and abs(alpha) >= LONG:
        return f"{alpha:.2g}"
    return f"{alpha:.2f}".replace("-0.00", "0.00") if np.isfinite(alpha) else "undefined"


def moved_words(share: float) -> str:
    """Return how far a step went, as a part or a multiple of the weights' length.

    >>> moved_words(0.0033), moved_words(0.92), moved_words(34.2), moved_words(2.7e9)
    ('0.33 % of', '92 % of', '34 times', '2.7e+09 times')
    """
    return f"{100 * share:.2g} % of" if share < 1 else f"{float(f'{share:.2g}'):.6g} times"


def _strip(drawn, frame):
    """Draw the overshoot of every step of every run, fixed axes, with the slider's place."""
    width = frame.panel_width(1)
    last = max(int(one.walked.step[-1]) for one in drawn if len(one.walked.step))
    ticks = [tick for tick in (0, *(10**power for power in range(8))) if tick <= last]
    x = (
        alt.X("s:Q")
        .scale(type="symlog", constant=1, domain=[0, max(last, 1)], nice=False)
        .axis(values=ticks, labelExpr=axes.STEP_LABEL, grid=False)
        .title("Training step")
    )
    y = (
        alt.Y("a:Q")
        .scale(type="symlog", constant=1, domain=[-1.4, FURTHEST * 1.3], nice=False)
        .axis(values=TICKS, format="d", grid=False)
        .title("Overshoot")
    )
    layers = [
        *_guides(y, width),
        *(_alphas(one, x, y) for one in drawn),
        axes.slider_rule(x, "s", f"{json.dumps(frame.timeline.places.tolist())}[{pair.SLIDER}]"),
    ]
    words = "Overshoot of every step: 0 on the valley's floor, 1 as high on the other side"
    if frame.is_narrow:
        words = "Overshoot of every step"
    return layered(*layers, width=width, height=STRIP_HEIGHT, title=pair.panel_title(words))


def _guides(y, width):
    """Draw what the numbers mean."""
    words = {-1: "no bend felt", 0: "on the floor", 1: "as high on the other side"}
    base = alt.Chart(pd.DataFrame({"a": list(words), "words": list(words.values())}))
    yield base.mark_rule(color=palette.MUTED, strokeDash=[4, 4], opacity=0.7, tooltip=None).encode(
        y
    )
    below = alt.ExprRef("datum.a < 0 ? 9 : -7")  # above the lowest line stand most dots
    yield base.mark_text(
        align="right", dx=-4, dy=below, fontSize=11, color=palette.CANVAS_TEXT, tooltip=None
    ).encode(alt.XValue(width), y, alt.Text("words:N"))


def _alphas(one, x, y):
    walked = one.walked
    known = np.isfinite(walked.alpha)
    frame = pd.DataFrame(
        {
            "run": one.name,
            "s": walked.step[known],
            "a": np.clip(walked.alpha[known], TICKS[0] * 1.35, FURTHEST),
            "alpha": walked.alpha[known],
            "moved": walked.relative[known],
        }
    )
    return (
        alt.Chart(frame)
        .mark_point(filled=True, size=55, opacity=0.9, color=one.color)
        .encode(
            x,
            y,
            tooltip=[
                alt.Tooltip("run:N", title="Run"),
                alt.Tooltip("s:Q", title="Training step", format=","),
                alt.Tooltip("alpha:Q", title="Overshoot", format=".3~g"),
                alt.Tooltip("moved:Q", title="Step, of the weights' length", format=".2~%"),
            ],
        )
    )
