"""What was found about a network, kept in its run folder so that it is computed once.

A result is named after all it depends on: the weights up to the layer, and how it was asked for.
Where the run folder cannot be written, as in an installed application, the cache takes it.
Loads no TensorFlow.
"""

import hashlib
import json
from collections.abc import Mapping
from itertools import filterfalse
from pathlib import Path

import numpy as np

from explorer.inference import wire
from explorer.paths import beyond_newest, cache_dir, is_installed
from explorer.runs.files import write_atomically

FOLDER = "looks_for"  # in the run folder, or in the cache; pictures
LANDSCAPES = "landscapes"  # the same for losses around the path of a training
LAYOUT = 1
MOST_CACHED = 2000


def key_of(**what) -> str:
    """Return the name a result is kept under.

    Args:
        **what: Plain values: all that the result depends on.
    """
    text = json.dumps([LAYOUT, what], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def digest(arrays: Mapping[str, np.ndarray]) -> str:
    """Return a name for the content of arrays, which changes with any of their values."""
    content = hashlib.sha256()
    for name, values in arrays.items():
        content.update(f"{name} {values.dtype} {values.shape}".encode())
        content.update(np.ascontiguousarray(values).tobytes())
    return content.hexdigest()


def look_up(run_folder: Path | None, key: str, name: str = FOLDER) -> dict[str, np.ndarray] | None:
    """Return a kept result; `None` if there is none, or a damaged one.

    Args:
        run_folder: Folder of the run; `None` for a network that comes from no run.
        key: From `key_of`.
        name: The folder of such results, such as `FOLDER`.
    """
    for folder in _folders(run_folder, name):
        try:
            return wire.unpack((folder / f"{key}.npz").read_bytes())
        except (OSError, ValueError):
            continue  # not kept here, or damaged: it is made again and replaced
    return None


def keep(
    run_folder: Path | None, key: str, arrays: Mapping[str, np.ndarray], name: str = FOLDER
) -> Path | None:
    """Keep a result in the run folder, or else in the cache.

    Returns:
        Its file; `None` where neither can be written, which costs nothing but time later.
    """
    content = wire.pack(arrays)
    for folder in filterfalse(is_installed, _folders(run_folder, name)):
        path = folder / f"{key}.npz"
        try:
            # A run that was deleted meanwhile must not come back: its folder is not made.
            folder.mkdir(exist_ok=True, parents=folder == _cached(name))
            write_atomically(path, content)
        except OSError:
            continue
        if folder == _cached(name):
            _forget_oldest(folder)
        return path
    return None


def _folders(run_folder, name) -> list[Path]:
    own = [] if run_folder is None else [Path(run_folder) / name]
    return [*own, _cached(name)]


def _cached(name) -> Path:
    return cache_dir() / name


def _forget_oldest(folder):
    for path in beyond_newest(folder, "*.npz", MOST_CACHED):
        path.unlink(missing_ok=True)
