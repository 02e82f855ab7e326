"""From a run folder to the evidence a verdict rests on."""

import math

import numpy as np

from explorer.analysis.averages import mean, row_means
from explorer.analysis.evidence import Evidence
from explorer.analysis.guessing import class_shares, loss_of_guessing, num_classes
from explorer.analysis.readings import num_channels, read
from explorer.runs import Run

ROUNDING = 1e-6
BOUND = 0.97


def gather(run: Run) -> Evidence:
    """Measure a run. Works on any run folder: what was not recorded is NaN or empty."""
    readings, metrics = read(run), run.metrics()
    classes = num_classes(run, readings)
    guess_loss, guess_words = loss_of_guessing(run, classes, metrics)
    kernels = kernel_names(run)
    weights, updates, gradients = (
        _of_kernels(run, readings, kind, kernels) for kind in ("weights", "updates", "gradients")
    )
    return Evidence(
        metrics=metrics,
        readings=readings,
        guess_loss=guess_loss,
        guess_words=guess_words,
        guess_accuracy=float(class_shares(run, classes).max()) if classes else math.nan,
        kernels=kernels,
        ratio=_ratio(updates("norm"), weights("norm")) / steps_together(run),
        zeros=_ratio(gradients("zeros"), gradients("size")),
        gradient_norm=gradients("norm"),
        **_of_layers(run, readings),
        **_of_answers(readings),
        **_of_weights(run, readings),
        planned_updates=run.planned_steps,
        unit=run.source.get("step_unit"),
    )


def steps_together(run: Run) -> int:
    """Return how many updates a recorded change is made of, at most; it counts as their mean.

    >>> from pathlib import Path
    >>> steps_together(Run(Path("run"), {"steps_per_execution": 4}))
    4
    """
    count = run.description.get("steps_per_execution")
    return count if isinstance(count, int) and count > 1 else 1


def kernel_names(run: Run) -> tuple[str, ...]:
    """Name the tensors of two axes or more whose weights and updates were recorded."""
    weights = run.tensors("weights")
    trained = [*run.tensors("updates"), *run.tensors("gradients")]
    named = dict.fromkeys(name for name in trained if name in weights)
    return tuple(name for name in named if len(weights[name].shape) > 1)


def _of_kernels(run, readings, kind, kernels):
    """Return a function that tells one moment of the kernels alone."""
    names = list(run.tensors(kind))
    places = [names.index(kernel) if kernel in names else -1 for kernel in kernels]

    def moment(name):
        values = readings.moment(kind, name)
        missing = np.full((len(values), 1), np.nan)
        return np.concatenate([values, missing], axis=1)[:, places]

    return moment


def _of_layers(run, readings):
    infos = list(run.tensors("activations").values())
    hidden = [number for number, info in enumerate(infos) if not _is_answer(info, readings)]
    low, high, zeros = (
        readings.moment("activations", name)[:, hidden] for name in ("minimum", "maximum", "zeros")
    )
    rectified = _fold(low, np.min) >= 0
    rectified &= _fold(zeros, np.max) > 0
    dead = _dead(infos, hidden, readings)
    dead[:, ~rectified] = np.nan
    return {
        "layers": tuple(infos[number].name for number in hidden),
        "is_convolution": np.array([len(infos[number].shape) > 2 for number in hidden], bool),
        "is_rectified": rectified,
        "dead": dead,
        "saturated": _saturated(run, [infos[number].name for number in hidden], low, high, zeros),
    }


def _is_answer(info, readings):
    """Say whether a layer is the last one, which has no activation function to die."""
    shapes = {logits.shape for logits in readings.logits if logits is not None}
    return info.name == "logits" or info.shape in shapes


def _dead(infos, hidden, readings):
    bounds = np.cumsum([0, *(num_channels(info) for info in infos)])
    columns = [
        row_means(np.where(np.isnan(part), np.nan, part == 0))
        for part in (readings.active[:, bounds[i] : bounds[i + 1]] for i in hidden)
    ]
    return np.stack(columns, axis=1) if columns else np.zeros((len(readings.steps), 0))


def _saturated(run, layers, low, high, zeros):
    """Measure layers whose outputs never left [-1, 1] or [0, 1] without ever being cut to 0."""
    shares = np.full(len(layers), np.nan)
    lowest, highest, most_zeros = _fold(low, np.min), _fold(high, np.max), _fold(zeros, np.max)
    for i, layer in enumerate(layers):
        if lowest[i] < -ROUNDING and lowest[i] >= -1 - ROUNDING and highest[i] <= 1 + ROUNDING:
            shares[i] = _share_beyond(run, layer, -1.0)
        elif lowest[i] >= 0 and highest[i] <= 1 + ROUNDING and not most_zeros[i]:
            shares[i] = _share_beyond(run, layer, 0.0)
    return shares


def _share_beyond(run, layer, lower_bound):
    values = run.values("activations", layer, run.steps[-1:])
    values = values[np.isfinite(values)]
    middle, reach = (1 + lower_bound) / 2, (1 - lower_bound) / 2
    return mean(np.abs(values - middle) > BOUND * reach)


def _of_answers(readings):
    tops = [
        math.nan if logits is None or not np.isfinite(logits).all() else _top(logits)
        for logits in readings.logits
    ]
    return {"top": np.array(tops, float)}


def _top(logits):
    """Return the share of the commonest answer; one column means two classes.

    A single number per image is a probability when all of them lie between 0 and 1.
    """
    if logits.shape[1] > 1:
        classes = logits.argmax(axis=1)
    else:
        inside = (logits >= 0).all() and (logits <= 1).all()
        classes = (logits[:, 0] > (0.5 if inside else 0)).astype(int)
    return float(np.bincount(classes).max() / len(classes))


def _of_weights(run, readings):
    counts = sum(
        readings.moment("weights", name)
        for name in ("nan", "positive_infinity", "negative_infinity")
    )
    # Where nobody counted them, values without a smallest one are told by that.
    sizes, lowest = (readings.moment("weights", name) for name in ("size", "minimum"))
    broken = (np.nan_to_num(counts) > 0) | ((sizes > 0) & np.isnan(lowest))
    steps, tensors = np.nonzero(broken)
    first = None
    if len(steps):
        first = int(readings.steps[steps[0]]), list(run.tensors("weights"))[tensors[0]]
    return {"broken_weights": first, "num_broken": len(set(tensors.tolist()))}


def _ratio(upper, lower):
    """Divide, NaN where there is nothing to divide by."""
    return np.divide(upper, lower, out=np.full_like(upper, np.nan), where=lower > 0)


def _fold(values, function):
    """Fold the known values of each column. (steps, columns) -> (columns,)."""
    columns = [column[np.isfinite(column)] for column in values.T]
    return np.array([function(column) if len(column) else np.nan for column in columns])
