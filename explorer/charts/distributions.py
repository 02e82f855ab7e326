"""Distributions of one tensor in two runs on shared bins, at the step of one slider."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import pair, palette
from explorer.charts.compose import independent, layered
from explorer.charts.domains import even_ticks, round_up
from explorer.charts.layer import Histograms
from explorer.charts.over_steps import VIEWS, Bands, over_steps_panel, ridge_params

__all__ = ["VIEWS", "Bands", "Distribution", "distributions"]

HEIGHT = 220
SMALL_HEIGHT = 130
SMALLEST_SHARE = 1e-4
COARSE_TOPS = (0.1, 0.3, 1.0)  # ends of the share axis while a run is growing
GAP_BINS = 1.0  # between the axis and what lies outside it
OUTSIDE_BINS = 2.0  # how wide that is drawn


@dataclass(frozen=True)
class Distribution:
    """One tensor in up to two runs.

    Args:
        name: Such as `"conv_1/kernel"`.
        histograms: For each run its distributions, on the same edges; `None` where a run
            does not have the tensor. (runs,)
        bands: For each run its percentiles over the steps, `None` like above. (runs,)
    """

    name: str
    histograms: Sequence[Histograms | None]
    bands: Sequence[Bands | None] = ()

    def __post_init__(self):
        known = [one.edges for one in self.histograms if one is not None]
        if not known:
            raise ValueError(f"No run has a recording of {self.name!r}; give at least one.")
        if any(not np.array_equal(known[0], edges) for edges in known):
            raise ValueError(f"The bins of {self.name!r} differ; give all runs the same edges.")

    @property
    def edges(self) -> np.ndarray:
        """Borders of the bins. (bins + 1,)"""
        return next(one.edges for one in self.histograms if one is not None)


def distributions(
    items: Sequence[Distribution],
    frame: pair.Frame,
    *,
    kind: str,
    view: str | None = None,
    growing: bool = False,
    title: str | None = None,
) -> alt.VConcatChart:
    """Draw distributions that move with one slider.

    Args:
        items: One tensor, drawn large, or several, drawn small.
        frame: The slider and the runs.
        kind: What is distributed, such as `"weights"`.
        view: For a single tensor, how its distribution over all steps is drawn as well: a key
            of `VIEWS`, or `None`.
        growing: Whether steps are still being added; axes then end at round numbers.
        title: What is shown, for people; the tensor, or all layers, if not given.
    """
    single = len(items) == 1
    panels = [
        _overlay(item, frame, kind, single, growing, number) for number, item in enumerate(items)
    ]
    rows = frame.rows(panels, 1 if single else 2)
    switches = [pair.logarithmic_switch(not growing and _is_peaked(items))]
    if single and view is not None:
        (item,) = items
        peak = _top(item, growing)
        over = [
            over_steps_panel(view, item.histograms[run], item.bands[run], run, frame, peak)
            for run in range(frame.num_runs)
            if item.histograms[run] is not None
        ]
        rows += frame.rows(over, 2)
        switches.append(pair.early_switch())
        if view == "ridges":
            switches += _ridge_params(item)
    usual = items[0].name if single else f"All layers: {kind}"
    return pair.compound(rows, frame, title or usual, switches=switches)


def _ridge_params(item):
    return [
        param
        for run, data in enumerate(item.histograms)
        if data is not None
        for param in ridge_params(data, run)
    ]


def overlay_frame(item: Distribution) -> pd.DataFrame:
    """Lay out the outline of the histograms: a row a corner, a column a run and step.

    Returns:
        `a` and `b` (left and right end of the bin), `r` (the range in words, empty between
        bins), `p0`, `p1`, ... (shares of the first run at its steps), `q0`, ... (second run).
    """
    edges = np.asarray(item.edges, np.float64)
    shares = [_shares(one) for one in item.histograms]
    wide = (edges[-1] - edges[0]) / (len(edges) - 1)
    left, right, words = edges[:-1], edges[1:], [f"{a:.3g} to {b:.3g}" for a, b in pairwise(edges)]
    outside = any(one is not None and np.nansum(one[:, [0, -1]]) > 0 for one in shares)
    inner = slice(1, -1)
    columns = {}
    for letter, one in zip("pq", shares, strict=False):
        if one is None:
            continue
        part = _spaced(one) if outside else np.column_stack([one[:, inner], one[:, :1] * 0])
        columns |= {f"{letter}{row}": values.astype(np.float32) for row, values in enumerate(part)}
    if outside:
        low, high = edges[0] - GAP_BINS * wide, edges[-1] + GAP_BINS * wide
        ends = [low - OUTSIDE_BINS * wide, low, *left, edges[-1], high, high + OUTSIDE_BINS * wide]
        left, right = np.array(ends), np.array([low, low, *right, edges[-1], *ends[-1:] * 2])
        words = [f"below {edges[0]:.3g}", "", *words, "", f"above {edges[-1]:.3g}", ""]
    else:
        left, right = np.append(left, edges[-1]), np.append(right, edges[-1])
        words = [*words, ""]
    return pd.DataFrame({"a": left, "b": right, "r": words, **columns})


def _spaced(shares):
    """Put nothing between the bins and what lies outside the axis."""
    nothing = np.zeros((len(shares), 1))
    return np.column_stack(
        [shares[:, :1], nothing, shares[:, 1:-1], nothing, shares[:, -1:], nothing]
    )


def _shares(data):
    """Return the share below the axis, in each bin and above it, at each step."""
    if data is None:
        return None
    counts = np.column_stack([data.under, data.counts, data.over]).astype(np.float64)
    return counts / np.maximum(data.totals, 1)[:, None]


def _top(item, growing):
    """End the share axis a little above the largest share, or far above while it may grow."""
    known = [_shares(one) for one in item.histograms if one is not None]
    peak = max((float(np.nanmax(one, initial=0.0)) for one in known), default=0.0) or 1.0
    if growing:
        return next(top for top in COARSE_TOPS if top >= min(peak, 1.0))
    return min(1.0, round_up(peak))


def _is_peaked(items):
    """Say whether some steps hold nearly all values in one bin while others spread them out."""
    peaks = [
        np.nanmax(_shares(one), axis=1)
        for item in items
        for one in item.histograms
        if one is not None and len(one.steps)
    ]
    known = np.concatenate([peak[np.isfinite(peak)] for peak in peaks]) if peaks else np.zeros(0)
    return bool(len(known) and known.max() > 4 * np.median(known))


def _overlay(item, frame, kind, single, growing, number):
    shape = overlay_frame(item)
    top = _top(item, growing)
    base = alt.Chart(shape).transform_calculate(**_current(item))
    x = (
        alt.X("a:Q")
        .scale(domain=[float(shape["a"].min()), float(shape["b"].max())], nice=False)
        .axis(tickCount=7 if single else 4, grid=False)
        .title(f"Value ({kind})" if single else None)
    )
    layers = [
        _outline(base, x, run, top) for run, data in enumerate(item.histograms) if data is not None
    ]
    words = [
        None if one is None else list(_captions(one, frame.caption_name(run), single))
        for run, one in enumerate(item.histograms)
    ]
    width = frame.panel_width(1 if single else 2)
    height = HEIGHT if single else SMALL_HEIGHT
    layers += [
        *_hover(shape, item, height, number),
        *pair.absences(
            [_empty(one, run, kind) for run, one in enumerate(item.histograms)], width, height
        ),
    ]
    marks = layered(*layers, resolve=independent("color"))
    return pair.with_captions(
        marks,
        words,
        width,
        height=height,
        title=pair.panel_title("How many values lie where" if single else item.name),
    )


def _current(item):
    """Say how to find the share that a run has in a bin at the slider's step; 0 for none."""
    return {
        f"y{run}": f"datum['{letter}' + {pair.row_name(run)}] || 0"
        for run, letter in zip(range(len(item.histograms)), "pq", strict=False)
    }


