"""The chosen runs as they are now: status, progress, what can be done, loss and accuracy."""

import math

import numpy as np
import streamlit as st

from explorer import runs
from explorer.charts.curves import Curve, accuracy_curves, loss_curves
from explorer.charts.palette import RUN_COLORS
from explorer.ui import text
from explorer.ui.import_words import say_why_not, show_source
from explorer.ui.recording_words import recording_words
from explorer.ui.run_actions import show_actions
from explorer.ui.run_facts import (
    STATUS_COLORS,
    STATUS_ICONS,
    differ_in_rate_alone,
    facts,
    label,
    scalars,
)
from explorer.ui.run_list import MOST_CHOSEN, status_words

EVERY_SECONDS = 1.0


def show_live(chosen: list[runs.Run]):
    """Show the runs, anew every second for as long as one of them is at work."""
    live = [run.id for run in chosen if run.is_live]
    draw = st.fragment(_draw, run_every=EVERY_SECONDS if live else None)
    draw([str(run.folder) for run in chosen], live)


def _draw(folders: list[str], live: list[str]):
    try:
        chosen = [runs.open_run(folder) for folder in folders]
    except runs.RunError:
        # Deleted by another visitor, or from the shell.
        st.rerun()
    if [run.id for run in chosen if run.is_live] != live:
        st.rerun()
    for place, run in zip(st.columns(len(chosen), gap="large"), chosen, strict=True):
        with place:
            _show_state(run, alone=len(chosen) == 1)
    if len(chosen) == MOST_CHOSEN and differ_in_rate_alone(*chosen):
        st.markdown(pair_words(*chosen))
    _show_curves(chosen)


def _show_state(run: runs.Run, *, alone: bool):
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{text.plain(run.name)}**", width="content")
        st.badge(
            status_words(run),
            icon=STATUS_ICONS.get(run.status),
            color=STATUS_COLORS.get(run.status, "grey"),
        )
    now = facts(run)
    if run.is_live:
        st.progress(now.progress, text=_live_words(run, now))
    elif run.status == "failed":
        _show_failure(run)
    elif run.source:
        show_source(run)
    else:
        st.caption(_ended_words(run, now))
    if len(run.steps) and not run.is_live:
        st.caption(f"{recording_words(run)} {_ways_on(run, alone=alone)}".strip())
    show_actions(run)


def _ways_on(run: runs.Run, *, alone: bool) -> str:
    """Say what can be done with the recorded steps; a single one cannot be scrubbed through."""
    ways = ["scrub through it below"] * (len(run.steps) > 1)
    ways += ["choose a second run to compare"] * alone
    words = ", or ".join(ways)
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def pair_words(run: runs.Run, other: runs.Run) -> str:
    """Say what two runs that differ in the learning rate alone show: the article's experiment."""
    small, large = sorted(one.spec["learning_rate"] for one in (run, other))
    return (
        "These two runs are one experiment: the same network trained twice on the same images, "
        f"from the same initial weights. Only the learning rate differs, {text.rate(small)} "
        f"against {text.rate(large)}. See which loss falls below that of guessing, then scrub "
        "through the first steps: what do they do to weights and gradients?"
    )


def _live_words(run: runs.Run, now) -> str:
    if run.status == "waiting":
        return "It begins as soon as it is its turn."
    if not now.step:
        return text.plain(run.detail or "Loading TensorFlow and the images") + "…"
    return now.line()


def _ended_words(run: runs.Run, now) -> str:
    if not now.step:
        return "It was stopped before it began: there is nothing to look at yet."
    words = f"{now.of_planned()} steps done."
    if not math.isnan(now.accuracy):
        words += f" {text.percent(now.accuracy, 1)} of the validation images classified correctly."
    return f"{words} {text.plain(run.detail)}".strip()


def _show_failure(run: runs.Run):
    detail = run.detail.splitlines()[0] if run.detail else "The training ended early."
    st.error(text.plain(detail), icon=":material/error:")
    log = run.log_tail()
    if log:
        st.caption("The last lines of its log:")
        st.code(log, language=None, wrap_lines=True)


def _show_curves(chosen: list[runs.Run]):
    with_steps = [run for run in chosen if len(scalars(run).train)]
    if not with_steps:
        if any(run.is_live for run in chosen):
            st.info(
                "The curves begin with the first step, weights and gradients below them.",
                icon=":material/show_chart:",
            )
        say_why_not(chosen, "loss")
        return
    say_why_not(chosen, "loss", "validation")
    options = {
        "num_classes": [len(run.class_names) for run in with_steps],
        "planned_steps": max(run.planned_steps for run in with_steps),
        "is_growing": any(run.is_live for run in with_steps),
        "alone": RUN_COLORS[chosen.index(with_steps[0])],
    }
    left, right = st.columns(2, gap="large")
    left.altair_chart(
        loss_curves(curves_of(with_steps, "loss"), **options),
        key="loss_curves",
        alt=_last_words(with_steps, "loss"),
    )
    measured = [run for run in with_steps if _has_accuracy(run)]
    for run in with_steps:
        if run not in measured:
            why = "what it was made from has none" if run.source else "its model has no such metric"
            right.caption(f"No accuracy was recorded of {text.plain(run.name)}: {why}.")
    if measured:
        right.altair_chart(
            accuracy_curves(_known(curves_of(with_steps, "accuracy")), **options),
            key="accuracy_curves",
            alt=_last_words(measured, "accuracy"),
        )


def _known(curves: list[Curve]) -> list[Curve]:
    """Empty the curves that were never measured: they are missing, and not lost numbers."""
    return [
        curve
        if any(np.isfinite(part).any() for part in (curve.values, curve.validation_values))
        else Curve(curve.name, *[np.array([])] * 4)
        for curve in curves
    ]


def _has_accuracy(run: runs.Run) -> bool:
    metrics = scalars(run)
    return any(table["accuracy"].notna().any() for table in (metrics.train, metrics.validation))


def curves_of(chosen: list[runs.Run], quantity: str) -> list[Curve]:
    """Return a curve a run, of `"loss"` or `"accuracy"`, under names that differ."""
    return [
        Curve(
            label(run, chosen),
            train["step"].to_numpy(),
            train[quantity].to_numpy(),
            validation["step"].to_numpy(),
            validation[quantity].to_numpy(),
        )
        for run in chosen
        for train, validation in [(scalars(run).train, scalars(run).validation)]
    ]


def _last_words(chosen: list[runs.Run], quantity: str) -> str:
    last = [f"{run.name}: {scalars(run).train[quantity].iloc[-1]:.3g}" for run in chosen]
    return f"Curves of the {quantity} over training steps. At the last step, " + "; ".join(last)
