"""Parts of recorded steps, read without the rest of their files; each file is opened once."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from safetensors import SafetensorError, safe_open

from explorer.runs import files, sketch
from explorer.runs.tensors import TensorInfo


class Part(NamedTuple):
    """A row, or a piece of one, in a step's file.

    Args:
        key: Such as `"weights.moments"`.
        place: Where it stands under that key.
        length: How many numbers it has.
    """

    key: str
    place: int | slice
    length: int


def moments_part(kind: str, infos: Sequence[TensorInfo], number: int) -> Part:
    """Say where the moments of a tensor stand, number `number` of those of its kind."""
    return Part(f"{kind}.moments", number, len(sketch.MOMENTS))


def values_part(kind: str, infos: Sequence[TensorInfo], number: int) -> Part:
    """Say where the kept values of a tensor stand."""
    start = sum(info.stored_size for info in infos[:number])
    size = infos[number].stored_size
    return Part(f"{kind}.values", slice(start, start + size), size)


def knots_part(kind: str, infos: Sequence[TensorInfo], number: int) -> Part:
    """Say where the sketch of a tensor stands, or the values it is made from."""
    if infos[number].is_whole:
        return values_part(kind, infos, number)
    before = sum(not info.is_whole for info in infos[:number])
    return Part(f"{kind}.knots", before, sketch.KNOTS)


def to_knots(rows: np.ndarray, info: TensorInfo) -> np.ndarray:
    """Make sketches of what stands at `knots_part`. (steps, length) -> (steps, 257)."""
    rows = rows.astype(np.float32)
    if not info.is_whole:
        return rows
    return np.array([sketch.knots_of(row) for row in rows], np.float32).reshape(-1, sketch.KNOTS)


def redraw(moments: pd.DataFrame, knots: np.ndarray, edges: np.ndarray):
    """Redraw sketched distributions, see `Run.sketches`, on given bins.

    Args:
        moments: One row a step.
        knots: The sketches. (steps, 257)
        edges: Borders of the bins, ascending. (bins + 1,)

    Returns:
        Counts (steps, bins), below the first edge (steps,), above the last (steps,).
    """
    if not len(knots):
        return np.zeros((0, len(edges) - 1)), np.zeros(0), np.zeros(0)
    sizes = np.nan_to_num(sketch.finite_size(moments[list(sketch.MOMENTS)].to_numpy()))
    sizes = np.where(np.isnan(knots[:, 0]), 0, sizes)  # how many are finite may be unknown
    return sketch.histogram(knots, sizes, np.asarray(edges))


def read_tables(folder: Path, steps: Iterable[int], parts: Sequence[Part]) -> list[np.ndarray]:
    """Read several parts of each step.

    Args:
        folder: The folder of the step files.
        steps: Recorded steps. (steps,)
        parts: What to read.

    Returns:
        For each part one row a step, NaN where a step has none or one of another training.
        [(steps, length)]
    """
    rows = [read_parts(folder, int(step), parts) for step in steps]
    tables = [np.full((len(rows), part.length), np.nan) for part in parts]
    for number, found in enumerate(rows):
        for table, row in zip(tables, found, strict=True):
            if np.shape(row) == table.shape[1:]:
                table[number] = row
    return tables


def read_parts(folder: Path, step: int, parts: Sequence[Part]) -> list[np.ndarray | None]:
    """Read parts of one step; `None` for what it does not have."""
    try:
        with safe_open(f"{folder}/{files.step_name(step)}", framework="np") as tensors:
            return [_read_part(tensors, part) for part in parts]
    except (SafetensorError, OSError):
        return [None] * len(parts)


def _read_part(tensors, part):
    try:
        there = part.key in tensors.keys()  # noqa: SIM118
        return tensors.get_slice(part.key)[part.place] if there else None
    except (SafetensorError, AttributeError):  # the last: it holds a single number
        return None
