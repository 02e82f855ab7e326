"""Single signs in what was recorded, each a finding, or nothing where the sign is absent.

Each names a step: the one at which it happened, the one since which it has held, or, where it is
said of the run as a whole, the last one.
"""

import math

import numpy as np

from explorer.analysis import thresholds as limits
from explorer.analysis.evidence import Evidence
from explorer.analysis.findings import Finding, number, percent, short, sources
from explorer.analysis.when import judged, since
from explorer.runs.source import UPDATES


def broken_weights(evidence: Evidence) -> Finding | None:
    """Weights that are NaN or infinite."""
    if evidence.broken_weights is None:
        return None
    step, tensor = evidence.broken_weights
    return Finding(
        "nonfinite_weights",
        "Weights are not numbers",
        f"At step {step:,} weights of {tensor} are NaN or infinite.",
        (number("tensors with such weights", evidence.num_broken, limits.NONFINITE),),
        step,
        tensor,
        "weights",
        limits.NONFINITE.source,
    )


def one_answer(evidence: Evidence) -> Finding | None:
    """The same class for nearly every probe image.

    Without probe images all-zero gradients stand in: such a network is fixed for good.
    """
    limit = limits.ONE_ANSWER
    if math.isnan(evidence.late_top):
        gone = limits.ALL_GRADIENTS_ZERO.is_crossed(evidence.late_zeros)
        return zero_gradients(evidence) if gone else None
    if not limit.is_crossed(evidence.late_top):
        return None
    return Finding(
        "one_answer",
        "One answer for every image",
        f"The network gives the same answer for {percent(evidence.late_top)} of the probe images.",
        (number("share of probe images given the same class", evidence.late_top, limit),),
        chart="activations",
        source=limit.source,
        **since(evidence, evidence.lasting_since(evidence.top, limit)),
    )


def zero_gradients(evidence: Evidence) -> Finding | None:
    """Most entries of the late gradients are exactly zero."""
    limit, shares = limits.ZERO_GRADIENTS, evidence.zero_share
    if not limit.is_crossed(evidence.late_zeros):
        return None
    gone = evidence.lasting_since(shares, limits.ALL_GRADIENTS_ZERO)
    title = "Most gradients are zero"
    words = f"{percent(evidence.late_zeros)} of the gradient entries are exactly 0 at the end."
    if gone is not None:
        title = "The gradients are gone"
        share = percent(limits.ALL_GRADIENTS_ZERO.value)
        words = (
            f"At least {share} of the gradient entries are exactly 0: no filter learns any more."
        )
    return Finding(
        "zero_gradients",
        title,
        words,
        (number("share of exactly-zero gradient entries", evidence.late_zeros, limit),),
        chart="zeros",
        source=limit.source,
        **since(evidence, evidence.lasting_since(shares, limit) if gone is None else gone),
    )


def dead_convolution(evidence: Evidence) -> Finding | None:
    """A convolution most of whose channels never fire."""
    worst, limit = evidence.worst_convolution, limits.DEAD_SHARE
    if worst is None or not limit.is_crossed(evidence.late_dead[worst]):
        return None
    layer, share = evidence.layers[worst], evidence.late_dead[worst]
    return Finding(
        "dead_convolution",
        "Most channels of a convolution are dead",
        f"{percent(share)} of the channels of {layer} are 0 on every probe image.",
        (number(f"share of dead channels of {layer}", share, limit),),
        place=layer,
        chart="activations",
        source=limit.source,
        **since(evidence, evidence.lasting_since(evidence.dead[:, worst], limit)),
    )


def large_updates(evidence: Evidence) -> Finding | None:
    """Single updates that threw a kernel far from where it was."""
    places = np.flatnonzero(evidence.largest_ratio >= limits.LARGE_UPDATE.value)
    if not len(places):
        return None
    largest = int(evidence.largest_ratio.argmax())
    kernel, words = _thrown(evidence, places[0])
    step = int(evidence.steps[places[0]])
    if largest != places[0]:
        other, _ = _thrown(evidence, largest)
        times = short(evidence.largest_ratio[largest])
        words += (
            f"; the largest, at step {evidence.steps[largest]:,}, changed {other} by {times} times"
        )
    highest = float(evidence.largest_ratio[largest])
    return Finding(
        "large_updates",
        "Very large updates",
        words + ".",
        (number("largest update-to-weight ratio", highest, limits.LARGE_UPDATE),),
        step,
        kernel,
        "ratio",
        limits.LARGE_UPDATE.source,
    )


