"""The rules of the verdict, each from evidence to findings: empty when it does not speak.

They are asked in the order of `ORDER`; the first that speaks is the verdict. A run of which none
speaks is adequate.
"""

import math

import numpy as np

from explorer.analysis import loss_signs, signs
from explorer.analysis import thresholds as limits
from explorer.analysis.evidence import Evidence
from explorer.analysis.findings import Finding, number
from explorer.analysis.when import judged


def diverged(evidence: Evidence) -> tuple[Finding, ...]:
    """Non-finite weights or losses at the end, or losses as good as that; the earliest first."""
    found = _present(
        signs.broken_weights(evidence),
        loss_signs.broken_loss(evidence),
        loss_signs.huge_loss(evidence),
    )
    return tuple(sorted(found, key=lambda finding: finding.step))


def too_early(evidence: Evidence) -> tuple[Finding, ...]:
    """Nothing to judge by, or fewer updates than any other verdict needs."""
    if np.isnan(evidence.losses).all():
        words = "The run has recorded no losses."
        return (_unknown(evidence, "Nothing to judge by", words, limits.FEWEST_LOSSES),)
    if math.isnan(evidence.late_share):
        words = "The run does not tell its classes, and its first loss is no level to fall from."
        title = "Nothing to compare the loss with"
        return (_unknown(evidence, title, words, limits.FEWEST_LEVELS),)
    return _present(signs.few_updates(evidence, limits.FEWEST_UPDATES))


def collapsed(evidence: Evidence) -> tuple[Finding, ...]:
    """No better than guessing, the same answer for every image, and dead inside.

    A network that has hardly begun also guesses, and may name one class for all images. What
    tells them apart is that a collapsed one lost its gradients or units, or was thrown far by
    single updates.
    """
    guesses, same = loss_signs.guessing(evidence), signs.one_answer(evidence)
    inside = (*_lasting_damage(evidence), *_present(signs.large_updates(evidence)))
    return _present(guesses, same, *inside) if guesses and same and inside else ()


def damaged(evidence: Evidence) -> tuple[Finding, ...]:
    """Units or gradients are lost for good, or large updates left nothing learned.

    Lost units alone are no alarm: a network may learn well with what is left.
    """
    lasting, thrown = _lasting_damage(evidence), signs.large_updates(evidence)
    unsolved, guesses = loss_signs.unsolved(evidence), loss_signs.guessing(evidence)
    if lasting and unsolved:
        return _present(*lasting, thrown, unsolved)
    return (thrown, guesses) if thrown and guesses else ()


def too_small(evidence: Evidence) -> tuple[Finding, ...]:
    """Little is learned, and all updates together hardly move the weights."""
    if signs.only_begun(evidence):
        return ()
    rests, unsolved = signs.short_path(evidence), loss_signs.unsolved(evidence)
    return (rests, unsolved) if rests and unsolved else ()


def undecided(evidence: Evidence) -> tuple[Finding, ...]:
    """Nothing learned, and no cause in sight; perhaps the training has only begun."""
    guesses = loss_signs.guessing(evidence)
    return _present(signs.only_begun(evidence), guesses) if guesses else ()


def adequate(evidence: Evidence) -> tuple[Finding, ...]:
    """It learns: the numbers that the other rules looked at, for comparison."""
    return _present(
        loss_signs.learns(evidence),
        signs.moving_weights(evidence),
        signs.living_gradients(evidence),
    )


def _unknown(evidence, title, words, limit):
    numbers = (number(limit.meaning, 0, limit),)
    return Finding(
        "nothing_known",
        title,
        words,
        numbers,
        chart="",
        source=limit.source,
        **judged(evidence),
    )


def _lasting_damage(evidence):
    return _present(signs.zero_gradients(evidence), signs.dead_convolution(evidence))


def _present(*findings):
    return tuple(finding for finding in dict.fromkeys(findings) if finding)


ORDER = (
    ("diverged", diverged),
    ("undecided", too_early),
    ("collapsed", collapsed),
    ("damaged", damaged),
    ("too_small", too_small),
    ("undecided", undecided),
)
