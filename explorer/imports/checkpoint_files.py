"""The checkpoints of a folder: which are there, which network they hold, what their weights are.

Looked at without Keras, as every file of a stranger, see `explorer.models`.
"""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from explorer.imports.errors import ImportFailed
from explorer.imports.names import is_checkpoint
from explorer.models.keras_archive import MOST_CONFIG_BYTES, read_archive
from explorer.models.keras_file import check_config, check_file, without_training
from explorer.models.sizes import check_sizes
from explorer.models.weights_file import MOST_PARAMETERS, check_weights
from explorer.training.names import tensor_names

MOST_CONFIGS = 100
MOST_CHECKPOINTS = 200
NOT_COMPARED = ("name", "shared_object_id", "seed", "build_config", "trainable")
WITH_KERNEL = ("kernel", "bias")
USUAL_ARRAYS = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "dense", "depthwise_conv2d"), WITH_KERNEL),
    "conv2d_transpose": WITH_KERNEL,
    "batch_normalization": ("gamma", "beta", "moving_mean", "moving_variance"),
}
TRAINING = ("optimizer", "_layer_checkpoint_dependencies")


@dataclass(frozen=True)
class Files:
    """What a folder holds that a run can be made of.

    Args:
        folder: The folder.
        checkpoints: Names of checkpoints, with the folders before them.
        configs: Names of JSON texts, one of which may describe the network of weights.
    """

    folder: Path
    checkpoints: tuple[str, ...]
    configs: tuple[str, ...]


def is_wanted(name: str) -> bool:
    """Say whether a file is a checkpoint, or may describe one, by its name."""
    return is_checkpoint(name) or name.endswith(".json")


def find_files(folder: Path) -> Files:
    """List the checkpoints of a folder; links are not followed.

    Raises:
        ImportFailed: There are none, or too many.
    """
    found = [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if is_wanted(path.name) and path.is_file() and not path.is_symlink()
    ]
    checkpoints = tuple(name for name in found if is_checkpoint(name))
    if not checkpoints:
        raise ImportFailed(
            "There is no checkpoint in it. Expected were files that ModelCheckpoint saves, such "
            "as epoch-01.keras, or epoch-01.weights.h5."
        )
    if len(checkpoints) > MOST_CHECKPOINTS:
        raise ImportFailed(
            f"There are {len(checkpoints):,} checkpoints. At most {MOST_CHECKPOINTS} are read; "
            "give fewer of them."
        )
    configs = [name for name in found if name.endswith(".json")]
    return Files(folder, checkpoints, tuple(configs[:MOST_CONFIGS]))


def network_in(file: Path) -> tuple[dict, bytes]:
    """Return the configuration of a `.keras` file, checked, and its file of weights.

    Raises:
        ValueError: It cannot be opened; says why.
    """
    config = check_file(file)
    return config, read_archive(file)[1]


def weights_in(file: Path) -> bytes:
    """Return a file of weights, checked.

    Raises:
        ValueError: It cannot be opened; says why.
    """
    check_weights(file)
    return file.read_bytes()


def described_in(file: Path) -> dict | None:
    """Return the network that a JSON text describes, checked; `None` for any other text."""
    if file.stat().st_size > MOST_CONFIG_BYTES:
        return None
    try:
        config = without_training(json.loads(file.read_text("utf-8")))
        check_config(config)
        check_sizes(config, most_parameters=MOST_PARAMETERS, image_size=None)
    except (ValueError, OSError, RecursionError):  # any text may lie beside checkpoints
        return None
    return config


def signature(config: dict) -> str:
    """Return what two networks of one architecture share, whatever their layers are called."""
    called = {}
    for one in _entries(config):
        name = one.get("config", {}).get("name") if isinstance(one.get("config"), dict) else None
        if isinstance(name, str):
            called.setdefault(name, f"layer {len(called)}")
    return json.dumps(_plain(config, called), sort_keys=True)


def _entries(value) -> Iterator[dict]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += reversed(list(one.values()))
        elif isinstance(one, list):
            waiting += reversed(one)


def _plain(value, called):
    """Leave away what differs between two savings of one network. (Nested 64 deep at most.)"""
    if isinstance(value, dict):
        kept = {key: one for key, one in value.items() if key not in NOT_COMPARED}
        return {key: _plain(one, called) for key, one in kept.items()}
    if isinstance(value, list):
        return [_plain(one, called) for one in value]
    return called.get(value, value) if isinstance(value, str) else value


def arrays_in(content: bytes) -> dict[str, np.ndarray]:
    """Read the arrays of a file of weights whose network nobody knows, without the optimizer's.

    Args:
        content: Of a file that was checked.

    Returns:
        By the name of the layer and the number of the array in it.
    """
    found = []
    with h5py.File(io.BytesIO(content), "r") as opened:

        def look(path, entry):
            if isinstance(entry, h5py.Dataset) and path.split("/")[0] not in TRAINING:
                found.append((_layer_of(entry, path), np.asarray(entry[()])))

        opened.visititems(look)
    names = tensor_names([name for name, _ in found], "")
    return {name: values for name, (_, values) in zip(names, found, strict=True)}


def _layer_of(entry, path):
    """Return `conv_1/kernel`: Keras writes the name of a layer beside its arrays.

    What an array is called in it follows from the layer's class, where that is a usual one.
    """
    name = entry.parent.attrs.get("name")
    layer = name if isinstance(name, str) and name else entry.parent.name.strip("/")
    *_, kind, _, number = ("", *path.split("/"))
    usual = USUAL_ARRAYS.get(re.sub(r"_\d+$", "", kind), ())
    place = int(number) if number.isdecimal() and len(number) < 3 else len(usual)
    return f"{layer}/{usual[place] if place < len(usual) else number}"