def _outline(base, x, run, top):
    color = palette.RUN_COLORS[run]
    ticks = pair.switched_ticks(
        pair.LOGARITHMIC,
        [tick for tick in (0, 1e-3, 1e-2, 1e-1, 1.0) if tick <= top],
        even_ticks(top),
    )
    return base.mark_area(
        interpolate="step-after",
        fillOpacity=0.28,
        stroke=color,
        strokeWidth=1.5,
        color=color,
        clip=True,
        tooltip=None,
        invalid="show",  # there is nothing invalid: looking for it took a third of a move
    ).encode(
        x,
        alt.Y(f"y{run}:Q")
        .scale(domain=[0, top], **pair.switched_scale(pair.LOGARITHMIC, SMALLEST_SHARE))
        .axis(values=ticks, labelExpr="format(datum.value, '~%')")
        .title("Share of the values")
        .stack(None),
    )


def _hover(shape, item, height, number):
    """Tell the shares of the bin below the pointer, and of no other: telling takes time.

    Bins that nobody sees notice the pointer; the one that lies below it is drawn once more, also
    unseen, and tells.
    """
    bin_below = alt.selection_point(
        name=f"bin{number}", fields=["a"], on="pointerover", clear=False, toggle=False, empty=False
    )
    yield (
        _unseen_bins(alt.Chart(shape), height)
        .encode(tooltip=alt.TooltipValue(None))
        .add_params(bin_below)
    )
    shown = [
        alt.Tooltip(f"y{run}:Q", title=f"Run {'AB'[run]}", format=".2%")
        for run, data in enumerate(item.histograms)
        if data is not None
    ]
    told = alt.Chart(shape).transform_filter(bin_below).transform_calculate(**_current(item))
    yield _unseen_bins(told, height).encode(tooltip=[alt.Tooltip("r:N", title="Values"), *shown])


def _unseen_bins(base, height):
    return base.mark_rect(opacity=0, tooltip=None).encode(
        alt.X("a:Q"), alt.X2("b"), alt.YValue(0), alt.Y2Value(height)
    )


def _empty(data, run, kind):
    """Say at which of its steps a run has nothing, and why."""
    if data is None:
        return None
    return {
        row: f"Run {'AB'[run]}: {absence(step, data.steps, kind)}"
        for row, (step, total) in enumerate(zip(data.steps, data.totals, strict=True))
        if not total
    }


def absence(step: int, steps: np.ndarray, kind: str) -> str:
    """Say why a step has nothing of a kind.

    >>> absence(10, np.array([0, 10]), "gradients")
    'no gradients at step 10: the training ends there, no update follows'
    >>> absence(0, np.array([0, 10]), "gradients")
    'no gradients at step 0: not recorded'
    """
    why = "the training ends there, no update follows" if step == steps[-1] else "not recorded"
    return f"no {kind} at step {step:,}: {why}"


def _captions(data, name, single):
    for step, total, under, over, lost in zip(
        data.steps, data.totals, data.under, data.over, data.nonfinite, strict=True
    ):
        lead = f"{name} · step {step:,}"
        if not total:
            words = "no update follows the last step" if step == data.steps[-1] else "not recorded"
            yield f"{lead}: {words}" if single else f"step {step:,}: {words}"
            continue
        parts = [
            (under, "below the axis"),
            (over, "above it"),
            (lost, "not a number"),
        ]
        notes = [f"{round(count):,} {text}" for count, text in parts if round(count)]
        yield " · ".join([lead if single else f"step {step:,}", f"{round(total):,} values", *notes])
