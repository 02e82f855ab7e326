"""Which values of a recorded tensor are kept: all of a small one, a fixed grid of a large one."""

import zlib
from dataclasses import asdict, dataclass

import numpy as np

KINDS = ("weights", "gradients", "updates", "activations")
FEWEST_COLUMNS = 8


@dataclass(frozen=True)
class TensorInfo:
    """What a recording keeps of one tensor.

    The tensor is seen as a matrix: its last axis (filters, units, channels) as columns, all
    other axes together as rows. A tensor with one axis is a single column.

    Args:
        name: Such as `"conv_1/kernel"`.
        shape: Shape of the whole tensor.
        rows: Rows that are kept, or `None` for all.
        columns: Columns that are kept, or `None` for all.
    """

    name: str
    shape: tuple[int, ...]
    rows: tuple[int, ...] | None = None
    columns: tuple[int, ...] | None = None

    @property
    def size(self) -> int:
        """Number of values of the whole tensor."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def matrix_shape(self) -> tuple[int, int]:
        """Rows and columns of the whole tensor."""
        columns = self.shape[-1] if len(self.shape) > 1 else 1
        return (self.size // max(columns, 1), columns)

    @property
    def stored_shape(self) -> tuple[int, int]:
        """Rows and columns that are kept."""
        rows, columns = self.matrix_shape
        return (
            rows if self.rows is None else len(self.rows),
            columns if self.columns is None else len(self.columns),
        )

    @property
    def stored_size(self) -> int:
        """Number of values that are kept."""
        return self.stored_shape[0] * self.stored_shape[1]

    @property
    def is_whole(self) -> bool:
        """Whether every value is kept."""
        return self.stored_size == self.size

    def take(self, values: np.ndarray) -> np.ndarray:
        """Pick the values to keep. (*shape) -> (stored rows, stored columns)."""
        matrix = np.asarray(values, np.float32).reshape(self.matrix_shape)
        if self.rows is not None:
            matrix = matrix[list(self.rows)]
        return matrix if self.columns is None else matrix[:, list(self.columns)]

    def to_dict(self) -> dict:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> "TensorInfo":
        """Rebuild from `to_dict`."""
        listed = {key: tuple(item) for key, item in values.items() if isinstance(item, list)}
        return cls(**{**values, **listed})


def plan(name: str, shape: tuple[int, ...], most_values: int) -> TensorInfo:
    """Choose which values of a tensor to keep; the same choice every time for the same name.

    Whole columns (filters) are kept while at least eight of them fit: a filter can only be
    looked at as a whole. Otherwise rows are thinned too.

    Args:
        name: Name of the tensor, which seeds the choice.
        shape: Shape of the tensor.
        most_values: How many values may be kept.
    """
    whole = TensorInfo(name, tuple(int(length) for length in shape))
    if whole.size <= most_values:
        return whole
    num_rows, num_columns = whole.matrix_shape
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    fitting = min(most_values // num_rows, num_columns)
    if fitting >= min(FEWEST_COLUMNS, num_columns):
        return TensorInfo(name, whole.shape, None, _choose(rng, num_columns, fitting))
    kept_columns = min(num_columns, int(most_values**0.5))
    kept_rows = min(num_rows, most_values // kept_columns)
    columns = None if kept_columns == num_columns else _choose(rng, num_columns, kept_columns)
    return TensorInfo(name, whole.shape, _choose(rng, num_rows, kept_rows), columns)


def _choose(rng, total, kept):
    return tuple(sorted(rng.choice(total, size=kept, replace=False).tolist()))