def short_path(evidence: Evidence) -> Finding | None:
    """Weights that all updates together cannot have moved far.

    The sum and not the single update decides: many small steps lead as far as few large ones.
    """
    if not limits.SHORT_PATH.is_crossed(evidence.path):
        return None
    return Finding(
        "short_path",
        "The weights hardly move",
        f"All {len(evidence.losses):,} updates together could move the weights by at most "
        f"{percent(evidence.path)} of their size.",
        (
            number("sum of all updates over weights", evidence.path, limits.SHORT_PATH),
            number(
                "median update-to-weight ratio, for reference",
                evidence.median_ratio,
                limits.USUAL_UPDATES,
            ),
        ),
        chart="ratio",
        source=sources(limits.SHORT_PATH, limits.USUAL_UPDATES),
        **judged(evidence),
    )


def few_updates(evidence: Evidence, limit: limits.Threshold) -> Finding | None:
    """Fewer updates than a verdict needs."""
    updates = evidence.known_updates
    if not limit.is_crossed(updates):
        return None
    words = f"Only {updates} weight update{' was' if updates == 1 else 's were'} made"
    if evidence.unit not in (None, UPDATES):
        losses = "loss is" if updates == 1 else "losses are"
        words = f"Only {updates} {losses} known, and not how many updates they stand for"
    return Finding(
        "few_updates",
        "Too early to tell",
        f"{words}; such a verdict needs {short(limit.value)}.",
        (number("weight updates", updates, limit),),
        source=limit.source,
        **judged(evidence),
    )


def only_begun(evidence: Evidence) -> Finding | None:
    """A training too young to be called slow."""
    if few := few_updates(evidence, limits.FEWEST_FOR_SMALL):
        return few
    limit, done = limits.LEAST_DONE_FOR_SMALL, evidence.share_done
    if not (limit.is_crossed(done) or evidence.is_warming_up):
        return None
    words = f"{percent(done)} of the planned updates were made"
    words += ", and the learning rate still rises." if evidence.is_warming_up else "."
    return Finding(
        "only_begun",
        "Too early to tell",
        words,
        (number("share of the planned updates", done, limit),),
        chart="learning_rate",
        source=limit.source,
        **judged(evidence),
    )


def moving_weights(evidence: Evidence) -> Finding | None:
    """How far single updates move the weights, beside the textbook's number."""
    if math.isnan(evidence.median_ratio):
        return None
    limit = limits.USUAL_UPDATES
    return Finding(
        "moving_weights",
        "The weights move",
        f"Half of the updates changed the weights by more than "
        f"{percent(evidence.median_ratio)} of their size.",
        (number("median update-to-weight ratio, for reference", evidence.median_ratio, limit),),
        chart="ratio",
        source=limit.source,
        **judged(evidence),
    )


def living_gradients(evidence: Evidence) -> Finding | None:
    """Gradients that are not mostly zero, when they were recorded."""
    limit = limits.ZERO_GRADIENTS
    if math.isnan(evidence.late_zeros) or limit.is_crossed(evidence.late_zeros):
        return None
    return Finding(
        "living_gradients",
        "Gradients arrive",
        f"{percent(evidence.late_zeros)} of the gradient entries are exactly 0 at the end.",
        (number("share of exactly-zero gradient entries", evidence.late_zeros, limit),),
        chart="zeros",
        source=limit.source,
        **since(evidence, evidence.lasting_since(evidence.zero_share, limit, crossed=False)),
    )


def _thrown(evidence, place):
    """Name the kernel that the update of a recorded step threw farthest, and tell of it."""
    kernel = int(np.nanargmax(evidence.ratio[place]))
    name, times = evidence.kernels[kernel], short(evidence.ratio[place, kernel])
    return (
        name,
        f"At step {evidence.steps[place]:,} one update changed {name} by {times} times its size",
    )
