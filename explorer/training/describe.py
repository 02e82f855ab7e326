"""What there is to say about a Keras model, its optimizer and its metrics, as plain values."""

import keras
import numpy as np


def describe_model(model: keras.Model) -> dict:
    """Return the entries of `run.json` about a compiled model."""
    return {
        "network": _describe_network(model),
        "optimizer": _describe_optimizer(model.optimizer),
        "steps_per_execution": model.steps_per_execution,
    }


def accuracy_of(values: dict[str, float]) -> float | None:
    """Return the first accuracy among metrics, `None` when there is none."""
    for name, value in values.items():
        if "acc" in name:
            return float(value)
    return None


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
    }
    try:
        return description | {"keras": model.to_json()}
    except (NotImplementedError, TypeError, ValueError) as error:
        return description | {"keras": None, "why_not": str(error)}


def _describe_optimizer(optimizer):
    config = keras.saving.serialize_keras_object(optimizer)
    return {"class": config["class_name"], "config": config["config"]}
