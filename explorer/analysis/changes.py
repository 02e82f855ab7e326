"""How far every filter moved from one state of a network to another."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class FilterChanges:
    """The difference of two weight tensors, filter by filter.

    Args:
        norm: Length of the difference. (filters,)
        relative: The same as a share of the filter's length before; infinite for a filter that
            was 0 and moved. (filters,)
        cosine: 1 where the direction stayed, 0 where the new filter stands at a right angle to
            the old one, -1 where it was turned round; NaN where one of them is 0. (filters,)
    """

    norm: np.ndarray
    relative: np.ndarray
    cosine: np.ndarray


def filter_changes(before: np.ndarray, after: np.ndarray) -> FilterChanges:
    """Measure how far each filter of a kernel moved.

    Args:
        before: Weights; the last axis counts filters or units, and a vector is one a number.
            (..., filters)
        after: Weights of the same shape. (..., filters)

    Raises:
        ValueError: The shapes differ.
    """
    if np.shape(before) != np.shape(after) or not np.ndim(before):
        raise ValueError(
            f"before has shape {np.shape(before)} and after {np.shape(after)}; expected two "
            "tensors of one shape, whose last axis counts filters."
        )
    old, new = _columns(before), _columns(after)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        norm = np.linalg.norm(new - old, axis=0)
        length = np.linalg.norm(old, axis=0)
        relative = np.where((norm == 0) & (length == 0), 0.0, norm / length)
        cosine = np.sum(_unit(old) * _unit(new), axis=0)
    return FilterChanges(norm, relative, np.clip(cosine, -1.0, 1.0))


def kernel_changes(
    before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Measure all filters of all kernels that two checkpoints share.

    Biases and normalisation have no filters and are left out; so is a kernel of another shape.

    Args:
        before: All weights of checkpoint A, by name.
        after: All weights of checkpoint B, by name.

    Returns:
        A row a filter: tensor, filter (its number, from 1), norm, relative, cosine.
    """
    shared = [name for name in before if comparable(name, before, after)]
    frames = [_frame(name, filter_changes(before[name], after[name])) for name in shared]
    columns = ["tensor", "filter", "norm", "relative", "cosine"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def moved_most(changes: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return the filters that moved furthest for their length, furthest first.

    A filter whose change is not a number comes before all others.

    Args:
        changes: From `kernel_changes`.
        most: How many to return.
    """
    rank = changes["relative"].astype(float).fillna(np.inf)
    return changes.loc[rank.sort_values(ascending=False, kind="stable").index[:most]]


def comparable(name: str, before: Mapping, after: Mapping) -> bool:
    """Say whether a tensor has filters, and the same shape in both checkpoints."""
    return (
        np.ndim(before[name]) > 1
        and name in after
        and np.shape(before[name]) == np.shape(after[name])
    )


def _columns(values):
    values = np.asarray(values, np.float64)
    return values.reshape(-1, values.shape[-1])


def _unit(columns):
    """Scale to length 1, by the largest value first so that squares neither vanish nor overflow."""
    scaled = columns / np.abs(columns).max(axis=0)
    return scaled / np.linalg.norm(scaled, axis=0)


def _frame(name, changes):
    return pd.DataFrame(
        {
            "tensor": name,
            "filter": np.arange(1, len(changes.norm) + 1),
            "norm": changes.norm,
            "relative": changes.relative,
            "cosine": changes.cosine,
        }
    )
