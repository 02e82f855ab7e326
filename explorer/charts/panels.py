"""The panels of the scrubber: what they share, and the histogram at the step of the slider.

The slider is a parameter `i` of the whole chart, the place of a step in the timeline.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import palette
from explorer.charts.domains import round_up
from explorer.charts.layer import Histograms

HISTOGRAM_HEIGHTS = {1: 90, 2: 150}  # by the number of panels side by side
COARSE_TOPS = (0.1, 0.3, 1.0)  # ends of the share axis while a run is growing
MISSING = "Not recorded yet"


@dataclass(frozen=True)
class Frame:
    """What all panels of one chart share.

    Args:
        timeline: Steps of the slider. (timeline,)
        width: Pixels of the plot in each panel.
        color: Colour of the run.
        columns: Panels side by side.
    """

    timeline: np.ndarray
    width: int
    color: str
    columns: int = 1


def histogram_panel(data: Histograms, frame: Frame, title: str, name: str) -> alt.LayerChart:
    """Draw a bar a bin; what lies outside the axis stands apart, in grey."""
    bars, peak = histogram_frame(data, frame.timeline)
    top = _top(peak, growing=len(data.steps) < len(frame.timeline))
    low, high = float(bars["a"].min()), float(bars["b"].max())
    marks = (
        alt.Chart(bars)
        .mark_bar(binSpacing=0, clip=True)
        .transform_calculate(y="isValid(datum['v' + i]) ? datum['v' + i] : 0")
        .encode(
            alt.X("a:Q", bin="binned")
            .scale(domain=[low, high], nice=False)
            .axis(tickCount=6, grid=False)
            .title(f"Value ({name.lower()})"),
            alt.X2("b"),
            alt.Y("y:Q")
            .scale(domain=[0, top], type="sqrt")
            .axis(format=".2~p", values=[0, top / 10, top * 0.4, top])
            .title("Share (root scale)"),
            alt.Color("p:N")
            .scale(domain=["inside", "outside"], range=[frame.color, palette.MUTED])
            .legend(None),
            tooltip=[
                alt.Tooltip("r:N", title="Values"),
                alt.Tooltip("y:Q", title="Share of all values", format=".2%"),
            ],
        )
    )
    return with_caption(
        marks, _captions(data), data.steps, frame, title, HISTOGRAM_HEIGHTS[frame.columns]
    )


def histogram_frame(data: Histograms, timeline: np.ndarray) -> tuple[pd.DataFrame, float]:
    """Lay out a bar a bin and a column a step, `v0`, `v1`, ... in the order of the timeline.

    Args:
        data: Distributions at the recorded steps.
        timeline: Steps of the slider; recorded ones get a column. (timeline,)

    Returns:
        The frame: `a` and `b` (left and right end), `p` (inside or outside the axis), `r`
        (the range in words), a share a step. And the largest share.
    """
    edges = np.asarray(data.edges, np.float64)
    counts = np.column_stack([data.under, data.counts, data.over]).astype(np.float64)
    shares = counts / np.maximum(data.totals, 1)[:, None]
    overflows = np.nansum(shares[:, [0, -1]]) > 0
    inside = slice(None) if overflows else slice(1, -1)
    wide = (edges[-1] - edges[0]) / (len(edges) - 1)
    outer = np.concatenate([[edges[0] - 3 * wide], edges, [edges[-1] + 3 * wide]])
    left, right = outer[:-1].copy(), outer[1:].copy()
    right[0], left[-1] = edges[0] - wide, edges[-1] + wide
    words = [f"{a:.3g} to {b:.3g}" for a, b in pairwise(edges)]
    words = [f"below {edges[0]:.3g}", *words, f"above {edges[-1]:.3g}"]
    kinds = ["outside", *["inside"] * (len(edges) - 1), "outside"]
    places = np.searchsorted(timeline, data.steps)
    columns = {f"v{k}": shares[n].astype(np.float32) for n, k in enumerate(places)}
    frame = pd.DataFrame({"a": left, "b": right, "p": kinds, "r": words, **columns})
    return frame.iloc[inside], float(np.nanmax(shares, initial=0.0))


def _top(peak, growing):
    """End the share axis a little above the largest share, or far above while it may grow."""
    if growing:
        return next((top for top in COARSE_TOPS if top >= peak), 1.0)
    return min(1.0, round_up(peak)) if peak > 0 else 1.0


def _captions(data):
    for step, total, under, over, lost in zip(
        data.steps, data.totals, data.under, data.over, data.nonfinite, strict=True
    ):
        if not total:
            yield absence(step, data.steps)
            continue
        parts = [
            (under, "below the axis"),
            (over, "above"),
            (lost, "not a number" if lost < total else "not a number: nothing to draw"),
        ]
        notes = [f"{round(count):,} {words}" for count, words in parts if round(count)]
        yield " · ".join([f"{round(total):,} values", *notes])


def absence(step: int, steps: np.ndarray) -> str:
    """Say why a step has nothing: the state that a training leaves is followed by no update."""
    return "No update follows the last step" if step == steps[-1] else "Not recorded at this step"


def with_caption(
    marks: alt.TopLevelMixin,
    captions: Iterable[str],
    steps: np.ndarray,
    frame: Frame,
    title: str,
    height: int,
) -> alt.LayerChart:
    """Add the line above a panel that says what is in it at this step.

    Args:
        marks: The panel.
        captions: The words of every step. (steps,)
        steps: Recorded steps. (steps,)
        frame: What all panels share.
        title: What is shown.
        height: Pixels of the plot.
    """
    places = np.searchsorted(frame.timeline, steps)
    words = {f"t{k}": [text] for k, text in zip(places, captions, strict=True)}
    caption = (
        alt.Chart(pd.DataFrame({"k": [0], **words}))
        .mark_point(opacity=0, tooltip=None)
        .transform_calculate(t=f"isValid(datum['t' + i]) ? datum['t' + i] : '{MISSING}'")
        .encode(alt.X("t:N").title(None).axis(_caption_axis(frame.width)))
    )
    return (
        alt.layer(marks, caption)
        .resolve_scale(color="independent", fill="independent", x="independent")
        .properties(
            width=frame.width,
            height=height,
            title=alt.Title(title, fontSize=palette.PANEL_TITLE_SIZE, offset=4),
        )
    )


def _caption_axis(width):
    """Write the caption as the label of an axis: the only text marks that follow the theme."""
    return alt.Axis(
        orient="top",
        domain=False,
        grid=False,
        ticks=False,
        labelAlign="left",
        labelAngle=0,
        labelOffset=-width / 2,
        labelPadding=4,
        labelLimit=width,
    )
