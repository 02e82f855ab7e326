"""The distribution of one tensor over all steps: ridges, percentile bands, or a heatmap."""

import json
from dataclasses import dataclass
from itertools import pairwise

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import pair, palette
from explorer.charts.compose import layered
from explorer.charts.layer import Histograms

VIEWS = {"ridges": "Ridges", "percentiles": "Percentiles", "heatmap": "Heatmap"}
HEIGHT = 300
MOST_RIDGES = 24
GAIN = 5.0  # how many ridges tall the highest one is
SMALLEST_SHARE = 1e-4
PERCENTILES = (0, 5, 25, 50, 75, 95, 100)
HEAT = "viridis"


@dataclass(frozen=True)
class Bands:
    """Percentiles of one tensor over the steps.

    Args:
        steps: Recorded steps, ascending. (steps,)
        values: The percentiles of `PERCENTILES`; NaN where nothing was recorded. (steps, 7)
    """

    steps: np.ndarray
    values: np.ndarray


def over_steps_panel(
    view: str, data: Histograms, bands: Bands, run: int, frame: pair.Frame, peak: float
) -> alt.LayerChart:
    """Draw one run; the mark that moves with the slider is the step it shows.

    Args:
        view: A key of `VIEWS`.
        data: Distributions at the steps.
        bands: Percentiles at the steps.
        run: 0 for run A, 1 for run B.
        frame: The slider and the runs.
        peak: The largest share in any bin, of both runs.
    """
    draw = {"ridges": _ridges, "percentiles": _percentiles, "heatmap": _heatmap}[view]
    marks, words = draw(data, bands, run, frame, peak)
    width = frame.panel_width(2)
    return pair.with_captions(
        layered(*marks), _only(run, frame), width, height=HEIGHT, title=pair.panel_title(words)
    )


def ridge_frame(data: Histograms) -> pd.DataFrame:
    """Lay out at most 24 ridges, a row a corner; level ground is left out.

    Returns:
        `n` (which of the ridges), `s` (step), `e` and `l` (places down the axis: evenly, and in
        proportion to the step, both from 0 to 1), `x` (value), `h` (share).
    """
    chosen, outline = _chosen(len(data.steps)), ridge_outline(data)
    even, proportional = _places(data.steps[chosen])
    parts = []
    for number, row in enumerate(chosen):
        shares = outline[f"h{number}"].to_numpy()
        near = np.concatenate([[1.0], shares, [1.0]])  # the ends are always there
        kept = (near[:-2] > 0) | (near[1:-1] > 0) | (near[2:] > 0)
        lead = {"n": number, "s": data.steps[row], "e": even[number], "l": proportional[number]}
        parts.append(pd.DataFrame({**lead, "x": outline["x"][kept], "h": shares[kept]}))
    return pd.concat(parts, ignore_index=True)


def ridge_outline(data: Histograms) -> pd.DataFrame:
    """Lay out the same ridges beside each other, a row a corner.

    Returns:
        `x` (value), `h0`, `h1`, ... (shares of each ridge).
    """
    centres = (data.edges[:-1] + data.edges[1:]) / 2
    shares = np.nan_to_num(data.counts / np.maximum(data.totals, 1)[:, None])
    columns = {
        f"h{number}": np.concatenate([[0.0], shares[row], [0.0]])
        for number, row in enumerate(_chosen(len(data.steps)))
    }
    return pd.DataFrame(
        {"x": np.concatenate([data.edges[:1], centres, data.edges[-1:]]), **columns}
    )


def ridge_of_row(count: int) -> list[int]:
    """Say for each of so many recorded steps which ridge stands for it: the last one before."""
    return (np.searchsorted(_chosen(count), np.arange(count), side="right") - 1).tolist()


def ridge_params(data: Histograms, run: int) -> list[alt.Parameter]:
    """Return the parameters that say which ridge the slider is at, and how far down it stands."""
    even, proportional = (json.dumps(places.tolist()) for places in _places(_ridge_steps(data)))
    rows = json.dumps(ridge_of_row(len(data.steps)))
    number = f"ridge{run}"
    return [
        alt.param(name=number, expr=f"{rows}[{pair.row_name(run)}]"),
        alt.param(name=f"base{run}", expr=f"({pair.EARLY} ? {even} : {proportional})[{number}]"),
    ]


