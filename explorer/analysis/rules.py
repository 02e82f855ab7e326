"""The rules of the verdict, each from evidence to findings: empty when it does not speak.

They are asked in the order of `ORDER`; the first that speaks is the verdict. A run of
which none speaks is adequate.
"""

import math

import numpy as np

from explorer.analysis import thresholds as limits
from explorer.analysis.evidence import Evidence
from explorer.analysis.findings import Finding, number, percent, short, sources


def diverged(evidence: Evidence) -> tuple[Finding, ...]:
    """Non-finite weights or losses at the end, or losses as good as that."""
    findings = [_broken_weights(evidence), _broken_loss(evidence), _huge_loss(evidence)]
    return tuple(finding for finding in findings if finding)


def collapsed(evidence: Evidence) -> tuple[Finding, ...]:
    """No better than guessing, the same answer for every image, and dead inside.

    A network that has hardly begun also guesses, and may name one class for all images. What
    tells them apart is that a collapsed one lost its gradients or units, or was thrown far by
    single updates.
    """
    guesses, same = _no_better_than_guessing(evidence), _one_answer(evidence)
    inside = [*_lasting_damage(evidence), *_large_updates(evidence)]
    if not (guesses and same and inside):
        return ()
    return (guesses, same, *inside)


def damaged(evidence: Evidence) -> tuple[Finding, ...]:
    """Units or gradients are lost for good, or large updates left nothing learned."""
    lasting, thrown = _lasting_damage(evidence), _large_updates(evidence)
    if lasting and limits.UNSOLVED.is_crossed(evidence.late_share):
        return (*lasting, *thrown, *_of(_unsolved(evidence)))
    guesses = _no_better_than_guessing(evidence)
    return (guesses, *thrown) if guesses and thrown else ()


def too_small(evidence: Evidence) -> tuple[Finding, ...]:
    """Little is learned, and the weights hardly move."""
    if not limits.UNSOLVED.is_crossed(evidence.late_share):
        return ()
    if not limits.SMALL_UPDATES.is_crossed(evidence.median_ratio):
        return ()
    ratio = number("median update-to-weight ratio", evidence.median_ratio, limits.SMALL_UPDATES)
    return (
        Finding(
            "small_updates",
            "The weights hardly move",
            f"Half of the updates changed the weights by less than {percent(evidence.median_ratio)}"
            f" of their norm; {percent(limits.USUAL_UPDATES.value)} is usual.",
            (ratio,),
            chart="ratio",
            source=sources(limits.SMALL_UPDATES, limits.USUAL_UPDATES),
        ),
        _unsolved(evidence),
    )


def undecided(evidence: Evidence) -> tuple[Finding, ...]:
    """Nothing to judge by, too early to judge, or nothing learned without a visible cause."""
    if not len(evidence.losses):
        return (Finding("no_losses", "Nothing to judge by", "The run recorded no losses yet."),)
    if early := too_early(evidence):
        return early
    if math.isnan(evidence.late_share):
        words = "The run does not tell what loss guessing would cost, and its first loss is none."
        return (Finding("no_reference", "Nothing to compare the loss with", words),)
    guesses = _no_better_than_guessing(evidence)
    return (guesses,) if guesses else ()


def too_early(evidence: Evidence) -> tuple[Finding, ...]:
    """Say so when fewer updates than a verdict needs were made."""
    updates = len(evidence.losses)
    if not limits.FEWEST_UPDATES.is_crossed(updates):
        return ()
    return (
        Finding(
            "few_updates",
            "Too early to tell",
            f"Only {updates} weight updates were made; a verdict needs "
            f"{limits.FEWEST_UPDATES.value}.",
            (number("weight updates", updates, limits.FEWEST_UPDATES),),
            source=limits.FEWEST_UPDATES.source,
        ),
    )


