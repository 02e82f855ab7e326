"""Is a file of weights nothing but plain numbers? Needs h5py, no TensorFlow.

An HDF5 file can point into other files, announce arrays that fill the memory, and name filters
that are libraries to load. Reading one is only safe after a look at all that is in it.
"""

from pathlib import Path
from typing import BinaryIO

import h5py
import numpy as np

MOST_PARAMETERS = 30_000_000
MOST_BYTES = 256_000_000
MOST_ENTRIES = 5_000
MOST_DEPTH = 24
STORED_SHARE = 0.9  # of the announced bytes that must really be in the file
KINDS_OF_NUMBERS = "fiub"


def check_weights(file: Path | BinaryIO, *, most_parameters: int = MOST_PARAMETERS) -> int:
    """Check that an HDF5 file holds plain numbers alone; return how many.

    Call this in a process of its own for files of strangers: a damaged file can crash the
    library that reads it.

    Args:
        file: The file, or its content.
        most_parameters: How many numbers it may hold.

    Raises:
        ValueError: It holds something else or too much, or cannot be read; says what.
    """
    if isinstance(file, Path) and file.stat().st_size > MOST_BYTES:
        raise ValueError(
            f"The weights take {file.stat().st_size / 1e6:,.0f} MB. Give a file of at most "
            f"{MOST_BYTES / 1e6:.0f} MB."
        )
    try:
        with h5py.File(file, "r") as opened:
            sizes = list(_sizes(opened))
    except (OSError, KeyError, RuntimeError, TypeError, OverflowError) as error:
        raise ValueError(
            f"The weights cannot be read: they are no HDF5 file, or damaged ({_line(error)}). "
            "Save the network again."
        ) from error
    if sum(sizes) > most_parameters:
        raise ValueError(
            f"The network has {sum(sizes):,} parameters. At most {most_parameters:,} are opened; "
            "give a smaller one."
        )
    return sum(sizes)


def _sizes(opened):
    """Yield the number of values of every array, checked; groups are walked without recursion."""
    waiting, seen = [("", opened, 0)], 0
    while waiting:
        path, group, depth = waiting.pop()
        for name in group:
            seen += 1
            where = f"{path}/{name}"
            if seen > MOST_ENTRIES or depth > MOST_DEPTH:
                raise ValueError(
                    f"The weights have more than {MOST_ENTRIES:,} entries, or groups within "
                    f"groups more than {MOST_DEPTH} deep, as no network of the size that is "
                    "opened has. Save the network again."
                )
            entry = _linked(group, name, where)
            if isinstance(entry, h5py.Dataset):
                yield _checked_size(entry, where)
            elif isinstance(entry, h5py.Group):
                waiting.append((where, entry, depth + 1))
            else:
                raise ValueError(f"The weights hold {where!r}, which is no array of numbers.")


def _linked(group, name, where):
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ValueError(
            f"The weights lead out of their file at {where!r} (a link). A network that Keras "
            "saved holds all its weights; save it again."
        )
    return group[name]


def _checked_size(dataset, where):
    if dataset.external or dataset.is_virtual:
        raise ValueError(
            f"The weights {where!r} lie in another file. A network that Keras saved holds all "
            "its weights; save it again."
        )
    if dataset.dtype.kind not in KINDS_OF_NUMBERS or dataset.dtype.itemsize > 8:
        raise ValueError(f"The weights {where!r} are no plain numbers, but {dataset.dtype}.")
    if dataset.id.get_create_plist().get_nfilters():
        raise ValueError(
            f"The weights {where!r} are packed, which Keras does not do. Save the network again "
            "with Keras."
        )
    size = int(np.prod(dataset.shape or (), dtype=object))
    announced = size * dataset.dtype.itemsize
    if dataset.id.get_storage_size() < STORED_SHARE * announced:
        raise ValueError(
            f"The weights {where!r} announce {announced:,} bytes, but the file holds "
            f"{dataset.id.get_storage_size():,} of them. The file is damaged, or built to fill "
            "the memory."
        )
    return size


def _line(error):
    return " ".join(str(error).split())[:200]
