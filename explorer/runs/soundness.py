"""Which files of recorded steps can be used; a file is opened again only when it has changed."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from explorer.runs import sketch

COUNTS = 5  # how many of the moments are counts: the first ones
ROUNDING = 1e-6  # of counts in single precision
KNOWN_FILES = 20_000

Sizes = tuple[tuple[str, tuple[int, ...]], ...]
_known: dict[tuple, bool] = {}  # by path, time and size of a file, and the sizes asked for


def are_sound(
    paths: Sequence[Path], sizes: Sizes = (), *, may_be_unknown: bool = False
) -> list[bool]:
    """Say which files of steps can be used.

    Args:
        paths: The files. (steps,)
        sizes: Of each kind, how many values its tensors have. A file whose counts these cannot
            have (not finite, negative, more than there are values) is damaged.
        may_be_unknown: Whether counts may be NaN, as in runs made from what did not count.

    Returns:
        One answer a file. (steps,)
    """
    states = [_state(path) for path in paths]
    asked = (sizes, may_be_unknown)
    found = {state: _known.get((state, asked)) for state in states if state is not None}
    new = [state for state, answer in found.items() if answer is None]
    found.update(zip(new, _look_into(new, sizes, may_be_unknown), strict=True))
    if len(_known) + len(new) > KNOWN_FILES:
        _known.clear()
    _known.update({(state, asked): found[state] for state in new})
    return [state is not None and found[state] for state in states]


def _state(path):
    try:
        found = path.stat()
    except OSError:
        return None
    return str(path), found.st_mtime_ns, found.st_size


def _look_into(states, sizes, may_be_unknown):
    """Open files, and check the counts of all of them at once."""
    kinds = [kind for kind, _ in sizes]
    tables = [_read_moments(path, kinds) for path, *_ in states]
    sound = np.array([table is not None for table in tables], bool)
    for kind, most in sizes:
        # A table of another shape belongs to another training, and is not read.
        shape = (len(most), len(sketch.MOMENTS))
        told = [
            place
            for place, table in enumerate(tables)
            if table is not None and np.shape(table.get(kind)) == shape
        ]
        if told:
            moments = np.stack([tables[place][kind] for place in told])
            sound[told] &= _are_possible(moments, np.array(most, np.float64), may_be_unknown)
    return sound.tolist()


def _read_moments(path, kinds):
    """Return the moments of each kind that a file has; `None` for a file that is none."""
    try:
        with safe_open(path, framework="np") as tensors:
            there = set(tensors.keys())
            keys = {kind: f"{kind}.moments" for kind in kinds}
            return {kind: tensors.get_tensor(key) for kind, key in keys.items() if key in there}
    except (SafetensorError, OSError):
        return None


def _are_possible(moments, sizes, may_be_unknown):
    """Say whether counts are those of tensors of these sizes. (steps, tensors, 10) -> (steps,)."""
    counts = moments[..., :COUNTS].astype(np.float64)
    if may_be_unknown:
        counts = np.nan_to_num(counts, posinf=np.inf, neginf=-np.inf)
    with np.errstate(invalid="ignore"):  # infinity less infinity: told below
        left = sketch.finite_size(counts) + ROUNDING * counts[..., 0]
    most = sizes[:, None] * (1 + ROUNDING)
    possible = (counts >= 0) & (counts <= most) & (left >= 0)[..., None]  # not so where it is NaN
    return possible.all(axis=(1, 2))
