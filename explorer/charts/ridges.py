"""The distribution of one tensor over all steps as offset ridges, the first at the top."""

import json

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import axes, pair, palette
from explorer.charts.layer import Histograms

MOST_RIDGES = 24
GAIN = 5.0  # how many ridges tall the highest one is
SMALLEST_SHARE = 1e-4


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
        alt.param(name=f"base{run}", expr=f"({axes.EARLY} ? {even} : {proportional})[{number}]"),
    ]


def _ridge_steps(data):
    return data.steps[_chosen(len(data.steps))]


def _places(steps):
    """Return where ridges stand down the axis: evenly, and in proportion to their steps."""
    last = max(int(steps[-1]), 1)
    return np.arange(len(steps)) / max(len(steps) - 1, 1), steps / last


def _chosen(count):
    return np.unique(np.linspace(0, count - 1, min(count, MOST_RIDGES)).round().astype(int))


def ridge_marks(data: Histograms, run: int, peak: float) -> tuple[list[alt.Chart], str]:
    """Draw the ridges of a run, and what they are.

    Args:
        data: Distributions at the steps.
        run: 0 for run A, 1 for run B.
        peak: The largest share in any bin, of both runs.
    """
    shape = ridge_frame(data)
    ridges = shape["n"].nunique()
    room = GAIN / max(ridges, 1)
    height = (
        f"{axes.LOGARITHMIC} ? log(1 + datum.h / {SMALLEST_SHARE}) / "
        f"{np.log(1 + peak / SMALLEST_SHARE):.6g} : datum.h / {peak:.6g}"
    )
    color = palette.RUN_COLORS[run]
    steps = _ridge_steps(data).tolist()
    top = f"datum.base - {room:.6g} * ({height})"
    base = (
        alt.Chart(shape)
        .transform_calculate(base=f"{axes.EARLY} ? datum.e : datum.l")
        .transform_calculate(top=top)
    )
    at_slider = (
        alt.Chart(ridge_outline(data))
        .transform_calculate(h=f"datum['h' + ridge{run}]", base=f"base{run}")
        .transform_calculate(top=top, s=f"{json.dumps(steps)}[ridge{run}]")
    )
    x = (
        alt.X("x:Q")
        .scale(nice=False, domain=[float(data.edges[0]), float(data.edges[-1])])
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
        f"{axes.EARLY} ? {axes.step_label(f'{listed}[round(datum.value * {count})]')} : "
        f"{axes.step_label(f'round(datum.value * {last})')}"
    )
    return {
        "values": axes.switched_ticks(axes.EARLY, even, [0, 0.25, 0.5, 0.75, 1]),
        "labelExpr": label,
    }
