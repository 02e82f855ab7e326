"""The numbers behind the charts, as long tables: one row a measured number.

Tables take all recorded steps, also where a chart of a long recording shows only some of them.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from explorer.analysis.measuring import kernel_names
from explorer.analysis.timeline import align, thin
from explorer.charts.percentile_bands import PERCENTILES
from explorer.charts.recorded import read_distribution
from explorer.exports.comparison import KINDS, Comparison, writable

MOST_VALUES = 2_000_000  # rows of the table of single weights: about 100 MB
OF_BATCHES = ["learning_rate", "gradient_norm", "seconds"]


def metrics_table(comparison: Comparison) -> pd.DataFrame:
    """Return loss, accuracy and the like.

    Returns:
        `run` (A or B), `name`, `part` ("training" or "validation"), `step`, `epoch`, `loss`,
        `accuracy`, `learning_rate`, `gradient_norm`, `seconds`; the last three are empty for
        validations.
    """
    parts = []
    for place, run in enumerate(comparison.chosen):
        metrics = run.metrics()
        validation = metrics.validation.astype(object)
        validation[OF_BATCHES] = None
        for part, rows in (("training", metrics.train), ("validation", validation)):
            parts.append(_of_run(comparison, place, rows, part=part))
    return _joined(parts)


def kernels_table(comparison: Comparison) -> pd.DataFrame:
    """Return what was measured of each kernel.

    Returns:
        `run`, `name`, `tensor`, `step`, `update_ratio` (norm of the update over norm of the
        weights), `gradient_zeros` (share of its entries that are exactly 0), `gradient_norm`.
    """
    parts = []
    for place, run in enumerate(comparison.chosen):
        for kernel in kernel_names(run):
            parts.append(_of_run(comparison, place, _kernel_rows(run, kernel), tensor=kernel))
    return _joined(parts)


def _kernel_rows(run, kernel):
    weights, updates, gradients = (
        run.moments(kind, kernel) if kernel in run.tensors(kind) else None
        for kind in ("weights", "updates", "gradients")
    )
    unknown = np.full(len(run.steps), np.nan)
    return pd.DataFrame(
        {
            "step": run.steps,
            "update_ratio": unknown
            if updates is None
            else _share(updates, "norm", weights["norm"]),
            "gradient_zeros": (
                unknown if gradients is None else _share(gradients, "zeros", gradients["size"])
            ),
            "gradient_norm": unknown if gradients is None else gradients["norm"],
        }
    )


def _share(moments, name, whole):
    return moments[name] / whole.where(whole > 0)


def distributions_table(comparison: Comparison) -> pd.DataFrame:
    """Return the distributions of the tensor, on bins shared by both runs.

    Returns:
        `run`, `name`, `kind`, `tensor`, `step`, `bin_left`, `bin_right`, `count`. What lies
        outside the axis has a bin that ends in infinity; what is not a finite number has NaN
        for both ends. Steps at which nothing was recorded have no rows.
    """
    parts = []
    for kind, item in _distributions(comparison):
        for place, one in enumerate(item.histograms):
            if one is not None:
                rows = _bin_rows(one)
                parts.append(_of_run(comparison, place, rows, kind=kind, tensor=comparison.tensor))
    return _joined(parts)


def _bin_rows(data):
    edges = np.asarray(data.edges, np.float64)
    left = np.concatenate([[-np.inf], edges, [np.nan]])
    right = np.concatenate([edges, [np.inf, np.nan]])
    counts = np.column_stack([data.under, data.counts, data.over, data.nonfinite])
    known = data.totals > 0
    return pd.DataFrame(
        {
            "step": np.repeat(np.asarray(data.steps)[known], len(left)),
            "bin_left": np.tile(left, known.sum()),
            "bin_right": np.tile(right, known.sum()),
            "count": counts[known].ravel(),
        }
    )


def percentiles_table(comparison: Comparison) -> pd.DataFrame:
    """Return percentiles of the finite values of the tensor.

    Returns:
        `run`, `name`, `kind`, `tensor`, `step`, `percentile` (0 is the smallest value, 100 the
        largest), `value`; NaN where there was none.
    """
    parts = []
    for kind, item in _distributions(comparison):
        for place, bands in enumerate(item.bands):
            if bands is None:
                continue
            rows = {
                "step": np.repeat(bands.steps, len(PERCENTILES)),
                "percentile": np.tile(PERCENTILES, len(bands.steps)),
                "value": bands.values.ravel(),
            }
            parts.append(
                _of_run(comparison, place, pd.DataFrame(rows), kind=kind, tensor=comparison.tensor)
            )
    return _joined(parts)


def values_table(comparison: Comparison) -> pd.DataFrame:
    """Return the single weights and gradients of the tensor that were kept.

    Recordings that would give more than two million rows are thinned to fewer steps, half of
    them the earliest: see `values_steps`.

    Returns:
        `run`, `name`, `kind`, `tensor`, `step`, `row`, `column`, `value`. Rows and columns
        count from 1 in the tensor seen as a matrix, its last axis as columns.
    """
    parts = []
    for place, run in enumerate(comparison.chosen):
        steps = values_steps(comparison, place)
        for kind in ("weights", "gradients"):
            if comparison.tensor in run.tensors(kind):
                rows = _value_rows(run, kind, comparison.tensor, steps)
                parts.append(_of_run(comparison, place, rows, kind=kind, tensor=comparison.tensor))
    return _joined(parts)


def values_steps(comparison: Comparison, place: int) -> np.ndarray:
    """Return the steps of a run that `values_table` holds. (steps,)."""
    run, kept = comparison.chosen[place], 0
    for kind in ("weights", "gradients"):
        info = run.tensors(kind).get(comparison.tensor)
        kept += info.stored_size if info else 0
    most = MOST_VALUES // (len(comparison.chosen) * max(kept, 1))
    return thin(run.steps, max(most, 2))


def _value_rows(run, kind, tensor, steps):
    info = run.tensors(kind)[tensor]
    recorded = run.moments(kind, tensor, steps)["size"].to_numpy() > 0
    steps = np.asarray(steps)[recorded]
    rows, columns = info.stored_shape
    row_names = np.arange(rows) if info.rows is None else np.array(info.rows)
    column_names = np.arange(columns) if info.columns is None else np.array(info.columns)
    return pd.DataFrame(
        {
            "step": np.repeat(steps, rows * columns),
            "row": np.tile(np.repeat(row_names + 1, columns), len(steps)),
            "column": np.tile(column_names + 1, rows * len(steps)),
            "value": run.values(kind, tensor, steps).ravel(),
        }
    )


def _distributions(comparison):
    timeline = align([run.steps for run in comparison.chosen], mode=comparison.mode)
    for kind in KINDS:
        if any(comparison.tensor in run.tensors(kind) for run in comparison.chosen):
            item = read_distribution(comparison.chosen, timeline, kind, comparison.tensor)
            yield kind, item


def _of_run(comparison, place, rows, **same):
    rows = rows.copy()
    lead = {"run": "AB"[place], "name": writable(comparison.chosen[place].name), **same}
    for number, (name, value) in enumerate(lead.items()):
        rows.insert(number, name, np.full(len(rows), value, dtype=object))
    return rows


def _joined(parts):
    filled = [part for part in parts if len(part)]
    if not filled:
        raise ValueError("Nothing of this was recorded in either run. Choose another table.")
    return pd.concat(filled, ignore_index=True)


TABLES: dict[str, Callable[[Comparison], pd.DataFrame]] = {
    "metrics": metrics_table,
    "kernels": kernels_table,
    "distributions": distributions_table,
    "percentiles": percentiles_table,
    "values": values_table,
}
