"""One image through the training of up to two networks: what they answered, and why."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import axes, captions, pair, palette
from explorer.charts.compose import independent, layered
from explorer.charts.evidence import MAP_COLORS, pictures

MOST_CLASSES = 5
LINES_HEIGHT = 220
MOST_SIDE = 240  # pixels of a picture
BETWEEN = 16  # pixels between two pictures
AXIS_PIXELS = 32  # of the labels beside the lines; the pictures keep the same room, to stand below
CLASS_COLORS = (palette.HIGHLIGHT, "#56B4E9", "#009E73", "#CC79A7", palette.MUTED)


@dataclass(frozen=True, eq=False)
class History:
    """What one network made of one image at its checkpoints.

    Args:
        steps: The checkpoints, ascending. (steps,)
        class_names: Names of the classes the network knows.
        probabilities: NaN all along a step whose scores are no numbers. (steps, classes)
        image: The image as the network sees it. (height, width, 1 or 3) uint8
        maps: Grad-CAM of the class that is looked at; `None` for a network without feature
            maps, or one that does not know the class. (steps, map height, map width)
        unread: Checkpoints that could not be read, and are left out.
    """

    steps: np.ndarray
    class_names: Sequence[str]
    probabilities: np.ndarray
    image: np.ndarray
    maps: np.ndarray | None = None
    unread: tuple[int, ...] = ()


def history_chart(
    histories: Sequence[History], frame: pair.Frame, *, chosen: str
) -> alt.VConcatChart:
    """Draw the probabilities over the checkpoints, and the evidence at the slider's checkpoint.

    Args:
        histories: One or two networks.
        frame: The slider and the names.
        chosen: Name of the class that is looked at.
    """
    names = best_few(histories, chosen)
    lines = [_lines(one, run, names, frame) for run, one in enumerate(histories)]
    evidence = [
        _evidence(one, run, chosen, frame)
        for run, one in enumerate(histories)
        if one.maps is not None
    ]
    rows = frame.rows([*lines, *evidence], 2)
    return pair.compound(rows, frame, f"{_short(chosen)}", switches=[axes.early_switch()])


def best_few(histories: Sequence[History], chosen: str) -> list[str]:
    """Name the classes to draw: the chosen one, then those that ever came closest to 1.

    Args:
        histories: One or two networks.
        chosen: Name of the class that is looked at.
    """
    peaks: dict[str, float] = {}
    for one in histories:
        known = np.nan_to_num(one.probabilities, nan=0.0).max(axis=0)
        for name, peak in zip(one.class_names, known.tolist(), strict=True):
            peaks[name] = max(peak, peaks.get(name, 0.0))
    others = sorted((name for name in peaks if name != chosen), key=lambda name: -peaks[name])
    return [chosen, *others[: MOST_CLASSES - 1]]


def line_frame(one: History, names: Sequence[str]) -> pd.DataFrame:
    """Lay out a row a checkpoint and class; steps without numbers have none.

    Args:
        one: The network.
        names: The classes to draw; those it does not know are left out.

    Returns:
        `s` (step), `p` (probability), `c` (class).
    """
    known = [name for name in names if name in one.class_names]
    places = [list(one.class_names).index(name) for name in known]
    rows = pd.DataFrame(
        {
            "s": np.repeat(one.steps, len(known)),
            "p": one.probabilities[:, places].ravel(),
            "c": np.tile(np.array(known, dtype=object), len(one.steps)),
        }
    )
    return rows[rows["p"].notna()]


def _lines(one, run, names, frame):
    x = axes.step_axis(max(int(steps[-1]) for steps in frame.timeline.steps))
    base = alt.Chart(line_frame(one, names)).encode(
        x,
        alt.Y("p:Q")
        .scale(domain=[0, 1])
        .axis(format="%", tickCount=5, grid=False, minExtent=AXIS_PIXELS, maxExtent=AXIS_PIXELS)
        .title("Probability"),
        alt.Color("c:N")
        .scale(domain=names, range=list(CLASS_COLORS[: len(names)]))
        .legend(
            orient="bottom",
            title=None,
            columns=2 if frame.is_narrow else 3,
            labelLimit=120,
            symbolOpacity=1,
            symbolType="stroke",
            symbolStrokeWidth=3,
        ),
        tooltip=[
            alt.Tooltip("c:N", title="Class"),
            alt.Tooltip("s:Q", title="Training step", format=","),
            alt.Tooltip("p:Q", title="Probability", format=".1%"),
        ],
    )
    wide = alt.condition(f"datum.c == {json.dumps(names[0])}", alt.value(3), alt.value(1.5))
    curves = base.mark_line(tooltip=None).encode(strokeWidth=wide)
    points = base.mark_point(filled=True, size=36, opacity=1)
    steps = json.dumps(one.steps.tolist())
    rule = axes.slider_rule(x, "s", f"{steps}[max({pair.row_name(run)}, 0)]")
    words = [None] * frame.num_runs
    words[run] = list(_answers(one, frame.names[run]))
    return captions.with_captions(
        layered(curves, points, rule),
        words,
        frame.panel_width(2),
        height=LINES_HEIGHT,
        title=pair.panel_title("Probability at each checkpoint"),
    )


def _answers(one, name):
    for step, shares in zip(one.steps, one.probabilities, strict=True):
        if np.isnan(shares).any():
            yield f"step {step:,} · no number · {name}"
        else:
            best = int(shares.argmax())
            yield f"step {step:,} · {_short(one.class_names[best])} {shares[best]:.1%} · {name}"


def _evidence(one, run, chosen, frame):
    """Draw the map over the image, and beside it the image alone."""
    width = frame.panel_width(2)
    side = min(MOST_SIDE, (width - BETWEEN) // 2)
    limit = highest(one.maps)
    shown = pictures(one.image, one.maps, limit)
    moving = alt.Chart(pd.DataFrame({"k": range(len(shown)), "u": shown}))
    still = alt.Chart(pd.DataFrame({"u": [pictures(one.image)[0]]}))
    is_shown = f"datum.k == {pair.row_name(run)}"
    marks = layered(
        _picture(moving, f"{is_shown} ? {side} : 0", 0, side, width),
        _picture(still, f"{2 * side + BETWEEN}", side + BETWEEN, side, width),
        _scale(limit),
        resolve=independent("color"),
    )
    words = [None] * frame.num_runs
    words[run] = list(_findings(one, frame.names[run]))
    title = pair.panel_title(f"Evidence for {_short(chosen)} (Grad-CAM), and the image")
    return captions.with_captions(marks, words, width, height=side, title=title)


def highest(maps: np.ndarray) -> float:
    """Return the largest finite value of all maps, above 0: the end of the colour scale."""
    finite = maps[np.isfinite(maps)]
    top = float(finite.max(initial=0.0))
    return top if top > 0 else 1.0


def _picture(base, right, left, side, width):
    return (
        base.transform_calculate(a=f"{left}", b=right, c="0", d=f"{side}")
        .mark_image(smooth=False, aspect=False, tooltip=None)
        .encode(
            alt.X("a:Q").scale(domain=[0, width], nice=False).axis(None),
            alt.X2("b"),
            alt.Y("c:Q").scale(domain=[side, 0], nice=False).axis(_unseen_axis()),
            alt.Y2("d"),
            alt.Url("u:N"),
        )
    )


def _unseen_axis():
    """Return an axis as wide as that of the lines, so that pictures stand exactly below them."""
    return alt.Axis(
        title=" ",
        labelOpacity=0,
        domain=False,
        ticks=False,
        grid=False,
        minExtent=AXIS_PIXELS,
        maxExtent=AXIS_PIXELS,
    )


def _scale(limit):
    """Build a mark that nobody sees: it is there for its legend."""
    hidden = alt.Chart(pd.DataFrame({"z": [0.0]})).mark_square(opacity=0, tooltip=None)
    return hidden.encode(
        alt.Color("z:Q")
        .scale(domain=[0, limit], range=list(MAP_COLORS), interpolate="rgb")
        .legend(
            orient="bottom",
            direction="horizontal",
            gradientLength=180,
            gradientThickness=10,
            values=[0, limit],
            format=".2~g",
            title=None,
            padding=0,
            offset=6,
        )
    )


def _findings(one, name):
    _, height, width = one.maps.shape
    for step, found in zip(one.steps, one.maps, strict=True):
        lead = f"step {step:,}"
        if not np.isfinite(found).all():
            yield f"{lead} · not a number · {name}"
        elif not found.max() > 0:
            yield f"{lead} · no evidence for it · {name}"
        else:
            yield f"{lead} · highest {found.max():.2g} of {height} × {width} places · {name}"


def _short(name, most=24):
    return name if len(name) <= most else name[: most - 1] + "…"
