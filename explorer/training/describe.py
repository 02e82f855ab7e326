"""What there is to say about a Keras model, its optimizer and its metrics, as plain values."""

from collections.abc import Iterator

import keras
import numpy as np

from explorer.training.hooks import value_of


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


class BatchMeans:
    """What each batch alone added to the accuracies, where Keras tells running means."""

    def __init__(self):
        self._totals = {}

    def restart(self) -> None:
        """Begin at zero, as Keras does with every epoch."""
        self._totals = {}

    def of(self, model: keras.Model) -> dict[str, float]:
        """Return the mean of every accuracy over the batch that has just ended."""
        means = {}
        for metric in _accuracies(model):
            total, count = (float(value_of(v)) for v in (metric.total, metric.count))
            total_before, count_before = self._totals.get(metric.name, (0.0, 0.0))
            if count > count_before:
                means[metric.name] = (total - total_before) / (count - count_before)
            self._totals[metric.name] = (total, count)
        return means


def _accuracies(model) -> Iterator[keras.metrics.Mean]:
    for metric in model.metrics:
        for part in getattr(metric, "metrics", None) or [metric]:
            if isinstance(part, keras.metrics.Mean) and "acc" in part.name:
                yield part


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
