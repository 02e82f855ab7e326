"""What there is to say about a Keras model, its optimizer and its metrics, as plain values."""

from collections.abc import Iterable

import keras
import numpy as np


def describe_model(model: keras.Model) -> dict:
    """Return the entries of `run.json` about a compiled model."""
    return {
        "network": _describe_network(model),
        "optimizer": _describe_optimizer(model.optimizer),
        "steps_per_execution": model.steps_per_execution,
    }


def first_accuracy(names: Iterable[str]) -> str | None:
    """Return the name of the metric that is shown as the accuracy, `None` when there is none.

    A plain accuracy goes before one that counts the best few answers.

    >>> first_accuracy(["loss", "top_5_accuracy", "kind_accuracy"])
    'kind_accuracy'
    >>> first_accuracy(["loss", "top_5_accuracy"])
    'top_5_accuracy'
    """
    found = [name for name in names if "acc" in name]
    return min(found, key=lambda name: "top" in name, default=None)


def accuracy_of(values: dict[str, float]) -> float | None:
    """Return the accuracy among metrics, see `first_accuracy`, `None` when there is none."""
    name = first_accuracy(values)
    return None if name is None else float(values[name])


class BatchMean:
    """What each batch alone added to an accuracy, where Keras tells running means."""

    def __init__(self):
        self.restart()

    def restart(self) -> None:
        """Begin at zero, as Keras does with every epoch."""
        self._total, self._count = 0.0, 0.0

    def of(self, total: float, count: float) -> float | None:
        """Return the mean over the batch that has just ended, `None` for a batch without weight.

        Args:
            total: Sum over the epoch so far.
            count: Number of images, or sum of their weights, over the epoch so far.
        """
        added, weight = total - self._total, count - self._count
        self._total, self._count = total, count
        return added / weight if weight > 0 else None


def _describe_network(model):
    description = {
        "class": type(model).__name__,
        "parameters": sum(int(np.prod(variable.shape)) for variable in model.weights),
        "loss": _names_of(getattr(model, "loss", None)),
    }
    try:
        return description | {"keras": model.to_json()}
    except (NotImplementedError, TypeError, ValueError) as error:
        return description | {"keras": None, "why_not": str(error)}


def _names_of(losses):
    """Return the name of a loss, or those of the losses of several outputs, as they are nested."""
    if isinstance(losses, dict):
        return {str(key): _names_of(loss) for key, loss in losses.items()}
    if isinstance(losses, (list, tuple)):
        return [_names_of(loss) for loss in losses]
    if losses is None or isinstance(losses, str):
        return losses
    return getattr(losses, "__name__", type(losses).__name__)


def _describe_optimizer(optimizer):
    if optimizer is None:  # the training step has others of its own
        return None
    config = keras.saving.serialize_keras_object(optimizer)
    return {"class": config["class_name"], "config": config["config"]}
