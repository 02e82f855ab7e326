"""The experiment on the home page: one network, two learning rates, from recorded runs."""

import streamlit as st

from explorer import runs
from explorer.charts.curves import loss_curves
from explorer.ui import text
from explorer.ui.live import curves_of
from explorer.ui.run_facts import differ_in_rate_alone, facts, is_bundled, scalars


def show_experiment():
    """Draw the loss of the recorded pair, or say where to make one."""
    pair = find_pair(runs.list_runs())
    st.header("One network, two learning rates")
    if pair is None:
        st.info(
            "There is no recorded pair of runs here yet. The button Run the article's experiment "
            "on the page Trainer makes one: the same network twice, with an adequate and with an "
            "unreasonably large learning rate.",
            icon=":material/science:",
        )
        return
    adequate, large = pair
    st.markdown(
        f"The same network, the same images, the same random numbers. With the learning rate "
        f"{_rate(adequate)} it ends at {_accuracy(adequate)} of unseen images classified "
        f"correctly; with {_rate(large)}, at {_accuracy(large)}. Guessing alone gives "
        f"{text.percent(1 / len(adequate.class_names))}."
    )
    st.altair_chart(
        loss_curves(
            curves_of(pair, "loss"),
            num_classes=len(adequate.class_names),
            planned_steps=max(run.planned_steps for run in pair),
        ),
        alt="Loss over training steps of the two runs, with the loss of guessing as a line",
    )
    st.page_link(
        "pages/trainer.py",
        label="Scrub through these two runs, step by step",
        icon=":material/swipe:",
        query_params=[("view", "Runs"), ("run", adequate.id), ("run", large.id)],
    )


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


def _rate(run):
    return text.rate(run.spec["learning_rate"])


def _accuracy(run):
    return text.percent(facts(run).accuracy, 1)
