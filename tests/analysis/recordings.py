"""Small recordings with known numbers, written as a training writes them."""

from dataclasses import dataclass

import numpy as np

from explorer import runs
from explorer.runs.write import RunWriter
from explorer.training.collect import Collector

NAMES = ("conv_1/kernel", "conv_1/bias", "dense_1/kernel", "logits/kernel")
SHAPES = ((3, 3, 1, 8), (8,), (32, 16), (16, 4))
IMAGES, CLASSES = 32, 4
FUNCTIONS = {
    "relu": lambda values: np.maximum(values, 0),
    "tanh": np.tanh,
    "steep tanh": lambda values: np.tanh(30 * values),
}


@dataclass(frozen=True)
class Course:
    """What a made-up training does.

    Args:
        losses: The loss of every batch; its number is that of the updates. (updates,)
        ratio: Norm of every update over norm of the weights, one for all steps or one a step.
        zeros: Share of exactly-zero gradient entries.
        dead: Share of dead channels of the convolution.
        top: Share of probe images given the same class.
        outputs: What hidden layers put out, a key of `FUNCTIONS`.
        gradients: How large the gradient of each tensor is, beside the usual; all 1 by default.
        accuracy: Training accuracy.
        rates: Learning rate at every update, or one for all.
        validation: Validation accuracies, evenly spaced. (validations,)
        steps: Recorded steps; every one up to 32, then every tenth, by default.
        broken_from: Step from which on weights hold NaN.
        kinds: Which kinds of tensors are recorded.
        about: Entries of `run.json`.
    """

    losses: tuple = tuple(np.geomspace(1.4, 0.2, 200))
    ratio: object = 3e-3
    zeros: float = 0.1
    dead: float = 0.0
    top: float = 0.25
    outputs: str = "relu"
    gradients: tuple = (1, 1, 1, 1)
    accuracy: float = 0.8
    rates: object = 0.1
    validation: tuple = (0.5, 0.8)
    steps: tuple | None = None
    broken_from: int | None = None
    kinds: tuple = runs.KINDS
    about: dict | None = None


def record(folder, course):
    """Write a run folder and open it."""
    writer, collector = RunWriter(folder), Collector(8192)
    steps = course.steps
    if steps is None:
        last = len(course.losses)
        steps = sorted({s for s in range(last + 1) if s <= 32 or s % 10 == 0} | {last})
    for step in steps:
        writer.write_step(step, _tensors(course, collector, step, is_last=step == steps[-1]))
    _write_metrics(writer, course)
    about = {"name": "made up", "status": "finished", **(course.about or {})}
    writer.describe(recording={"tensors": collector.to_dict()}, **about)
    writer.close()
    return runs.open_run(folder)


def _write_metrics(writer, course):
    for step, loss in enumerate(course.losses):
        rate = course.rates[step] if np.ndim(course.rates) else course.rates
        writer.add_metrics(
            step=step, epoch=0, loss=float(loss), accuracy=course.accuracy, learning_rate=rate
        )
    for number, accuracy in enumerate(course.validation, start=1):
        step = number * len(course.losses) // len(course.validation)
        writer.add_metrics(step=step, epoch=number, val_loss=0.5, val_accuracy=accuracy)


def _tensors(course, collector, step, *, is_last):
    rng = np.random.default_rng(step)
    weights = {
        name: rng.normal(size=shape).astype(np.float32)
        for name, shape in zip(NAMES, SHAPES, strict=True)
    }
    if course.broken_from is not None and step >= course.broken_from:
        weights["dense_1/kernel"][0, 0] = np.nan
    named = {"weights": weights, "activations": _activations(course, rng)}
    if not is_last:
        named["gradients"] = {
            name: np.float32(scale) * _gradient(course, weights[name])
            for name, scale in zip(NAMES, course.gradients, strict=True)
        }
        ratio = course.ratio[step] if np.ndim(course.ratio) else course.ratio
        named["updates"] = {name: np.float32(ratio) * value for name, value in weights.items()}
    tensors = {}
    for kind in course.kinds:
        if kind in named:
            tensors |= collector.collect(kind, named[kind])
    if "activations" in course.kinds:
        outputs = named["activations"].values()
        tensors["activations.active"] = np.concatenate(
            [(part > 0).mean(axis=tuple(range(part.ndim - 1))) for part in outputs]
        ).astype(np.float32)
        tensors["probe.output"] = _logits(course)
    return tensors


def _gradient(course, like):
    gradient = np.full(like.size, 1e-3, np.float32)
    gradient[: round(course.zeros * like.size)] = 0
    return gradient.reshape(like.shape)


def _activations(course, rng):
    conv, dense = rng.normal(size=(IMAGES, 4, 4, 8)), rng.normal(size=(IMAGES, 16))
    function = FUNCTIONS[course.outputs]
    conv[..., : round(course.dead * 8)] = -1
    outputs = {"conv_1": function(conv), "dense_1": function(dense)}
    return {name: values.astype(np.float32) for name, values in outputs.items()}


def _logits(course):
    """Answers of which a share names class 0, the others the other classes in turn."""
    logits = np.zeros((IMAGES, CLASSES), np.float32)
    same = round(course.top * IMAGES)
    chosen = np.r_[np.zeros(same, int), 1 + np.arange(IMAGES - same) % (CLASSES - 1)]
    logits[np.arange(IMAGES), chosen] = 3
    return logits
