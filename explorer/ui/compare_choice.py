"""Which two runs are compared: chosen by the visitor, or by the link that brought them."""

import streamlit as st

from explorer import runs
from explorer.runs.listing import unreadable_runs
from explorer.ui import text
from explorer.ui.run_list import label
from explorer.ui.run_pair import find_pair

LETTERS = ("a", "b")
MODE_LABELS = {"step": "Training step", "share": "Share of each training"}


def choose_pair(known: list[runs.Run]) -> list[runs.Run]:
    """Let the visitor choose run A and run B; the choice is part of the address."""
    by_id = {run.id: run for run in known}
    _begin(known, by_id)
    columns = st.columns(2, gap="medium")
    chosen = [
        column.selectbox(
            f"Run {letter.upper()}",
            list(by_id),
            format_func=lambda item: label(by_id[item], known),
            key=f"compare_{letter}",
            persist_state="session",
        )
        for letter, column in zip(LETTERS, columns, strict=True)
    ]
    for letter, item in zip(LETTERS, chosen, strict=True):
        st.query_params[letter] = item
    return [by_id[item] for item in chosen]


def _begin(known, by_id):
    """Set what the boxes hold before anyone has touched them, or when a run has gone."""
    usual = find_pair(known) or (known[0], known[min(1, len(known) - 1)])
    for letter, run in zip(LETTERS, usual, strict=True):
        key = f"compare_{letter}"
        if st.session_state.get(key) in by_id:
            continue
        asked = st.query_params.get(letter)
        if asked is not None and asked not in by_id:
            st.warning(
                f"{_why_not(letter, asked)} {text.plain(run.name)} is shown.",
                icon=":material/link_off:",
            )
        st.session_state[key] = asked if asked in by_id else run.id


def _why_not(letter, asked):
    """Say why the run of a link is not shown."""
    reason = unreadable_runs().get(asked)
    if reason is not None:
        return f"Run {letter.upper()} of the link cannot be opened. {text.plain(reason)}"
    return (
        f"The link names a run {letter.upper()} that this explorer does not have: "
        "deleted, perhaps, or the link was cut short."
    )


def choose_mode(chosen: list[runs.Run]) -> str:
    """Let the visitor choose how runs of different length are put side by side."""
    ends = {int(run.steps[-1]) for run in chosen if len(run.steps)}
    if len(ends) < 2:
        return "step"
    return st.segmented_control(
        "Put side by side what has the same",
        list(MODE_LABELS),
        format_func=MODE_LABELS.get,
        default="step",
        required=True,
        key="align",
        bind="query-params",
    )


def pair_names(chosen: list[runs.Run]) -> list[str]:
    """Name the runs on charts: A and B first, so that no legend has to be looked up."""
    return [f"{letter.upper()}: {run.name}" for letter, run in zip(LETTERS, chosen, strict=True)]
