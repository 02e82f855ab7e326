"""What the recording of a run shows about its learning rate: measured numbers, no judgement."""

import json
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explorer.analysis.readings import Readings, read
from explorer.runs import Metrics, Run

LATE_UPDATES = 40
LATE_SHARE = 0.25  # of a training too short for that many
LATE_STEPS = 5
EARLY_UPDATES = 32
ROUNDING = 1e-6
BOUND = 0.97


@dataclass(frozen=True)
class Evidence:
    """Everything a verdict is made of.

    Args:
        metrics: The scalars.
        readings: Moments, activity and answers at some recorded steps.
        guess_loss: Loss of a network that ignores its input; NaN when unknown.
        guess_accuracy: Accuracy of naming the commonest class; NaN when unknown.
        guess_words: What `guess_loss` is, for people.
        kernels: Names of the kernels whose updates were recorded.
        ratio: Norm of the next update over norm of the weights. (steps, kernels)
        zeros: Share of exactly-zero entries of the gradient. (steps, kernels)
        gradient_norm: Norm of the gradient of each kernel. (steps, kernels)
        layers: Names of the hidden layers whose activations were recorded.
        is_convolution: Whether a layer puts out feature maps. (layers,)
        is_rectified: Whether a layer was never below 0 and often 0, as behind ReLU. (layers,)
        dead: Share of channels that are 0 on every probe image; NaN for other layers than
            rectified ones. (steps, layers)
        saturated: Share of outputs of bounded layers near their bound at the last step. (layers,)
        top: Share of probe images given the same class. (steps,)
        spread: How far probabilities differ between images: mean over the classes of the
            standard deviation over the images; 0 when all get the same answer. (steps,)
        broken_weights: First recorded step with non-finite weights, and the tensor, or `None`.
    """

    metrics: Metrics
    readings: Readings
    guess_loss: float
    guess_accuracy: float
    guess_words: str
    kernels: tuple[str, ...]
    ratio: np.ndarray
    zeros: np.ndarray
    gradient_norm: np.ndarray
    layers: tuple[str, ...]
    is_convolution: np.ndarray
    is_rectified: np.ndarray
    dead: np.ndarray
    saturated: np.ndarray
    top: np.ndarray
    spread: np.ndarray
    broken_weights: tuple[int, str] | None

    @property
    def steps(self) -> np.ndarray:
        """The recorded steps behind the arrays. (steps,)"""
        return self.readings.steps

    @property
    def num_updates(self) -> int:
        """How many weight updates are known of."""
        ends = [0, *self.metrics.train["step"].tail(1) + 1, *self.steps[-1:]]
        return int(max(ends))

    @cached_property
    def losses(self) -> np.ndarray:
        """The loss of every batch, in order. (updates,)"""
        return self.metrics.train["loss"].to_numpy(float)

    @property
    def late_updates(self) -> int:
        """How many of the last updates count as late."""
        return max(1, min(LATE_UPDATES, int(len(self.losses) * LATE_SHARE)))

    @cached_property
    def late_loss(self) -> float:
        """Median loss of the last batches; NaN without metrics or when one of them is."""
        return _median(self.losses[-self.late_updates :])

    @cached_property
    def late_accuracy(self) -> float:
        """Mean training accuracy of the last batches; NaN when unknown."""
        return _mean(self.metrics.train["accuracy"].to_numpy(float)[-self.late_updates :])

    @cached_property
    def late_share(self) -> float:
        """Late loss as a share of the loss of guessing."""
        return self.late_loss / self.guess_loss if self.guess_loss > 0 else math.nan

    @cached_property
    def first_nonfinite_loss(self) -> int | None:
        """First step whose batch had a loss that is not a number, or infinite."""
        broken = np.flatnonzero(~np.isfinite(self.losses))
        return int(self.metrics.train["step"].iloc[broken[0]]) if len(broken) else None

    @cached_property
    def late_zeros(self) -> float:
        """Share of exactly-zero gradient entries, mean over kernels, at the last steps."""
        return _median(self._last_known(self.zero_share))

    @cached_property
    def zero_share(self) -> np.ndarray:
        """Share of exactly-zero gradient entries, mean over kernels. (steps,)"""
        return _row_means(self.zeros)

    @cached_property
    def largest_ratio(self) -> np.ndarray:
        """Largest update-to-weight ratio of any kernel; NaN where none is known. (steps,)"""
        return np.where(np.isnan(self.ratio), -np.inf, self.ratio).max(axis=1, initial=-np.inf)

    @cached_property
    def median_ratio(self) -> float:
        """Update-to-weight ratio: median over kernels, then over all updates of the run.

        Steps are recorded ever more rarely: each stands for the updates up to the next one.
        """
        medians = np.array([_median(row[np.isfinite(row)]) for row in self.ratio])
        lengths = np.diff(self.steps, append=self.steps[-1:] + 1)
        known = np.isfinite(medians)
        return _weighted_median(medians[known], lengths[known])

    @cached_property
    def late_dead(self) -> np.ndarray:
        """Share of dead channels at the last step with activations. (layers,)"""
        return self._at_last_activations(self.dead)

    @cached_property
    def worst_convolution(self) -> int | None:
        """Number of the convolution with most dead channels at the end."""
        dead = np.where(self.is_convolution, self.late_dead, np.nan)
        return int(np.nanargmax(dead)) if np.isfinite(dead).any() else None

    @cached_property
    def late_top(self) -> float:
        """Share of probe images given the same class at the last step with answers."""
        known = self.top[np.isfinite(self.top)]
        return float(known[-1]) if len(known) else math.nan

    @cached_property
    def late_spread(self) -> float:
        """How far the answers differ at the last step with answers."""
        known = self.spread[np.isfinite(self.spread)]
        return float(known[-1]) if len(known) else math.nan

    def first_step(self, holds: np.ndarray) -> int | None:
        """Return the first recorded step at which something holds. (steps,)."""
        found = np.flatnonzero(holds)
        return int(self.steps[found[0]]) if len(found) else None

    def lasting_since(self, holds: np.ndarray, known: np.ndarray) -> int | None:
        """Return from which recorded step on something holds at every known step.

        Args:
            holds: Whether it holds. (steps,)
            known: Whether that could be measured. (steps,)
        """
        places = np.flatnonzero(known)
        broken = np.flatnonzero(~holds[places])
        begin = broken[-1] + 1 if len(broken) else 0
        return int(self.steps[places[begin]]) if begin < len(places) else None

    def _last_known(self, values):
        return values[np.isfinite(values)][-LATE_STEPS:]

    def _at_last_activations(self, values):
        known = np.flatnonzero(np.isfinite(values).any(axis=1)) if values.size else []
        return values[known[-1]] if len(known) else np.full(values.shape[1], np.nan)


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
        ratio=_ratio(updates("norm"), weights("norm")),
        zeros=_ratio(gradients("zeros"), gradients("size")),
        gradient_norm=gradients("norm"),
        **_of_layers(run, readings),
        **_of_answers(readings),
        broken_weights=_broken_weights(run, readings),
    )


