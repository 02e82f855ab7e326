"""What a network that ignores its input would reach: the level to compare a loss with."""

import json
import math

import numpy as np

from explorer.analysis.readings import Readings
from explorer.runs import Metrics, Run

GUESSING, FIRST = "the loss of guessing", "the first loss"


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
        return float(-(known * np.log(known)).sum()), GUESSING
    first = metrics.train["loss"].to_numpy(float)[:1]
    return (float(first[0]) if len(first) else math.nan), FIRST


def measures_cross_entropy(run: Run) -> bool | None:
    """Say whether the network was trained on cross-entropy; `None` when the run does not tell.

    The sum of the losses of several outputs is none, even if one of them is.
    """
    try:
        compiled = json.loads(run.network.get("keras") or "")["compile_config"]["loss"]
    except (ValueError, TypeError, KeyError, RecursionError):
        compiled = run.network.get("loss")
    if isinstance(compiled, (dict, list)) and "class_name" not in compiled and len(compiled) > 1:
        return False
    words = json.dumps(compiled).lower().replace("_", "").replace(" ", "")
    return "crossentropy" in words if compiled else None
