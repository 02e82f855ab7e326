"""Sweeps of learning rates: the same training at several rates, and with several seeds."""

import math
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from explorer import runs
from explorer.data import SOURCES
from explorer.runs.sweeps import ENTRY, Sweep, new_entry
from explorer.training import allowance, jobs, queue, room
from explorer.training.spec import TrainingSpec

MOST_TRIALS = 30  # each is a process of 60 MB that waits for its turn
MOST_NAME_CHARACTERS = 60  # the rate and the seed of a trial are written behind it
DIGITS = 3


def spaced_rates(lowest: float, highest: float, count: int) -> list[float]:
    """Return learning rates with equal ratios between them, to three digits.

    >>> spaced_rates(0.001, 1, 4)
    [0.001, 0.01, 0.1, 1.0]
    >>> spaced_rates(0.001, 0.01, 3)
    [0.001, 0.00316, 0.01]
    """
    return [float(f"{rate:.{DIGITS}g}") for rate in np.geomspace(lowest, highest, count)]


def read_numbers(text: str, kind: type) -> list:
    """Read numbers between commas.

    Args:
        text: What a person wrote.
        kind: `float`, or `int` for whole numbers.

    Raises:
        ValueError: One of them is none.

    >>> read_numbers("0.001, 1e-2", float), read_numbers("0,1,2", int)
    ([0.001, 0.01], [0, 1, 2])
    """
    try:
        return [kind(part) for part in text.split(",")]
    except ValueError:
        words = "whole numbers, such as 0,1,2" if kind is int else "numbers, such as 0.001,0.01"
        raise ValueError(f"{text!r} does not name {words}.") from None


def trial_specs(
    spec: TrainingSpec, rates: Sequence[float], seeds: Sequence[int]
) -> list[TrainingSpec]:
    """Return a training for every learning rate and seed, all rates of the first seed first.

    Args:
        spec: Everything else; its name is that of the sweep.
        rates: Learning rates.
        seeds: Each of them decides initial weights, batch order and the split.

    Raises:
        ValueError: A rate or a seed cannot be used or is named twice, or there are too many.
    """
    _check_each_once("learning rate", rates)
    _check_each_once("seed", seeds)
    if (count := len(rates) * len(seeds)) > MOST_TRIALS:
        raise ValueError(
            f"The sweep has {count} trials, {len(rates)} learning rates times {len(seeds)} "
            f"seed{'s' * (len(seeds) > 1)}. It can have at most {MOST_TRIALS}; take fewer."
        )
    if len(spec.name) > MOST_NAME_CHARACTERS:
        raise ValueError(
            f"The name has {len(spec.name)} characters. The name of a sweep has at most "
            f"{MOST_NAME_CHARACTERS}: the rates of its trials are written behind it."
        )
    return [
        replace(spec, name=_trial_name(spec.name, rate, seed, seeds), learning_rate=rate, seed=seed)
        for seed in seeds
        for rate in rates
    ]


def prepare(name: str, specs: Sequence[TrainingSpec], root: str | Path | None = None) -> list[Path]:
    """Write the folders of all trials, or none; they wait for somebody to begin them.

    Args:
        name: Of the sweep.
        specs: From `trial_specs`.
        root: The runs folder; the configured one by default.

    Raises:
        ValueError: The images are not there.
        OSError: The runs folder cannot be written.
    """
    _check_source(specs[0].data)
    entry, folders = {ENTRY: new_entry(name, len(specs))}, []
    try:
        for spec in specs:
            folders.append(jobs.prepare(spec, root, **entry))
    except OSError:
        _remove(folders)
        raise
    return folders