def adequate(evidence: Evidence) -> tuple[Finding, ...]:
    """It learns: the numbers that the other rules looked at, for comparison."""
    loss = number(
        "late loss as a share of guessing", evidence.late_share, limits.NO_BETTER_THAN_GUESSING
    )
    learns = Finding(
        "learns",
        "The loss fell",
        f"The loss of the last batches is {short(evidence.late_loss)}, "
        f"{evidence.guess_words} {short(evidence.guess_loss)}.",
        (loss,),
        source=limits.NO_BETTER_THAN_GUESSING.source,
    )
    return (learns, *_of(_usual_updates(evidence)), *_of(_living_gradients(evidence)))


def accident(evidence: Evidence) -> tuple[int, str, float] | None:
    """Return the first step with a large update, its kernel, and its ratio."""
    large = limits.LARGE_UPDATE.value <= evidence.largest_ratio
    places = np.flatnonzero(large)
    if not len(places):
        return None
    row = evidence.ratio[places[0]]
    kernel = int(np.nanargmax(row))
    return int(evidence.steps[places[0]]), evidence.kernels[kernel], float(row[kernel])


def _broken_weights(evidence):
    if evidence.broken_weights is None:
        return None
    step, tensor = evidence.broken_weights
    return Finding(
        "nonfinite_weights",
        "Weights are not numbers",
        f"At the recorded step {step:,} weights of {tensor} are NaN or infinite.",
        (number("tensors with such weights", 1, limits.NONFINITE),),
        step,
        tensor,
        "weights",
        limits.NONFINITE.source,
    )


def _broken_loss(evidence):
    if not len(evidence.losses) or np.isfinite(evidence.losses[-evidence.late_updates :]).all():
        return None
    count = np.count_nonzero(~np.isfinite(evidence.losses))
    step = evidence.first_nonfinite_loss
    return Finding(
        "nonfinite_loss",
        "The loss is not a number",
        f"From step {step:,} on {count:,} of {len(evidence.losses):,} losses are NaN or infinite.",
        (number("such losses", count, limits.NONFINITE),),
        step,
        source=limits.NONFINITE.source,
    )


def _huge_loss(evidence):
    limit = limits.LOSS_AS_GOOD_AS_NAN
    if not limit.is_crossed(evidence.late_loss) or not evidence.late_share > 1:
        return None
    first = int(np.flatnonzero(evidence.losses >= limit.value)[0])
    return Finding(
        "huge_loss",
        "The loss ran away",
        f"The loss of the last batches is {short(evidence.late_loss)}.",
        (number("late loss", evidence.late_loss, limit),),
        int(evidence.metrics.train["step"].iloc[first]),
        source=limit.source,
    )


def _no_better_than_guessing(evidence):
    limit = limits.NO_BETTER_THAN_GUESSING
    if not limit.is_crossed(evidence.late_share):
        return None
    return Finding(
        "guessing",
        "No better than guessing",
        f"The loss of the last batches is {short(evidence.late_loss)}; {evidence.guess_words} "
        f"is {short(evidence.guess_loss)}.",
        (number("late loss as a share of guessing", evidence.late_share, limit),),
        source=limit.source,
    )


def _one_answer(evidence):
    limit = limits.ONE_ANSWER
    if math.isnan(evidence.late_top):
        return _no_gradients(evidence)
    if not limit.is_crossed(evidence.late_top):
        return None
    crossed = evidence.top >= limit.value
    return Finding(
        "one_answer",
        "One answer for every image",
        f"The network gives {percent(evidence.late_top)} of the probe images the same class.",
        (number("share of probe images given the same class", evidence.late_top, limit),),
        evidence.lasting_since(crossed, np.isfinite(evidence.top)),
        chart="activations",
        source=limit.source,
    )


def _no_gradients(evidence):
    """Without probe images: a network whose gradients are all zero answers nothing any more."""
    if not limits.ALL_GRADIENTS_ZERO.is_crossed(evidence.late_zeros):
        return None
    return _zero_gradients(evidence)


