"""Histograms of one tensor in two runs, one upon the other, at the step of the slider."""

import altair as alt
import numpy as np

from explorer.charts import axes, captions, pair, palette
from explorer.charts.compose import independent, layered
from explorer.charts.distribution import Distribution, overlay_frame, share_top
from explorer.charts.domains import even_ticks
from explorer.charts.ridges import SMALLEST_SHARE

HEIGHT = 220
SMALL_HEIGHT = 130


def overlay(
    item: Distribution, frame: pair.Frame, kind: str, single: bool, growing: bool, number: int
) -> alt.LayerChart:
    """Draw the histograms of all runs in one panel.

    Args:
        item: The tensor.
        frame: The slider and the runs.
        kind: What is distributed, such as `"weights"`.
        single: Whether it is the only tensor, and drawn large.
        growing: Whether steps are still being added.
        number: Which of the panels it is.
    """
    shape = overlay_frame(item)
    top = share_top(item, growing)
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
        None
        if one is None
        else list(_captions(one, frame.caption_name(run) if single else "AB"[run]))
        for run, one in enumerate(item.histograms)
    ]
    width = frame.panel_width(1 if single else 2)
    height = HEIGHT if single else SMALL_HEIGHT
    layers += [
        *_hover(shape, item, height, number),
        *captions.absences(
            [_empty(one, run, kind) for run, one in enumerate(item.histograms)], width, height
        ),
    ]
    marks = layered(*layers, resolve=independent("color"))
    return captions.with_captions(
        marks,
        words,
        width,
        is_narrow=frame.is_narrow,
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
    ticks = axes.switched_ticks(
        axes.LOGARITHMIC,
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
        .scale(domain=[0, top], **axes.switched_scale(axes.LOGARITHMIC, SMALLEST_SHARE))
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
    'no gradients, the training ends here'
    >>> absence(0, np.array([0, 10]), "gradients")
    'no gradients were recorded here'
    """
    why = ", the training ends here" if step == steps[-1] else " were recorded here"
    return f"no {kind}{why}"


def _captions(data, name):
    for step, total, under, over, lost in zip(
        data.steps, data.totals, data.under, data.over, data.nonfinite, strict=True
    ):
        lead = f"{name} · step {step:,}"
        if not total:
            words = "no update follows the last step" if step == data.steps[-1] else "not recorded"
            yield f"{lead}\n{words}"
            continue
        parts = [
            (under, "below the axis"),
            (over, "above it"),
            (lost, "not a number"),
        ]
        notes = [f"{round(count):,} {text}" for count, text in parts if round(count)]
        yield f"{lead}\n{' · '.join([f'{round(total):,} values', *notes])}"
