"""The distribution of one tensor over all steps as a heatmap: a column a step, a cell a bin."""

from itertools import pairwise

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import axes
from explorer.charts.layer import Histograms
from explorer.charts.percentile_bands import step_rule
from explorer.charts.ridges import SMALLEST_SHARE

HEAT = "viridis"


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


def heat_marks(
    data: Histograms, run: int, last_step: int, peak: float
) -> tuple[list[alt.TopLevelMixin], str]:
    """Draw the heatmap of a run, and what it is.

    Args:
        data: Distributions at the steps.
        run: 0 for run A, 1 for run B.
        last_step: End of the step axis.
        peak: The largest share in any bin, of both runs.
    """
    shape = heat_frame(data, int(data.steps[-1]))
    x = axes.step_axis(last_step)
    low, high = float(shape["a"].min()), float(shape["b"].max())
    top = [float(data.edges[0]), float(data.edges[-1])]
    y = (
        alt.Y("a:Q")
        .scale(domain=[min(low, top[0]), max(high, top[1])], nice=False)
        .axis(tickCount=5, grid=False)
        .title("Value")
    )
    base = alt.Chart(shape).transform_calculate(
        c=f"{axes.LOGARITHMIC} ? log(1 + datum.h / {SMALLEST_SHARE}) / "
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
    return [marks, step_rule(data, run, x)], words