def _lasting_damage(evidence):
    return [*_of(_zero_gradients(evidence)), *_of(_dead_convolution(evidence))]


def _zero_gradients(evidence):
    limit = limits.ZERO_GRADIENTS
    if not limit.is_crossed(evidence.late_zeros):
        return None
    known = np.isfinite(evidence.zero_share)
    step = evidence.lasting_since(evidence.zero_share >= limit.value, known)
    all_zero = evidence.zero_share >= limits.ALL_GRADIENTS_ZERO.value
    gone = evidence.lasting_since(all_zero, known)
    words = f"{percent(evidence.late_zeros)} of the gradient entries are exactly 0 at the end."
    if gone is not None:
        words = f"From step {gone:,} on every gradient is exactly 0: nothing can be learned."
    return Finding(
        "zero_gradients",
        "The gradients are gone" if gone is not None else "Most gradients are zero",
        words,
        (number("share of exactly-zero gradient entries", evidence.late_zeros, limit),),
        step if gone is None else gone,
        chart="zeros",
        source=limit.source,
    )


def _dead_convolution(evidence):
    worst, limit = evidence.worst_convolution, limits.DEAD_SHARE
    if worst is None or not limit.is_crossed(evidence.late_dead[worst]):
        return None
    layer, dead = evidence.layers[worst], evidence.dead[:, worst]
    share = evidence.late_dead[worst]
    return Finding(
        "dead_convolution",
        "Most channels of a convolution are dead",
        f"{percent(share)} of the channels of {layer} are 0 on every probe image.",
        (number(f"share of dead channels of {layer}", share, limit),),
        evidence.lasting_since(dead >= limit.value, np.isfinite(dead)),
        layer,
        "activations",
        limit.source,
    )


def _large_updates(evidence):
    first = accident(evidence)
    if first is None:
        return []
    step, kernel, ratio = first
    largest = evidence.largest_ratio.argmax()
    words = f"At step {step:,} the update of {kernel} was {short(ratio)} times its weights"
    if evidence.steps[largest] != step:
        top = short(evidence.largest_ratio[largest])
        words += f", at step {evidence.steps[largest]:,} the largest was {top} times"
    return [
        Finding(
            "large_updates",
            "Updates as large as the weights",
            words + ".",
            (number("largest update-to-weight ratio", ratio, limits.LARGE_UPDATE),),
            step,
            kernel,
            "ratio",
            limits.LARGE_UPDATE.source,
        )
    ]


def _unsolved(evidence):
    return Finding(
        "unsolved",
        "Little is learned",
        f"The loss of the last batches is {short(evidence.late_loss)}; {evidence.guess_words} "
        f"is {short(evidence.guess_loss)}.",
        (number("late loss as a share of guessing", evidence.late_share, limits.UNSOLVED),),
        source=limits.UNSOLVED.source,
    )


def _usual_updates(evidence):
    if math.isnan(evidence.median_ratio):
        return None
    return Finding(
        "usual_updates",
        "The weights move",
        f"Half of the updates changed the weights by more than {percent(evidence.median_ratio)} "
        "of their norm.",
        (number("median update-to-weight ratio", evidence.median_ratio, limits.SMALL_UPDATES),),
        chart="ratio",
        source=sources(limits.SMALL_UPDATES, limits.USUAL_UPDATES),
    )


def _living_gradients(evidence):
    if math.isnan(evidence.late_zeros):
        return None
    return Finding(
        "living_gradients",
        "Gradients arrive",
        f"{percent(evidence.late_zeros)} of the gradient entries are exactly 0 at the end.",
        (number("share of exactly-zero entries", evidence.late_zeros, limits.ZERO_GRADIENTS),),
        chart="zeros",
        source=limits.ZERO_GRADIENTS.source,
    )


def _of(finding):
    return [] if finding is None else [finding]


ORDER = {
    "diverged": diverged,
    "collapsed": collapsed,
    "damaged": damaged,
    "too_small": too_small,
    "undecided": undecided,
}
