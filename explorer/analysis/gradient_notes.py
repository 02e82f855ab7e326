"""Notes on how gradients change on their way from the last layer to the first."""

import math

import numpy as np

from explorer.analysis import thresholds as limits
from explorer.analysis.evidence import LATE_STEPS, Evidence
from explorer.analysis.findings import Finding, number, short


def vanishing_gradients(evidence: Evidence) -> Finding | None:
    """Gradients that fade on their way to the first layer, without being exactly zero."""
    first, last = _gradients_at_the_ends(evidence)
    ratio = first / last if last > 0 else math.nan
    fades = limits.VANISHING_RATIO.is_crossed(ratio) and limits.VANISHING_NORM.is_crossed(first)
    if not fades or not first > 0:
        return None
    return Finding(
        "vanishing_gradients",
        "Gradients vanish",
        f"The gradient of {evidence.kernels[0]} is {short(ratio)} times that of "
        f"{evidence.kernels[-1]}: the first layers hardly learn.",
        (
            number("first gradient norm over last", ratio, limits.VANISHING_RATIO),
            number("first gradient norm", first, limits.VANISHING_NORM),
        ),
        _last_gradient_step(evidence),
        evidence.kernels[0],
        "gradient_norm",
        limits.VANISHING_RATIO.source,
        "judged",
    )


def exploding_gradients(evidence: Evidence) -> Finding | None:
    """Gradients that grow on their way to the first layer."""
    first, last = _gradients_at_the_ends(evidence)
    ratio = first / last if last > 0 else math.nan
    if not limits.EXPLODING_RATIO.is_crossed(ratio):
        return None
    return Finding(
        "exploding_gradients",
        "Gradients explode",
        f"The gradient of {evidence.kernels[0]} is {short(ratio)} times that of "
        f"{evidence.kernels[-1]}.",
        (number("first gradient norm over last", ratio, limits.EXPLODING_RATIO),),
        _last_gradient_step(evidence),
        evidence.kernels[0],
        "gradient_norm",
        limits.EXPLODING_RATIO.source,
        "judged",
    )


def _gradients_at_the_ends(evidence):
    """Return the late gradient norms of the first and of the last kernel."""
    known = evidence.gradient_norm[np.isfinite(evidence.gradient_norm).all(axis=1)][-LATE_STEPS:]
    if len(evidence.kernels) < 2 or not len(known):
        return math.nan, math.nan
    return float(np.median(known[:, 0])), float(np.median(known[:, -1]))


def _last_gradient_step(evidence):
    known = np.flatnonzero(np.isfinite(evidence.gradient_norm).all(axis=1))
    return int(evidence.steps[known[-1]])
