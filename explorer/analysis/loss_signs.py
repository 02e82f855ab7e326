"""Single signs in the losses, each a finding, or nothing where the sign is absent."""

import numpy as np

from explorer.analysis import thresholds as limits
from explorer.analysis.evidence import Evidence
from explorer.analysis.findings import Finding, number, short
from explorer.analysis.guessing import GUESSING
from explorer.analysis.when import since


def broken_loss(evidence: Evidence) -> Finding | None:
    """Losses at the end that are NaN or infinite.

    A script that records no losses at all leaves NaN, too; its weights stay finite.
    """
    if np.isfinite(evidence.losses[-evidence.late_updates :]).all():
        return None
    if np.isnan(evidence.losses).all() and evidence.weights_stay_finite:
        return None
    count = evidence.num_nonfinite_losses
    step = evidence.first_nonfinite_loss
    return Finding(
        "nonfinite_loss",
        "The loss is not a number",
        f"From step {step:,} on, {count:,} of {len(evidence.losses):,} losses are NaN or infinite.",
        (number("such losses", count, limits.NONFINITE),),
        step,
        source=limits.NONFINITE.source,
        when="since",
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
        f"The loss at the end is {short(evidence.late_loss)}.",
        (number("late loss", evidence.late_loss, limit),),
        evidence.step_of_update(first),
        source=limit.source,
    )


def guessing(evidence: Evidence) -> Finding | None:
    """A late loss no better than that of guessing."""
    level = "guessing" if evidence.guess_words == GUESSING else "at the beginning"
    return _loss_beside_guessing(
        evidence, "guessing", f"No better than {level}", limits.NO_BETTER_THAN_GUESSING
    )


def unsolved(evidence: Evidence) -> Finding | None:
    """A late loss that is still a large part of that of guessing."""
    return _loss_beside_guessing(evidence, "unsolved", "Little is learned", limits.UNSOLVED)


def learns(evidence: Evidence) -> Finding:
    """The loss fell below that of guessing."""
    limit = limits.NO_BETTER_THAN_GUESSING
    return Finding(
        "learns",
        "The loss fell",
        _losses(evidence),
        (number(f"late loss as a share of {evidence.guess_words}", evidence.late_share, limit),),
        source=limit.source,
        **since(evidence, evidence.loss_since(limit, crossed=False)),
    )


def _loss_beside_guessing(evidence, rule, title, limit):
    if not limit.is_crossed(evidence.late_share):
        return None
    return Finding(
        rule,
        title,
        _losses(evidence),
        (number(f"late loss as a share of {evidence.guess_words}", evidence.late_share, limit),),
        source=limit.source,
        **since(evidence, evidence.loss_since(limit)),
    )


def _losses(evidence):
    return (
        f"The loss at the end is {short(evidence.late_loss)}; "
        f"{evidence.guess_words} is {short(evidence.guess_loss)}."
    )
