"""Sweeps: runs that tell of themselves that they belong together, one for each learning rate.

A trial of a sweep is a run like any other. What makes it a trial is the entry `sweep` of its
`run.json`, which nothing but deleting the run takes away: it survives renaming, stopping and
resuming, and those that are left still know each other when some have been deleted.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from explorer.runs.listing import new_id
from explorer.runs.read import Run

ENTRY = "sweep"


@dataclass(frozen=True)
class Sweep:
    """The trials there are of one sweep.

    Args:
        id: Shared by the trials; part of the address.
        name: Given by a person.
        planned: How many trials were begun with; some may have been deleted since.
        trials: By learning rate, then by seed.
    """

    id: str
    name: str
    planned: int
    trials: tuple[Run, ...]

    @property
    def live(self) -> tuple[Run, ...]:
        """The trials that are at work, or wait."""
        return tuple(run for run in self.trials if run.is_live)


def new_entry(name: str, num_trials: int) -> dict:
    """Return what the trials of a new sweep share, for their `run.json`."""
    return {"id": new_id(), "name": name, "trials": num_trials}


def find_sweeps(known: Iterable[Run]) -> list[Sweep]:
    """Return the sweeps among runs, in the order of the first run of each."""
    found = {}
    for run in known:
        if sweep_id := (run.description.get(ENTRY) or {}).get("id"):
            found.setdefault(sweep_id, []).append(run)
    return [_sweep(trials) for trials in found.values()]


def _sweep(trials: list[Run]) -> Sweep:
    entry = trials[0].description[ENTRY]
    return Sweep(
        id=entry["id"],
        name=entry.get("name") or entry["id"],
        planned=max(entry.get("trials") or 0, len(trials)),
        trials=tuple(sorted(trials, key=_place)),
    )


def _place(run):
    rate, seed = run.spec.get("learning_rate"), run.spec.get("seed")
    return (_number(rate), _number(seed), run.id)


def _number(value):
    return float(value) if isinstance(value, (int, float)) else float("inf")