def _ridge_steps(data):
    return data.steps[_chosen(len(data.steps))]


def _places(steps):
    """Return where ridges stand down the axis: evenly, and in proportion to their steps."""
    last = max(int(steps[-1]), 1)
    return np.arange(len(steps)) / max(len(steps) - 1, 1), steps / last


def _chosen(count):
    return np.unique(np.linspace(0, count - 1, min(count, MOST_RIDGES)).round().astype(int))


def _ridges(data, bands, run, frame, peak):
    shape = ridge_frame(data)
    ridges = shape["n"].nunique()
    room = GAIN / max(ridges, 1)
    height = (
        f"{pair.LOGARITHMIC} ? log(1 + datum.h / {SMALLEST_SHARE}) / "
        f"{np.log(1 + peak / SMALLEST_SHARE):.6g} : datum.h / {peak:.6g}"
    )
    color = palette.RUN_COLORS[run]
    steps = _ridge_steps(data).tolist()
    top = f"datum.base - {room:.6g} * ({height})"
    base = (
        alt.Chart(shape)
        .transform_calculate(base=f"{pair.EARLY} ? datum.e : datum.l")
        .transform_calculate(top=top)
    )
    at_slider = (
        alt.Chart(ridge_outline(data))
        .transform_calculate(h=f"datum['h' + ridge{run}]", base=f"base{run}")
        .transform_calculate(top=top, s=f"{json.dumps(steps)}[ridge{run}]")
    )
    x = (
        alt.X("x:Q")
        .scale(nice=False, domain=_ends(data))
        .axis(grid=False, tickCount=5)
        .title("Value")
    )
    y = (
        alt.Y("top:Q")
        .scale(reverse=True, domain=[-room, 1.02], nice=False)
        .axis(grid=False, **_ridge_axis(steps))
        .title("Training step")
    )
    outline = {"orient": "vertical", "stroke": color, "strokeWidth": 0.8, "clip": True}
    every = base.mark_area(fill=palette.lighten(color, 0.55), **outline).encode(
        x, y, alt.Y2("base:Q"), alt.Detail("n:N"), tooltip=_step_tooltip()
    )
    # A mark of its own: were it a condition, every move would draw all ridges anew.
    shown = at_slider.mark_area(fill=color, **outline).encode(
        x, y, alt.Y2("base:Q"), tooltip=_step_tooltip()
    )
    return [every, shown], "Every step a ridge, the first at the top"


def _step_tooltip():
    return [alt.Tooltip("s:Q", title="Training step", format=",")]


def _ridge_axis(steps):
    """Label some ridges with their steps, at even places or in proportion."""
    count, last = max(len(steps) - 1, 1), max(steps[-1], 1)
    numbers = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), 7)).round().astype(int))
    even = [float(number / count) for number in numbers]
    listed = json.dumps(steps)
    label = (
        f"{pair.EARLY} ? {pair.step_label(f'{listed}[round(datum.value * {count})]')} : "
        f"{pair.step_label(f'round(datum.value * {last})')}"
    )
    return {
        "values": pair.switched_ticks(pair.EARLY, even, [0, 0.25, 0.5, 0.75, 1]),
        "labelExpr": label,
    }


def _percentiles(data, bands, run, frame, peak):
    names = [f"p{number}" for number in PERCENTILES]
    shape = pd.DataFrame(bands.values, columns=names)
    shape.insert(0, "s", bands.steps)
    shape = shape.dropna()
    x = pair.step_axis(_last(frame))
    y_scale = {"domain": _ends(data), "nice": False}
    color = palette.RUN_COLORS[run]
    base = alt.Chart(shape)
    areas = [
        base.mark_area(color=color, opacity=opacity, clip=True, tooltip=None).encode(
            x, alt.Y(f"{low}:Q").scale(**y_scale).axis(tickCount=5).title("Value"), alt.Y2(high)
        )
        for low, high, opacity in (("p0", "p100", 0.15), ("p5", "p95", 0.25), ("p25", "p75", 0.4))
    ]
    middle = base.mark_line(color=color, strokeWidth=2, clip=True, tooltip=None).encode(
        x, alt.Y("p50:Q")
    )
    spots = base.mark_rule(opacity=0, strokeWidth=8).encode(
        x,
        tooltip=[
            alt.Tooltip("s:Q", title="Training step", format=","),
            *(
                alt.Tooltip(f"{name}:Q", title=words, format=".3~g")
                for name, words in zip(names, _percentile_words(), strict=True)
            ),
        ],
    )
    words = "Half of the values lie in the strongest band, 90 % in the next"
    return [*areas, middle, spots, _rule(data, run, x)], words


