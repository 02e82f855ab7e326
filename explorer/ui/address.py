"""What of the page stands in the address, and moving between its two views."""

import streamlit as st

from explorer.ui.run_list import CHOSEN

SET_UP = "New run"
WATCH = "Runs"
NEXT = "trainer_next_runs"


def open_view():
    """Show the two views as tabs; a link that names runs opens on them.

    Returns:
        Both tabs; only the one that is `.open` needs drawing.
    """
    started = st.session_state.pop(NEXT, None)
    if started:
        st.session_state[CHOSEN] = started
        st.session_state["view"] = WATCH
    elif "view" not in st.session_state and "run" in st.query_params:
        st.session_state["view"] = WATCH
    return st.tabs([SET_UP, WATCH], key="view", bind="query-params")


def go_to_runs(ids: list[str]):
    """Draw the page anew, looking at these runs."""
    st.session_state[NEXT] = ids
    st.query_params.pop("images", None)
    st.rerun()


def set_up_with(source: str):
    """Go to the setting up of a run on these images; for a button's callback."""
    st.session_state["view"] = SET_UP
    st.session_state["trainer_source"] = source
