"""The distribution of one tensor in two runs on shared bins: the numbers that charts draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from explorer.charts.domains import round_up
from explorer.charts.layer import Histograms
from explorer.charts.percentile_bands import Bands

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


def share_top(item: Distribution, growing: bool) -> float:
    """End the share axis a little above the largest share, or far above while it may grow."""
    known = [_shares(one) for one in item.histograms if one is not None]
    peak = max((float(np.nanmax(one, initial=0.0)) for one in known), default=0.0) or 1.0
    if growing:
        return next(top for top in COARSE_TOPS if top >= min(peak, 1.0))
    return min(1.0, round_up(peak))


def is_peaked(items: Sequence[Distribution]) -> bool:
    """Say whether some steps hold nearly all values in one bin while others spread them out."""
    peaks = [
        np.nanmax(_shares(one), axis=1)
        for item in items
        for one in item.histograms
        if one is not None and len(one.steps)
    ]
    known = np.concatenate([peak[np.isfinite(peak)] for peak in peaks]) if peaks else np.zeros(0)
    return bool(len(known) and known.max() > 4 * np.median(known))
