"""What is worth knowing beside the verdict. A note never changes it."""

import math
from collections.abc import Sequence

import numpy as np

from explorer.analysis import thresholds as limits
from explorer.analysis.evidence import EARLY_UPDATES, Evidence
from explorer.analysis.findings import Finding, number, percent, short, sources
from explorer.analysis.gradient_notes import exploding_gradients, vanishing_gradients
from explorer.analysis.measuring import steps_together
from explorer.analysis.when import judged, since
from explorer.runs import Run

FEWEST_VALIDATIONS = 5
HIGH_ACCURACY = 0.9
MOST_NAMED = 5


def notes_on(run: Run, evidence: Evidence, verdict: str) -> tuple[Finding, ...]:
    """Return the notes on a run, those on its learning first."""
    notes = [
        overfitting(evidence),
        oscillation(evidence),
        recovered_spike(evidence),
        vanishing_gradients(evidence),
        exploding_gradients(evidence),
        None if verdict == "collapsed" else dead_units(evidence),
        nonfinite_in_passing(evidence) if verdict != "diverged" else None,
        *saturation(evidence),
        no_rectifiers(evidence),
        updates_together(run, evidence),
        cannot_tell(run, evidence),
        damaged_steps(run),
    ]
    return tuple(note for note in notes if note)


def overfitting(evidence: Evidence) -> Finding | None:
    """Training accuracy well above validation accuracy."""
    validation = evidence.metrics.validation.dropna(subset=["accuracy"])
    if validation.empty or math.isnan(evidence.late_accuracy):
        return None
    high = evidence.late_accuracy > HIGH_ACCURACY
    limit = limits.OVERFIT_GAP_HIGH if high else limits.OVERFIT_GAP
    known = float(validation["accuracy"].iloc[-1])
    gap = evidence.late_accuracy - known
    if not limit.is_crossed(gap):
        return None
    return Finding(
        "overfitting",
        "Overfitting",
        f"{percent(evidence.late_accuracy)} of the training images are right, "
        f"but only {percent(known)} of the validation images.",
        (number("training accuracy minus validation accuracy", gap, limit),),
        int(validation["step"].iloc[-1]),
        chart="accuracy",
        source=limit.source,
        when="judged",
    )


def oscillation(evidence: Evidence) -> Finding | None:
    """Validation accuracy that falls and rises again, time after time."""
    validation = evidence.metrics.validation.dropna(subset=["accuracy"])
    accuracy = validation["accuracy"].to_numpy(float)
    if len(accuracy) < FEWEST_VALIDATIONS:
        return None
    change = np.diff(accuracy)
    turns = np.r_[False, change[1:] * change[:-1] < 0]
    swings = turns & (np.abs(change) >= limits.SWING.value)
    share = float(swings.mean())
    if not limits.SWING_SHARE.is_crossed(share):
        return None
    return Finding(
        "oscillation",
        "The validation accuracy swings",
        f"{np.count_nonzero(swings)} of {len(swings)} times it turned round by "
        f"{percent(limits.SWING.value)} or more.",
        (number("share of validations that swing", share, limits.SWING_SHARE),),
        int(validation["step"].iloc[int(np.flatnonzero(swings)[0]) + 1]),
        chart="accuracy",
        source=sources(limits.SWING, limits.SWING_SHARE),
        when="since",
    )


def recovered_spike(evidence: Evidence) -> Finding | None:
    """A loss that shot up early and came down again: no proof of a bad rate."""
    early = evidence.losses[:EARLY_UPDATES]
    if not len(early) or limits.NO_BETTER_THAN_GUESSING.is_crossed(evidence.late_share):
        return None
    highest = float(np.where(np.isfinite(early), early, np.inf).max())
    times = highest / early[0] if early[0] > 0 else math.nan
    if not limits.EARLY_SPIKE.is_crossed(times) or not evidence.late_share < 1:
        return None
    return Finding(
        "recovered_spike",
        "An early spike of the loss",
        f"The loss rose to {short(highest)} at first and came down again. That happens with rates "
        "near the largest that work.",
        (number("largest early loss as a multiple of the first", times, limits.EARLY_SPIKE),),
        evidence.step_of_update(int(np.argmax(early == highest))),
        source=limits.EARLY_SPIKE.source,
    )


def nonfinite_in_passing(evidence: Evidence) -> Finding | None:
    """Losses that were no numbers for a while."""
    step = evidence.first_nonfinite_loss
    if step is None:
        return None
    count = evidence.num_nonfinite_losses
    return Finding(
        "nonfinite_in_passing",
        "Losses that are not numbers",
        f"{count:,} loss{' is' if count == 1 else 'es are'} NaN or infinite, the first at step "
        f"{step:,}; later ones are finite.",
        (number("such losses", count, limits.NONFINITE),),
        step,
        source=limits.NONFINITE.source,
    )


