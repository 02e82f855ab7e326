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
NOTHING = "#440154"  # its darkest colour


def heat_frame(data: Histograms, last_step: int) -> pd.DataFrame:
    """Lay out a cell a bin and step; empty cells are left out.

    Returns:
        `s` and `e` (from this step up to the next), `a` and `b` (ends of the bin), `h` (share),
        `r` (the range in words), `k` ("inside", "outside" or "not a number").
    """
    edges = np.asarray(data.edges, np.float64)
    left, right = _cells(edges)
    words = [
        f"below {edges[0]:.3g}",
        *(f"{a:.3g} to {b:.3g}" for a, b in pairwise(edges)),
        f"above {edges[-1]:.3g}",
        "not a number",
    ]
    shares = _shares(data)
    step, cell = np.nonzero(shares > 0)
    ends = _ends(data, last_step)
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


def ground_frame(data: Histograms, last_step: int) -> pd.DataFrame:
    """Lay out what lies below the cells: where something was recorded, an empty bin is dark too.

    Returns:
        `s`, `e`, `a` and `b` as above: a row for all bins of steps that follow each other, and
        one for each place outside the axis that any step needs. In one piece, or light would
        shine through between the columns.
    """
    left, right = _cells(np.asarray(data.edges, np.float64))
    needed = [cell for cell in (0, -2, -1) if _shares(data)[:, cell].any()]
    first, last = _stretches(data.totals > 0)
    begins, ends = data.steps[first], _ends(data, last_step)[last]
    ranges = [(left[1], right[-3]), *((left[cell], right[cell]) for cell in needed)]
    parts = [pd.DataFrame({"s": begins, "e": ends, "a": low, "b": high}) for low, high in ranges]
    return pd.concat(parts, ignore_index=True)


def _stretches(known):
    """Return the first and the last place of each stretch that is known without a gap."""
    edges = np.diff(np.concatenate([[0], known.astype(int), [0]]))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1


def _cells(edges):
    """Return where each cell ends: below the axis, the bins, above it, and not a number."""
    wide = (edges[-1] - edges[0]) / (len(edges) - 1)
    below, above, lost = edges[0] - 2 * wide, edges[-1] + wide, edges[-1] + 3 * wide
    left = np.concatenate([[below], edges[:-1], [above, lost]])
    right = np.concatenate([[below + wide], edges[1:], [above + wide, lost + wide]])
    return left, right


def _shares(data):
    counts = np.column_stack([data.under, data.counts, data.over, data.nonfinite])
    return np.nan_to_num(counts / np.maximum(data.totals, 1)[:, None])


def _ends(data, last_step):
    """Return where the column of each step ends: at the next one."""
    return np.append(data.steps[1:], max(last_step, data.steps[-1]))


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
    shape, ground = (make(data, int(data.steps[-1])) for make in (heat_frame, ground_frame))
    x = axes.step_axis(last_step)
    low, high = float(data.edges[0]), float(data.edges[-1])
    y = (
        alt.Y("a:Q")
        .scale(domain=[min([low, *ground["a"]]), max([high, *ground["b"]])], nice=False)
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
    dark = (
        alt.Chart(ground)
        .mark_rect(clip=True, color=NOTHING, tooltip=None)
        .encode(x, alt.X2("e"), y, alt.Y2("b"))
    )
    words = "Each column a step, the brighter the more values"
    return [dark, marks, step_rule(data, run, x)], words
