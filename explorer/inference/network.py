"""A network as it was at a checkpoint of a run, and its answers."""

import json
from dataclasses import dataclass

import keras
import numpy as np

from explorer import runs
from explorer.models.build import build
from explorer.models.keras_file import check_config
from explorer.models.sizes import check_sizes
from explorer.models.weights_file import MOST_PARAMETERS
from explorer.training.names import tensor_names
from explorer.training.networks import chosen_step, is_brought, network_of

BATCH = 256


@dataclass(frozen=True)
class Trained:
    """A trained network.

    Args:
        run: The run it comes from.
        step: The checkpoint it comes from.
        model: Takes images with values 0 to 255, returns logits.
    """

    run: runs.Run
    step: int
    model: keras.Model

    def logits(self, images: np.ndarray) -> np.ndarray:
        """Return the network's scores.

        Args:
            images: 0 to 255. (images, height, width, channels)

        Returns:
            Raw scores. (images, classes)
        """
        batches = (images[start : start + BATCH] for start in range(0, len(images), BATCH))
        answers = [np.asarray(self.model(_floats(batch), training=False)) for batch in batches]
        return np.concatenate(answers)


def open_network(run: runs.Run, step: int | None = None) -> Trained:
    """Rebuild the network of a run with the weights of a checkpoint.

    Args:
        run: The run.
        step: A checkpoint of the run; the last one by default.

    Raises:
        RunError: The run has no such checkpoint, or its network is not one of ours.
    """
    step = chosen_step(run, step)
    model = build_brought(run) if is_brought(run) else build(network_of(run), seed=0)
    load_checkpoint(model, run, step)
    return Trained(run, step, model)


def build_brought(run: runs.Run) -> keras.Model:
    """Build the network of an imported run from its configuration, which is checked again.

    Raises:
        RunError: It describes no network that may be built, or another one.
    """
    try:
        config = json.loads(run.network["built_from"])
        check_config(config)
        check_sizes(config, most_parameters=MOST_PARAMETERS, image_size=run.data["image_size"])
        model = keras.saving.deserialize_keras_object(config, safe_mode=True)
    except (ValueError, TypeError, RecursionError) as error:
        raise runs.RunError(
            f"The network of run {run.name!r} cannot be built: {error} Import it again."
        ) from error
    size, channels = run.data["image_size"], run.data["channels"]
    shapes = [tuple(one.shape[1:]) for one in (*model.inputs, *model.outputs)]
    if shapes != [(size, size, channels), (len(run.class_names),)]:
        raise runs.RunError(
            f"The network of run {run.name!r} does not fit what the run says of its images and "
            "classes. Import it again."
        )
    return model


def load_checkpoint(model: keras.Model, run: runs.Run, step: int) -> None:
    """Give the network of a run the weights of one of its checkpoints.

    Raises:
        RunError: The run has no such checkpoint, or it does not fit the network.
    """
    weights = run.checkpoint(step)
    names = tensor_names([variable.path for variable in model.weights], model.name)
    shapes = {name: tuple(one.shape) for name, one in zip(names, model.weights, strict=True)}
    if shapes != {name: values.shape for name, values in weights.items()}:
        raise runs.RunError(
            f"The checkpoint of run {run.name!r} at step {step} does not fit its network. Another "
            "version wrote it; train anew."
        )
    for name, variable in zip(names, model.weights, strict=True):
        variable.assign(weights[name])


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Return the softmax of the logits, NaN in a row that is not finite. (images, classes)."""
    with np.errstate(invalid="ignore"):
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def _floats(images):
    return np.asarray(images, dtype=np.float32)
