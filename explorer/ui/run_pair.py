"""The pair of runs that pages open on: one experiment, two learning rates."""

from explorer import runs
from explorer.ui.run_facts import differ_in_rate_alone, is_bundled, scalars


def find_pair(known: list[runs.Run]) -> tuple[runs.Run, runs.Run] | None:
    """Find two finished runs that differ in learning rate alone: bundled ones before others.

    Returns:
        The run with the smaller rate first, or `None` when there is no such pair.
    """
    finished = [run for run in known if run.status == "finished" and "learning_rate" in run.spec]
    finished.sort(key=is_bundled, reverse=True)
    for place, run in enumerate(finished):
        for other in finished[place + 1 :]:
            if differ_in_rate_alone(run, other) and _has_steps(run, other):
                return tuple(sorted((run, other), key=lambda one: one.spec["learning_rate"]))
    return None


def _has_steps(*chosen):
    return all(len(scalars(run).train) for run in chosen)