def kernel_names(run: Run) -> tuple[str, ...]:
    """Name the tensors of two axes or more whose weights and updates were recorded."""
    weights = run.tensors("weights")
    trained = [*run.tensors("updates"), *run.tensors("gradients")]
    named = dict.fromkeys(name for name in trained if name in weights)
    return tuple(name for name in named if len(weights[name].shape) > 1)


def num_classes(run: Run, readings: Readings) -> int | None:
    """Count the classes, from the answers or else from their names; `None` when unknown."""
    for logits in readings.logits:
        if logits is not None:
            return max(2, logits.shape[1])
    return len(run.class_names) if len(run.class_names) > 1 else None


def class_shares(run: Run, classes: int) -> np.ndarray:
    """Return the share of each class, equal ones where the run does not tell. (classes,)."""
    counts = run.data.get("class_counts")
    counts = list(counts.values()) if isinstance(counts, dict) else counts
    try:
        counts = np.array(counts, float)
    except (TypeError, ValueError):
        counts = np.array(math.nan)
    if counts.shape != (classes,) or not (counts >= 0).all() or not counts.sum() > 0:
        return np.full(classes, 1 / classes)
    return counts / counts.sum()


def loss_of_guessing(run: Run, classes: int | None, metrics: Metrics) -> tuple[float, str]:
    """Return the loss of a network that ignores its input, and what it is in words.

    That is the entropy of the class proportions, ln K for K equal classes (A. Karpathy, A
    recipe for training neural networks, 2019). It holds for cross-entropy; with another loss,
    or without known classes, the first loss stands in for it.
    """
    if classes and measures_cross_entropy(run) is not False:
        shares = class_shares(run, classes)
        known = shares[shares > 0]
        return float(-(known * np.log(known)).sum()), "the loss of guessing"
    first = metrics.train["loss"].to_numpy(float)[:1]
    return (float(first[0]) if len(first) else math.nan), "the first loss"


