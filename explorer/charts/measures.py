"""Everything that is one number a step, of two runs: which quantities, with which guides."""

from collections.abc import Sequence
from math import isfinite

import numpy as np

from explorer.analysis import thresholds
from explorer.analysis.evidence import Evidence
from explorer.analysis.guessing import FIRST, GUESSING
from explorer.charts.scalar_series import Panel, Series

GUIDES = {GUESSING: "guessing", FIRST: "first loss"}


def measures(every: Sequence[Evidence]) -> list[Panel]:
    """Return the quantities that at least one run has measured, each with a line a run.

    Args:
        every: What was measured of each run. (runs,)
    """
    return [panel for panel in _panels(every) if panel.series]


def _panels(every):
    is_entropy = any(one.guess_words == GUESSING for one in every if _is_measured(one))
    chance = _guides([(one.guess_loss, GUIDES[one.guess_words]) for one in every], every, ".2f")
    luck = _guides([(one.guess_accuracy, "guessing") for one in every], every, ".0%")
    yield Panel(
        "loss",
        "Loss: does it fall below guessing?" if is_entropy else "Loss: does it fall?",
        "Cross-entropy loss, nats" if is_entropy else "Loss",
        [*_scalar(every, "loss", is_always_known=True), *_validation(every, "loss")],
        chance,
    )
    yield Panel(
        "accuracy",
        "Accuracy: does it beat guessing?" if luck else "Accuracy: does it rise?",
        "Share of images",
        [*_scalar(every, "accuracy"), *_validation(every, "accuracy")],
        luck,
        top=1.0,
        format=".0%",
    )
    yield Panel(
        "ratio",
        "How far does an update move the weights?",
        "Norm of update / norm of weights",
        _recorded(every, "ratio"),
        [(thresholds.USUAL_UPDATES.value, "a textbook value, about 0.001")],
        logarithmic=True,
        smallest=1e-5,
    )
    yield Panel(
        "gradient_norm",
        "How steep is the loss?",
        "Norm of the whole gradient",
        _scalar(every, "gradient_norm"),
        smallest=1e-4,
    )
    yield Panel(
        "zeros",
        "How much of the gradient is exactly zero?",
        "Share of the entries",
        _recorded(every, "zeros"),
        top=1.0,
        format=".0%",
    )
    yield Panel(
        "learning_rate",
        "Learning rate",
        "Factor of the gradient",
        _scalar(every, "learning_rate"),
        logarithmic=_far_apart(every),
        smallest=1e-4,
    )


def _is_measured(one):
    """Say whether a run has losses or accuracies, beside which a line of guessing can stand."""
    return len(one.metrics.train) > 0 or len(one.metrics.validation) > 0


def _guides(found, every, digits):
    """Draw equal guides once, different ones by the letter of the run."""
    known = [
        (value, words, letter)
        for (value, words), one, letter in zip(found, every, "AB", strict=False)
        if isfinite(value) and _is_measured(one)
    ]
    if len({round(value, 6) for value, *_ in known}) < 2:
        return [(value, f"{words}, {value:{digits}}") for value, words, _ in known[:1]]
    return [(value, f"{words} in run {letter}, {value:{digits}}") for value, words, letter in known]


def _scalar(every, column, *, is_always_known=False):
    """Return a line a run; one that is nowhere a number was not measured, or is lost and said."""
    return [
        Series(run, train["step"].to_numpy(), train[column].to_numpy(float))
        for run, train in enumerate(one.metrics.train for one in every)
        if np.isfinite(train[column]).any() or (is_always_known and len(train))
    ]


def _validation(every, column):
    return [
        Series(
            run,
            table["step"].to_numpy(),
            table[column].to_numpy(float),
            "validation",
            "Validation images",
        )
        for run, table in enumerate(one.metrics.validation for one in every)
        if len(table)
    ]


def _recorded(every, name):
    """Return a thin line a kernel, and their median or mean as the thick one."""
    found = []
    for run, one in enumerate(every):
        values = getattr(one, name)
        known = np.isfinite(values).any(axis=1) if values.size else np.zeros(len(one.steps), bool)
        if not known.any():
            continue
        steps, values = one.steps[known], values[known]
        middle = np.nanmedian(values, axis=1) if name == "ratio" else np.nanmean(values, axis=1)
        words = "Median of the kernels" if name == "ratio" else "Mean of the kernels"
        found += [
            Series(run, steps, values[:, number], "layer", kernel)
            for number, kernel in enumerate(one.kernels)
        ]
        found.append(Series(run, steps, middle, "recorded", words))
    return found


def _far_apart(every):
    rates = [one.metrics.train["learning_rate"].max() for one in every]
    rates = [rate for rate in rates if isfinite(rate) and rate > 0]
    return len(rates) > 1 and bool(max(rates) > 10 * min(rates))
