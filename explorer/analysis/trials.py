"""What has become of the trials of a sweep, as numbers and one word each."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd

from explorer.runs import Run

OUTCOMES = {
    "adequate": "Adequate",
    "too_small": "Too small",
    "undecided": "Undecided",
    "damaged": "Too large: damaged",
    "collapsed": "Too large: collapsed",
    "diverged": "Too large: diverged",
    "failed": "Failed",
    "stopped": "Stopped before it began",
    "at_work": "Still training",
    "waiting": "Waiting",
}


@dataclass(frozen=True)
class Trial:
    """A trial as it is now.

    Args:
        run: Id of its run.
        name: Of the run, for people.
        learning_rate: It was trained with.
        seed: It was trained with.
        outcome: A key of `OUTCOMES`.
        accuracy: On the validation images, at the last validation; NaN without any.
        progress: Share of its steps that is done, 0 to 1.
    """

    run: str
    name: str
    learning_rate: float
    seed: int
    outcome: str
    accuracy: float
    progress: float


def outcome_of(run: Run, verdict: str | None) -> str:
    """Return what has become of a trial.

    Args:
        run: Its run.
        verdict: On its learning rate, where it has ended and something was recorded.
    """
    if run.is_live:
        return "waiting" if run.status == "waiting" else "at_work"
    if run.status == "failed" or verdict is None:
        return "failed" if run.status == "failed" else "stopped"
    return verdict


def best(trials: Sequence[Trial]) -> Trial | None:
    """Return the trial with the highest accuracy, of equals the one with the smallest rate."""
    measured = [trial for trial in trials if not math.isnan(trial.accuracy)]
    return min(
        measured, key=lambda trial: (-trial.accuracy, trial.learning_rate, trial.seed), default=None
    )


def partner(trials: Sequence[Trial], chosen: Trial) -> Trial:
    """Return the trial to see a chosen one beside: the best; for the best, the worst.

    One of the same seed is taken if one was measured: it began with the same weights.
    """
    others = [trial for trial in trials if trial.run != chosen.run]
    measured = [trial for trial in others if not math.isnan(trial.accuracy)]
    measured = [trial for trial in measured if trial.seed == chosen.seed] or measured
    first = best(measured)
    if first is None:
        return others[0] if others else chosen
    if not chosen.accuracy > first.accuracy:
        return first
    return min(measured, key=lambda trial: (trial.accuracy, -trial.learning_rate))


def trial_frame(trials: Sequence[Trial]) -> pd.DataFrame:
    """Return one row a trial: its fields, and the outcome in words."""
    columns = ["run", "name", "learning_rate", "seed", "outcome", "accuracy", "progress"]
    frame = pd.DataFrame([asdict(trial) for trial in trials], columns=columns)
    return frame.assign(outcome_words=frame["outcome"].map(OUTCOMES))


def mean_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the mean accuracy over the seeds: one row a rate that has any, by rate."""
    known = frame.dropna(subset="accuracy")
    return known.groupby("learning_rate", as_index=False)["accuracy"].mean()