def _percentile_words():
    ends = {0: "Smallest", 50: "Median", 100: "Largest"}
    return [ends.get(number, f"{number}th percentile") for number in PERCENTILES]


def heat_frame(data: Histograms, last_step: int) -> pd.DataFrame:
    """Lay out a cell a bin and step; empty cells are left out.

    Returns:
        `s` and `e` (from this step up to the next), `a` and `b` (ends of the bin), `h` (share),
        `r` (the range in words), `k` ("inside", "outside" or "not a number").
    """
    edges = np.asarray(data.edges, np.float64)
    wide = (edges[-1] - edges[0]) / (len(edges) - 1)
    left = np.concatenate(
        [[edges[0] - 2 * wide], edges[:-1], [edges[-1] + wide, edges[-1] + 3 * wide]]
    )
    right = np.concatenate(
        [[edges[0] - wide], edges[1:], [edges[-1] + 2 * wide, edges[-1] + 4 * wide]]
    )
    words = [
        f"below {edges[0]:.3g}",
        *(f"{a:.3g} to {b:.3g}" for a, b in pairwise(edges)),
        f"above {edges[-1]:.3g}",
        "not a number",
    ]
    counts = np.column_stack([data.under, data.counts, data.over, data.nonfinite])
    shares = np.nan_to_num(counts / np.maximum(data.totals, 1)[:, None])
    step, cell = np.nonzero(shares > 0)
    ends = np.append(data.steps[1:], max(last_step, data.steps[-1]))
    kinds = np.array(["outside", *["inside"] * (len(edges) - 1), "outside", "lost"])
    return pd.DataFrame(
        {
            "s": data.steps[step],
            "e": ends[step],
            "a": left[cell],
            "b": right[cell],
            "h": shares[step, cell].astype(np.float32),
            "r": np.array(words)[cell],
            "k": kinds[cell],
        }
    )


def _heatmap(data, bands, run, frame, peak):
    shape = heat_frame(data, int(data.steps[-1]))
    x = pair.step_axis(_last(frame))
    low, high = float(shape["a"].min()), float(shape["b"].max())
    top = _ends(data)
    y = (
        alt.Y("a:Q")
        .scale(domain=[min(low, top[0]), max(high, top[1])], nice=False)
        .axis(tickCount=5, grid=False)
        .title("Value")
    )
    base = alt.Chart(shape).transform_calculate(
        c=f"{pair.LOGARITHMIC} ? log(1 + datum.h / {SMALLEST_SHARE}) / "
        f"{np.log(1 + peak / SMALLEST_SHARE):.6g} : datum.h / {peak:.6g}"
    )
    marks = base.mark_rect(clip=True).encode(
        x,
        alt.X2("e"),
        y,
        alt.Y2("b"),
        alt.Color("c:Q").scale(scheme=HEAT, domain=[0, 1], clamp=True).legend(None),
        tooltip=[
            alt.Tooltip("s:Q", title="Training step", format=","),
            alt.Tooltip("r:N", title="Values"),
            alt.Tooltip("h:Q", title="Share of all values", format=".2%"),
        ],
    )
    words = "Each column a step, the brighter the more values"
    return [marks, _rule(data, run, x)], words


def _rule(data, run, x):
    """Draw a line at the step that the slider shows."""
    steps = json.dumps(data.steps.tolist())
    return pair.slider_rule(x, "s", f"{steps}[max({pair.row_name(run)}, 0)]")


def _ends(data):
    return [float(data.edges[0]), float(data.edges[-1])]


def _last(frame):
    return max(int(steps[-1]) for steps in frame.timeline.steps if len(steps))


def _only(run, frame):
    """Write one caption, that of this panel's run."""
    words = [None] * frame.num_runs
    words[run] = [
        f"{frame.caption_name(run)} · step {step:,}" for step in frame.timeline.steps[run]
    ]
    return words
