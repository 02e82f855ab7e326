"""Distributions of one tensor in two runs on shared bins, at the step of one slider."""

from collections.abc import Sequence

import altair as alt

from explorer.charts import axes, pair
from explorer.charts.distribution import Distribution, is_peaked, share_top
from explorer.charts.over_steps import over_steps_panel
from explorer.charts.overlay import overlay
from explorer.charts.ridges import ridge_params


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
        overlay(item, frame, kind, single, growing, number) for number, item in enumerate(items)
    ]
    rows = frame.rows(panels, 1 if single else 2)
    # Most cells of a heatmap hold few values; a ridge or an outline shows those, too.
    few = view == "heatmap" or (not growing and is_peaked(items))
    switches = [axes.logarithmic_switch(few)]
    if single and view is not None:
        (item,) = items
        peak = share_top(item, growing)
        over = [
            over_steps_panel(view, item.histograms[run], item.bands[run], run, frame, peak)
            for run in range(frame.num_runs)
            if item.histograms[run] is not None
        ]
        rows += frame.rows(over, 2)
        switches.append(axes.early_switch())
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
