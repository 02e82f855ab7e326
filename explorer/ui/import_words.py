"""What is said of runs that were not recorded but made from a log or from checkpoints."""

from collections.abc import Sequence

import streamlit as st

from explorer import runs
from explorer.runs.source import TENSORBOARD, lacking_words, step_words, why_no
from explorer.ui import text

ICON = ":material/data_alert:"


def say_why_not(chosen: Sequence[runs.Run], *whats: str):
    """Say of imported runs why they have nothing of some kinds, in a line a run."""
    for run in {run.id: run for run in chosen}.values():
        sentences = [words for what in whats if (words := why_no(run, what))]
        if sentences:
            st.caption(text.plain(f"{run.name}: {' '.join(sentences)}"))


def say_steps(chosen: Sequence[runs.Run]):
    """Say of imported runs what a step of theirs is, where it may not be an update."""
    for run in {run.id: run for run in chosen}.values():
        if words := step_words(run):
            st.caption(text.plain(f"{run.name}: {words}"))


def show_source(run: runs.Run):
    """Say what an imported run was made from, what that lacks, and how it was read."""
    st.caption(text.plain(origin_words(run)))
    with st.expander("What it lacks, and how it was read", icon=ICON):
        _show_list(lacking_words(run))
        _show_list(run.source.get("notes") or [])
        left_out = run.source.get("left_out") or []
        if left_out:
            st.markdown("Left out:")
            _show_list(left_out)


def origin_words(run: runs.Run) -> str:
    """Say in a line what an imported run was made from, and what its steps are."""
    what = "TensorBoard log" if run.source.get("kind") == TENSORBOARD else "saved checkpoints"
    words = f"Made from the {what} “{run.source.get('from') or 'unnamed'}”."
    return f"{words} {step_words(run)}".strip()


def _show_list(sentences):
    st.markdown("\n".join(f"- {text.plain(sentence)}" for sentence in sentences))
