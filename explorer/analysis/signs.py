"""Single signs in the evidence, each a finding, or nothing where the sign is absent."""

import math

import numpy as np

from explorer.analysis import thresholds as limits
from explorer.analysis.evidence import Evidence
from explorer.analysis.findings import Finding, number, percent, short, sources


def broken_weights(evidence: Evidence) -> Finding | None:
    """Weights that are NaN or infinite."""
    if evidence.broken_weights is None:
        return None
    step, tensor = evidence.broken_weights
    return Finding(
        "nonfinite_weights",
        "Weights are not numbers",
        f"At the recorded step {step:,} weights of {tensor} are NaN or infinite.",
        (number("tensors with such weights", evidence.num_broken, limits.NONFINITE),),
        step,
        tensor,
        "weights",
        limits.NONFINITE.source,
    )


def broken_loss(evidence: Evidence) -> Finding | None:
    """Losses at the end that are NaN or infinite.

    A script that records no losses at all leaves NaN, too; its weights stay finite.
    """
    if np.isfinite(evidence.losses[-evidence.late_updates :]).all():
        return None
    if np.isnan(evidence.losses).all() and evidence.weights_stay_finite:
        return None
    count = int(np.count_nonzero(~np.isfinite(evidence.losses)))
    step = evidence.first_nonfinite_loss
    return Finding(
        "nonfinite_loss",
        "The loss is not a number",
        f"From step {step:,} on {count:,} of {len(evidence.losses):,} losses are NaN or infinite.",
        (number("such losses", count, limits.NONFINITE),),
        step,
        source=limits.NONFINITE.source,
    )


def huge_loss(evidence: Evidence) -> Finding | None:
    """A loss so large that it will not come back."""
    limit = limits.LOSS_AS_GOOD_AS_NAN
    if not limit.is_crossed(evidence.late_loss) or not evidence.late_share > 1:
        return None
    first = int(np.flatnonzero(evidence.losses >= limit.value)[0])
    return Finding(
        "huge_loss",
        "The loss ran away",
        f"The loss of the last batches is {short(evidence.late_loss)}.",
        (number("late loss", evidence.late_loss, limit),),
        evidence.step_of_update(first),
        source=limit.source,
    )


def guessing(evidence: Evidence) -> Finding | None:
    """A late loss no better than that of guessing."""
    return _loss_beside_guessing(
        evidence, "guessing", "No better than guessing", limits.NO_BETTER_THAN_GUESSING
    )


def unsolved(evidence: Evidence) -> Finding | None:
    """A late loss that is still a large part of that of guessing."""
    return _loss_beside_guessing(evidence, "unsolved", "Little is learned", limits.UNSOLVED)


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
        f"The network gives {percent(evidence.late_top)} of the probe images the same class.",
        (number("share of probe images given the same class", evidence.late_top, limit),),
        evidence.lasting_since(evidence.top, limit.value),
        chart="activations",
        source=limit.source,
    )


def zero_gradients(evidence: Evidence) -> Finding | None:
    """Most entries of the late gradients are exactly zero."""
    limit, shares = limits.ZERO_GRADIENTS, evidence.zero_share
    if not limit.is_crossed(evidence.late_zeros):
        return None
    gone = evidence.lasting_since(shares, limits.ALL_GRADIENTS_ZERO.value)
    title = "Most gradients are zero"
    words = f"{percent(evidence.late_zeros)} of the gradient entries are exactly 0 at the end."
    if gone is not None:
        title = "The gradients are gone"
        share = percent(limits.ALL_GRADIENTS_ZERO.value)
        words = (
            f"From step {gone:,} on {share} of the gradient entries and more are exactly 0: no "
            "filter learns any more."
        )
    return Finding(
        "zero_gradients",
        title,
        words,
        (number("share of exactly-zero gradient entries", evidence.late_zeros, limit),),
        evidence.lasting_since(shares, limit.value) if gone is None else gone,
        chart="zeros",
        source=limit.source,
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
        evidence.lasting_since(evidence.dead[:, worst], limit.value),
        layer,
        "activations",
        limit.source,
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
        times = short(evidence.largest_ratio[largest])
        words += f", at step {evidence.steps[largest]:,} the largest was {times} times"
    highest = float(evidence.largest_ratio[largest])
    return Finding(
        "large_updates",
        "Updates as large as the weights",
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
        f"{percent(evidence.path)} of their norm; half of them moved them by less than "
        f"{percent(evidence.median_ratio)}, where {percent(limits.USUAL_UPDATES.value)} is usual.",
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
    )


def few_updates(evidence: Evidence, limit: limits.Threshold) -> Finding | None:
    """Fewer updates than a verdict needs."""
    updates = len(evidence.losses)
    if not limit.is_crossed(updates):
        return None
    return Finding(
        "few_updates",
        "Too early to tell",
        f"Only {updates} weight updates were made; such a verdict needs {short(limit.value)}.",
        (number("weight updates", updates, limit),),
        source=limit.source,
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
    )


def learns(evidence: Evidence) -> Finding:
    """The loss fell below that of guessing."""
    limit = limits.NO_BETTER_THAN_GUESSING
    return Finding(
        "learns",
        "The loss fell",
        _losses(evidence),
        (number("late loss as a share of guessing", evidence.late_share, limit),),
        source=limit.source,
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
        f"{percent(evidence.median_ratio)} of their norm.",
        (number("median update-to-weight ratio, for reference", evidence.median_ratio, limit),),
        chart="ratio",
        source=limit.source,
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
    )


def _loss_beside_guessing(evidence, rule, title, limit):
    if not limit.is_crossed(evidence.late_share):
        return None
    return Finding(
        rule,
        title,
        _losses(evidence),
        (number("late loss as a share of guessing", evidence.late_share, limit),),
        source=limit.source,
    )


def _losses(evidence):
    return (
        f"The loss of the last batches is {short(evidence.late_loss)}; "
        f"{evidence.guess_words} is {short(evidence.guess_loss)}."
    )


def _thrown(evidence, place):
    """Name the kernel that the update of a recorded step threw farthest, and tell of it."""
    kernel = int(np.nanargmax(evidence.ratio[place]))
    name, times = evidence.kernels[kernel], short(evidence.ratio[place, kernel])
    return (
        name,
        f"At step {evidence.steps[place]:,} the update of {name} was {times} times its norm",
    )