def measures_cross_entropy(run: Run) -> bool | None:
    """Say whether the network was trained on cross-entropy; `None` when the run does not tell."""
    try:
        compiled = json.loads(run.network.get("keras") or "")["compile_config"]["loss"]
    except (ValueError, TypeError, KeyError):
        return None
    words = json.dumps(compiled).lower().replace("_", "").replace(" ", "")
    return "crossentropy" in words if compiled else None


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
    bounds = np.cumsum([0, *(info.shape[-1] for info in infos)])
    columns = [
        _row_means(np.where(np.isnan(part), np.nan, part == 0))
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
    return _mean(np.abs(values - middle) > BOUND * reach)


def _of_answers(readings):
    tops, spreads = [], []
    for logits in readings.logits:
        usable = logits is not None and np.isfinite(logits).all()
        probabilities = _probabilities(logits) if usable else None
        tops.append(_top(probabilities) if usable else math.nan)
        spreads.append(float(probabilities.std(axis=0).mean()) if usable else math.nan)
    return {"top": np.array(tops, float), "spread": np.array(spreads, float)}


def _probabilities(logits):
    """Turn answers into probabilities, unless they are already. (images, classes)."""
    inside = (logits >= 0).all() and (logits <= 1 + ROUNDING).all()
    if logits.shape[1] == 1:
        one = logits if inside else 1 / (1 + np.exp(-np.clip(logits, -60, 60)))
        return np.concatenate([1 - one, one], axis=1)
    if inside and np.allclose(logits.sum(axis=1), 1, atol=1e-3):
        return logits
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _top(probabilities):
    return float(np.bincount(probabilities.argmax(axis=1)).max() / len(probabilities))


def _broken_weights(run, readings):
    counts = sum(
        readings.moment("weights", name)
        for name in ("nan", "positive_infinity", "negative_infinity")
    )
    steps, tensors = np.nonzero(np.nan_to_num(counts) > 0)
    if not len(steps):
        return None
    return int(readings.steps[steps[0]]), list(run.tensors("weights"))[tensors[0]]


def _ratio(upper, lower):
    """Divide, NaN where there is nothing to divide by."""
    return np.divide(upper, lower, out=np.full_like(upper, np.nan), where=lower > 0)


def _fold(values, function):
    """Fold the known values of each column. (steps, columns) -> (columns,)."""
    columns = [column[np.isfinite(column)] for column in values.T]
    return np.array([function(column) if len(column) else np.nan for column in columns])


def _row_means(values):
    """Average the known values of each row, NaN where there are none. (rows, n) -> (rows,)."""
    return np.array([_mean(row[~np.isnan(row)]) for row in values])


def _mean(values):
    return float(np.mean(values)) if len(values) else math.nan


def _weighted_median(values, weights):
    if not len(values):
        return math.nan
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, below[-1] / 2)])


def _median(values):
    return float(np.median(values)) if len(values) else math.nan
