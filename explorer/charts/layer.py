"""What the scrubber shows of one layer: plain arrays, whichever recording they come from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NUMBERS = ("row_numbers", "column_numbers")


@dataclass(frozen=True)
class Histograms:
    """Distributions of one tensor on the same bins at all recorded steps.

    Args:
        steps: Recorded training steps, ascending. (steps,)
        edges: Borders of the bins. (bins + 1,)
        counts: Values in each bin; a row of NaN where nothing was recorded. (steps, bins)
        under: Values below the first edge. (steps,)
        over: Values above the last edge. (steps,)
        nonfinite: Values that are NaN or infinite. (steps,)
    """

    steps: np.ndarray
    edges: np.ndarray
    counts: np.ndarray
    under: np.ndarray
    over: np.ndarray
    nonfinite: np.ndarray

    def __post_init__(self):
        expected = (len(self.steps), len(self.edges) - 1)
        if np.shape(self.counts) != expected:
            raise ValueError(
                f"counts has shape {np.shape(self.counts)}; {len(self.steps)} steps and "
                f"{len(self.edges)} edges need {expected}."
            )

    @property
    def totals(self) -> np.ndarray:
        """All values at each step, non-finite ones included; 0 where nothing was recorded."""
        inside = np.asarray(self.counts, np.float64).sum(axis=1)
        return np.nan_to_num(inside + self.under + self.over + self.nonfinite)


@dataclass(frozen=True)
class Heatmaps:
    """A tensor seen as a matrix at all recorded steps.

    Args:
        steps: Recorded training steps, ascending. (steps,)
        values: The matrix at each step; all NaN where nothing was recorded.
            (steps, rows, columns)
        limit: Value at the ends of the colour scale, see `domains.color_limit`.
        missing: Steps at which nothing was recorded. (missing,)
        row_title: What a row is.
        column_title: What a column is.
        row_numbers: What each row is called; counted from 1 by default. (rows,)
        column_numbers: What each column is called; counted from 1 by default. (columns,)
    """

    steps: np.ndarray
    values: np.ndarray
    limit: float
    missing: tuple[int, ...] = ()
    row_title: str = "Input channel × position"
    column_title: str = "Filter"
    row_numbers: Sequence[int] = ()
    column_numbers: Sequence[int] = ()

    def __post_init__(self):
        if np.ndim(self.values) != 3 or len(self.values) != len(self.steps):
            raise ValueError(
                f"values has shape {np.shape(self.values)}; "
                f"expected ({len(self.steps)}, rows, columns), one matrix a step."
            )
        for name, length in zip(NUMBERS, np.shape(self.values)[1:], strict=True):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, range(1, length + 1))
            elif len(getattr(self, name)) != length:
                raise ValueError(
                    f"{name} has {len(getattr(self, name))} numbers; expected one for each of "
                    f"{length}."
                )


@dataclass(frozen=True)
class Layer:
    """What was recorded of one layer: any part may be left out.

    Args:
        name: Name of the tensor, such as `"conv_1/kernel"`.
        weights: Distribution of the weights.
        gradients: Distribution of the gradients.
        weight_maps: The weights themselves.
        gradient_maps: The gradients themselves.
    """

    name: str
    weights: Histograms | None = None
    gradients: Histograms | None = None
    weight_maps: Heatmaps | None = None
    gradient_maps: Heatmaps | None = None
