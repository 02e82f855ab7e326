"""A network as plain JSON and plain numbers on disk. Loads TensorFlow.

The process that opens a stranger's file writes it so, and the process that works with it reads it
so: what crosses between them is a configuration on the allow-list and arrays, no program.
"""

import json
from pathlib import Path

import keras
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from explorer.inference.proving import ABOUT, CONFIG, WEIGHTS
from explorer.models.keras_file import check_config, without_training


def write_network(model: keras.Model, folder: Path, about: dict) -> None:
    """Write a functional model into a folder.

    Args:
        model: Without networks within, see `chain.straightened`.
        folder: Exists.
        about: Plain values to keep beside it.
    """
    config = without_training(keras.saving.serialize_keras_object(model))
    (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")
    save_file({name: np.array(weights) for name, weights in _weights(model)}, folder / WEIGHTS)


def rebuild(folder: Path) -> keras.Model:
    """Build the network that `write_network` wrote, after checking its configuration again.

    Raises:
        ValueError: It is no such network.
    """
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        check_config(config)
        model = keras.saving.deserialize_keras_object(config, safe_mode=True)
        values = load_file(folder / WEIGHTS)
        for name, weights in _weights(model):
            weights.assign(values[name])
    except (OSError, KeyError, TypeError, SafetensorError) as error:
        raise ValueError(
            f"The opened network cannot be read any more ({type(error).__name__}). Give the file "
            "again."
        ) from error
    return model


def read_about(folder: Path) -> dict:
    """Return the plain values kept beside a network."""
    return json.loads((folder / ABOUT).read_text("utf-8"))


def _weights(model):
    for layer in model.layers:
        for number, weights in enumerate(layer.weights):
            yield f"{layer.name}/{number}", weights
