"""The learning rate: views that share nothing but the question."""

import streamlit as st

from explorer.ui import (
    learning_rate_ball,
    learning_rate_new_sweep,
    learning_rate_range,
    learning_rate_surface,
    learning_rate_sweep,
    learning_rate_valley,
)
from explorer.ui.unknown_choice import say_unknown_choices

RANGE_TEST, SWEEP = "Range test", "Sweep"
VIEWS = {
    "Ball and valley": learning_rate_ball.show,
    "The real valley": learning_rate_valley.show,
    "The loss surface": learning_rate_surface.show,
    RANGE_TEST: learning_rate_range.show,
    SWEEP: learning_rate_sweep.show,
}
LINKED = {
    "view": tuple(VIEWS),
    **learning_rate_ball.LINKED,
    **learning_rate_surface.LINKED,
    **learning_rate_range.LINKED,
}


def show():
    """Show the choice of view, and below it the view."""
    if st.session_state.pop(learning_rate_new_sweep.ASKED, False):
        st.session_state["view"] = SWEEP
    elif "of" in st.query_params and st.session_state.get("view") not in VIEWS:
        # Streamlit drops the `view` of a link on a page that has a view of its own, the Trainer.
        st.session_state["view"] = RANGE_TEST
    say_unknown_choices(LINKED)
    chosen = st.segmented_control(
        "View",
        list(VIEWS),
        default=next(iter(VIEWS)),
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    VIEWS[chosen]()
