"""What of the page stands in the address, and moving between its two views."""

import streamlit as st

from explorer.ui import text
from explorer.ui.run_list import CHOSEN

SET_UP = "New run"
WATCH = "Runs"
NEXT = "trainer_next_runs"
LONGEST_SHOWN = 60  # letters of what a link says


def open_view():
    """Show the two views as tabs; a link that names runs opens on them.

    Returns:
        Both tabs; only the one that is `.open` needs drawing.
    """
    _say_unknown(st.query_params.get("view"))
    started = st.session_state.pop(NEXT, None)
    if started:
        st.session_state[CHOSEN] = started
        st.session_state["view"] = WATCH
    elif "view" not in st.session_state and "run" in st.query_params:
        st.session_state["view"] = WATCH
    return st.tabs([SET_UP, WATCH], key="view", bind="query-params")


def _say_unknown(view: str | None):
    """Say that a link asks for a view that is not there; the page then shows the usual one."""
    if view in (None, SET_UP, WATCH):
        return
    st.info(
        f"The link asks for a view called “{text.plain(view[:LONGEST_SHOWN])}”, which this page "
        f"does not have. There are {SET_UP} and {WATCH}.",
        icon=":material/link_off:",
    )
    del st.query_params["view"]


def go_to_runs(ids: list[str]):
    """Draw the page anew, looking at these runs."""
    st.session_state[NEXT] = ids
    st.query_params.pop("images", None)
    st.rerun()


def look_at_runs():
    """Go to the runs that there are; for a button's callback."""
    st.session_state["view"] = WATCH


def set_up_with(source: str):
    """Go to the setting up of a run on these images; for a button's callback."""
    st.session_state["view"] = SET_UP
    st.session_state["trainer_source"] = source
