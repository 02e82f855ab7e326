"""Networks trained on ImageNet, as the page needs them: from images, 0 to 255, to logits.

Loads TensorFlow.
"""

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import h5py
import keras

from explorer.inference.chain import straightened
from explorer.models import kept_files
from explorer.models.applications import APPLICATIONS, fetch_names, fetch_weights, find_weights
from explorer.models.checking import check_apart

Tell = Callable[[float, str], None]
IMAGE_SIZE = 224
MAKERS = {
    "MobileNetV2": keras.applications.MobileNetV2,
    "EfficientNetV2B0": keras.applications.EfficientNetV2B0,
    "ResNet50": keras.applications.ResNet50,
}
# What the weights were trained on, from the module of each network in Keras.
SCALES = {
    "MobileNetV2": (1 / 127.5, -1.0),
    "EfficientNetV2B0": None,
    "ResNet50": (1.0, [-123.68, -116.779, -103.939]),  # minus the mean red, green and blue
}
BLUE_FIRST = {"ResNet50": "conv1_conv"}  # networks trained on blue, green, red: their first layer


def open_application(
    name: str, weights: str | None, *, tell: Tell
) -> tuple[keras.Model, tuple[str, ...], str]:
    """Open a network trained on ImageNet.

    Args:
        name: A key of `APPLICATIONS`.
        weights: From `kept_files.keep`, for weights given by hand; `None` for those that Keras
            publishes, downloaded if they are not on this machine.
        tell: Called with the share done and words.

    Returns:
        A functional model from images to logits, the names of its classes, and a note in words
        if there are only numbers for them.

    Raises:
        ValueError: There is no such network, its weights cannot be had, or do not fit.
    """
    if name not in APPLICATIONS:
        raise ValueError(
            f"There is no ImageNet network {name!r}. Choose one of: {', '.join(APPLICATIONS)}."
        )
    if weights is None:
        model = _with_published(name, tell)
    else:
        model = _with_weights(name, kept_files.find(weights), tell)
    if name in BLUE_FIRST:
        _turn_colours(model.get_layer(BLUE_FIRST[name]))
    names, note = fetch_names(tell)
    return straightened(model, IMAGE_SIZE, scale=SCALES[name]), names, note


def _with_published(name, tell) -> keras.Model:
    """Build a network with its weights; those of a transfer that broke off are fetched anew."""
    known = find_weights(name)
    if known is None:
        return _with_weights(name, fetch_weights(name, tell), tell)
    try:
        return _with_weights(name, known, tell)
    except ValueError:
        return _with_weights(name, fetch_weights(name, tell, anew=True), tell)


def _with_weights(name, path, tell) -> keras.Model:
    tell(0.9, "Checking the weights")
    check_apart(path, holds="weights")
    tell(0.92, "Building the network")
    model = MAKERS[name](weights=None, classifier_activation=None)
    _load(model, name, path)
    return model


def _load(model, name, path):
    """Read weights under a name that tells Keras of which of its two formats they are."""
    with tempfile.TemporaryDirectory(prefix="weights-") as folder:
        link = Path(folder) / ("given.h5" if _is_old(path) else "given.weights.h5")
        link.symlink_to(path)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)  # that weights are left out is told so
                model.load_weights(link)
        except (ValueError, KeyError, IndexError, TypeError, OSError, UserWarning) as error:
            line = " ".join(str(error).split())[:200]
            raise ValueError(
                f"The weights do not fit {name} with its thousand classes ({line}). Give the file "
                f"{APPLICATIONS[name].file_name}, or weights that Keras saved of this network."
            ) from error


def _is_old(path):
    with h5py.File(path, "r") as file:
        return "layer_names" in file.attrs or "model_weights" in file


def _turn_colours(layer):
    """Let a first layer take red, green, blue; its answers and its other numbers stay the same."""
    kernel, *others = layer.get_weights()
    layer.set_weights([kernel[:, :, ::-1], *others])