def start(
    name: str,
    specs: Sequence[TrainingSpec],
    root: str | Path | None = None,
    *,
    nice: int = jobs.POLITE,
    owner: str = queue.SHELL,
) -> list[runs.Run]:
    """Queue all trials of a sweep and return their runs at once.

    Args:
        name: Of the sweep.
        specs: From `trial_specs`.
        root: The runs folder; the configured one by default.
        nice: How far the jobs step back for other processes.
        owner: Who asks for it, see `queue`.

    Raises:
        ValueError: The images are not there, the owner has as many in line as allowed, or a setting
            such as `EXPLORER_JOBS` is no number.
        OSError: The runs folder cannot be written, or no process be started.
    """
    with allowance.admitted(owner, len(specs)):
        folders, begun = prepare(name, specs, root), []
        try:
            for folder in folders:
                begun.append(jobs.begin(folder, nice=nice, owner=owner))
        except OSError:
            ask_to_stop(begun)
            _remove(folders[len(begun) + 1 :])  # the one that failed says why
            raise
    return begun


def stop(sweep: Sweep) -> int:
    """Ask all trials to stop that are at work or wait; return how many there were."""
    live = sorted(sweep.live, key=lambda run: run.status != "waiting")  # none begins meanwhile
    ask_to_stop(live)
    return len(live)


def ask_to_stop(trials: Iterable[runs.Run]) -> None:
    """Ask those of some runs to stop that are live."""
    for run in trials:
        with suppress(ValueError):  # it has ended by itself
            jobs.request_stop(run)


def delete(sweep: Sweep) -> None:
    """Remove all trials of a sweep from the disk.

    Raises:
        ValueError: One of them is live; none is removed.
        OSError: A folder cannot be removed.
    """
    if sweep.live:
        raise ValueError(
            f"{len(sweep.live)} of the trials are at work or wait. Stop the sweep first, then "
            "delete it."
        )
    for run in sweep.trials:
        jobs.delete(run)


def check_room(num_bytes: float, root: str | Path | None = None) -> None:
    """Check that a sweep will fit on the disk.

    Args:
        num_bytes: What all its trials will take.
        root: The runs folder; the configured one by default.

    Raises:
        ValueError: It will not.
    """
    room.check_room(num_bytes, root, what="The sweep")


def until_ended(folders: Sequence[Path], every_seconds: float = 0.3) -> Iterator[None]:
    """Yield now and then, for as long as one of some runs is live."""
    while any(run.is_live for run in still_there(folders)):
        yield
        time.sleep(every_seconds)


def still_there(folders: Sequence[Path]) -> list[runs.Run]:
    """Open those runs that nobody has deleted meanwhile."""
    found = []
    for folder in folders:
        with suppress(runs.RunError):
            found.append(runs.open_run(folder))
    return found


def seconds_of(run: runs.Run, metrics: runs.Metrics) -> float:
    """Estimate from a run how long all its planned steps take; NaN when nothing was measured.

    What was measured includes the validations between the steps, the loading of TensorFlow not.
    """
    measured = metrics.train["seconds"].dropna()
    if not len(measured) or not run.planned_steps:
        return math.nan
    # The first step compiles: it comes once, however many steps follow.
    later = measured.iloc[1:].mean() if len(measured) > 1 else 0.0
    return float(measured.iloc[0] + later * (run.planned_steps - 1))


def seconds_together(seconds: float, num_trials: int, slots: int) -> float:
    """Return how long trials take that run some at once.

    >>> seconds_together(60, 7, 2)
    240
    """
    return seconds * math.ceil(num_trials / slots)


def _remove(folders):
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _check_each_once(what, values):
    if not len(values):
        raise ValueError(f"There is no {what}. Give at least one.")
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"The {what} {value:g} is there twice. Give each once.")


def is_there(source: str) -> bool:
    """Say whether images can be trained on: a named set, or a folder or a file that exists."""
    return source in SOURCES or Path(source).exists()


def _check_source(source):
    if not is_there(source):
        raise ValueError(
            f"The images in {source!r} are not there. Bring them back, or choose other images."
        )


def _trial_name(name, rate, seed, seeds):
    return f"{name}, rate {rate:g}" + (f", seed {seed}" if len(seeds) > 1 else "")
