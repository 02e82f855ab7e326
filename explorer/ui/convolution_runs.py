"""Choosing one of some runs on the page Convolution."""

import streamlit as st

from explorer import runs
from explorer.ui.run_facts import label


def choose_run(place, known: list[runs.Run], *, key: str, words: str = "Run") -> runs.Run:
    """Let the visitor choose a run.

    Args:
        place: Where the box stands.
        known: The runs to choose from, at least one.
        key: Of the box; the choice falls back to the first run when its own has gone.
        words: Above the box.
    """
    by_id = {run.id: run for run in known}
    if st.session_state.get(key) not in by_id:
        st.session_state[key] = known[0].id
    chosen = place.selectbox(
        words, list(by_id), format_func=lambda one: label(by_id[one], known), key=key
    )
    return by_id[chosen]
