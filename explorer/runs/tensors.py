"""Which values of a recorded tensor are kept: all of a small one, a fixed grid of a large one."""

import math
import zlib
from dataclasses import asdict, dataclass

import numpy as np

from explorer.runs.description import cut

KINDS = ("weights", "gradients", "updates", "activations")
FEWEST_COLUMNS = 8
MOST_VALUES = 2**32  # of a tensor; more than a machine that trains one could hold
MOST_KEPT = 2**24  # of a tensor at a step


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
        return math.prod(self.shape)

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
        """Rebuild from `to_dict`.

        Raises:
            ValueError: The values do not describe a tensor; the message is a sentence.
        """
        if not isinstance(values, dict):
            raise ValueError(f"A tensor is {cut(values)!r}. It must be an object.")
        name = values.get("name")
        if not isinstance(name, str) or not name:
            raise ValueError(f"The name of a tensor is {cut(name)!r}. It must be text.")
        shape = _whole_numbers(name, "shape", values.get("shape"))
        if math.prod(shape) > MOST_VALUES:
            raise ValueError(
                f"The shape of {cut(name)!r} is {cut(shape)!r}. At most {MOST_VALUES:,} values fit."
            )
        info = cls(name, shape)
        kept = (_kept(info, axis, values.get(axis)) for axis in ("rows", "columns"))
        info = cls(name, shape, *kept)
        if info.stored_size > MOST_KEPT:
            raise ValueError(
                f"Of {cut(name)!r} are {info.stored_size:,} values kept. At most {MOST_KEPT:,} fit."
            )
        return info


def read_layout(values) -> dict[str, dict[str, TensorInfo]]:
    """Read the list of recorded tensors in `run.json`: by kind, then by name.

    Raises:
        ValueError: It is damaged; the message says in a sentence where.
    """
    layout = {} if values is None else values
    if not isinstance(layout, dict):
        raise ValueError(f"It is {cut(values)!r}, and must be an object.")
    for kind, items in layout.items():
        if not isinstance(items, list):
            raise ValueError(f"Under {cut(kind)!r} is {cut(items)!r}. It must be a list.")
    return {kind: _by_name(kind, items) for kind, items in layout.items()}


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


def _by_name(kind, items):
    """Read the tensors of a kind; two of one name could not be told apart."""
    infos = {}
    for info in map(TensorInfo.from_dict, items):
        if info.name in infos:
            raise ValueError(
                f"Under {cut(kind)!r} are two tensors called {cut(info.name)!r}. "
                "Each must have a name of its own."
            )
        infos[info.name] = info
    return infos


def _whole_numbers(name, what, values):
    is_list = isinstance(values, (list, tuple))
    if not is_list or not all(type(number) is int and number >= 0 for number in values):
        raise ValueError(
            f"The {what} of {cut(name)!r} is {cut(values)!r}. "
            "It must be a list of whole numbers from 0, such as [3, 3, 1, 16]."
        )
    return tuple(values)


def _kept(info, axis, values):
    """Check which rows or columns are kept: each at most once, and only those there are."""
    if values is None:
        return None
    kept = _whole_numbers(info.name, axis, values)
    there = info.matrix_shape[axis == "columns"]
    if len(set(kept)) < len(kept) or max(kept, default=-1) >= there:
        raise ValueError(
            f"The {axis} of {cut(info.name)!r} are {cut(values)!r}. "
            f"They must be different numbers below {there:,}."
        )
    return kept


def _choose(rng, total, kept):
    return tuple(sorted(rng.choice(total, size=kept, replace=False).tolist()))