def dead_units(evidence: Evidence) -> Finding | None:
    """Layers most of whose channels never fire on the probe images."""
    limit = limits.DEAD_SHARE
    dead = [i for i, share in enumerate(evidence.late_dead) if limit.is_crossed(share)]
    if not dead:
        return None
    named = ", ".join(f"{evidence.layers[i]} ({percent(evidence.late_dead[i])})" for i in dead)
    worst = max(dead, key=lambda i: evidence.late_dead[i])
    return Finding(
        "dead_units",
        "Dead units",
        f"Most channels are 0 on every probe image in {named}. In dense layers that is common in "
        "good networks, too.",
        tuple(
            number(f"share of dead channels of {evidence.layers[i]}", evidence.late_dead[i], limit)
            for i in dead
        ),
        place=evidence.layers[worst],
        chart="activations",
        source=limit.source,
        **since(evidence, evidence.lasting_since(evidence.dead[:, worst], limit)),
    )


def saturation(evidence: Evidence) -> list[Finding]:
    """Layers with a bounded activation function that sit at their bound."""
    limit = limits.SATURATED_SHARE
    return [
        Finding(
            "saturation",
            f"{layer} is saturated",
            f"{percent(share)} of the outputs of {layer} lie near their bound, where gradients "
            "vanish.",
            (number(f"share of saturated outputs of {layer}", share, limit),),
            int(evidence.steps[-1]),
            layer,
            "activations",
            limit.source,
            "judged",
        )
        for layer, share in zip(evidence.layers, evidence.saturated, strict=True)
        if limit.is_crossed(share)
    ]


def no_rectifiers(evidence: Evidence) -> Finding | None:
    """Say that dead units and zero gradients tell nothing about such a network."""
    known = np.flatnonzero(np.isfinite(evidence.readings.active).any(axis=1))
    if not len(evidence.layers) or not len(known) or evidence.is_rectified.any():
        return None
    limit = limits.FEWEST_RECTIFIED
    return Finding(
        "no_rectifiers",
        "No layer is cut off at zero",
        "Dead units and zero gradients tell of networks with ReLU; this one seems to have none, "
        "so the verdict rests on losses, answers and updates.",
        (number(limit.meaning, 0, limit),),
        int(evidence.steps[known[-1]]),
        chart="activations",
        source=limit.source,
        when="judged",
    )


def updates_together(run: Run, evidence: Evidence) -> Finding | None:
    """Say that single updates are not known where Keras makes several before it calls back."""
    count, limit = steps_together(run), limits.FEWEST_TOGETHER
    if not limit.is_crossed(count) or not len(evidence.steps):
        return None
    return Finding(
        "updates_together",
        "Updates are known several at a time",
        f"Keras made {count:,} updates at a time. What is recorded is the change all of them "
        "made, and their mean is judged: a single large one may go unseen.",
        (number(limit.meaning, count, limit),),
        int(evidence.steps[0]),
        chart="ratio",
        source=limit.source,
        when="since",
    )


IN_SUMMARY = "What the summary names was not recorded, so the rules about it did not speak."


def cannot_tell(run: Run, evidence: Evidence) -> Finding | None:
    """Say which rules could not be asked, because what they look at was not recorded."""
    missing = _not_measured(evidence)
    if not missing or run.is_live or not (len(evidence.steps) or len(evidence.losses)):
        return None
    limit = limits.FEWEST_UNASKED
    return Finding(
        "cannot_tell",
        "Not all rules could be asked",
        IN_SUMMARY if run.source else untold_words(evidence),
        (number(limit.meaning, len(missing), limit),),
        chart="",
        source=limit.source,
        **judged(evidence),
    )


def untold_words(evidence: Evidence) -> str:
    """Say what could not be told; nothing where all could."""
    missing = _not_measured(evidence)
    return f"This cannot tell {listed(missing)}: it was not recorded." if missing else ""


def _not_measured(evidence):
    measured = {
        "how far updates move the weights": evidence.ratio,
        "whether gradients are zero": evidence.zeros,
        "whether units are dead": evidence.readings.active,
        "whether all images get the same answer": evidence.top,
    }
    return [what for what, values in measured.items() if not np.isfinite(values).any()]


def listed(words: Sequence[str]) -> str:
    """Write several things as people do.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b or c')
    """
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def damaged_steps(run: Run) -> Finding | None:
    """Name the recorded steps that could not be read."""
    if not run.damaged:
        return None
    named = ", ".join(f"{step:,}" for step in run.damaged[:MOST_NAMED])
    more, limit = len(run.damaged) - MOST_NAMED, limits.FEWEST_DAMAGED
    named += f" and {more:,} more" if more > 0 else ""
    return Finding(
        "damaged_steps",
        "Recorded steps are damaged",
        f"These could not be read and were left out: {named}.",
        (number(limit.meaning, len(run.damaged), limit),),
        run.damaged[0],
        source=limit.source,
    )
