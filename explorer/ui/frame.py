"""The pages there are, and the frame every page stands in."""

import streamlit as st

FRAMED = "frame_was_drawn"


def navigation():
    """Show the navigation and return the page that the address asks for."""
    st.session_state[FRAMED] = True
    return st.navigation(
        [
            st.Page("pages/story.py", title="Story", icon=":material/auto_stories:", default=True),
            st.Page("pages/trainer.py", title="Trainer", icon=":material/model_training:"),
        ],
        position="top",
    )


def enter():
    """Go through the entry script first; the first call of every page.

    Streamlit takes a folder called `pages` for an older kind of app until somebody has called
    `st.navigation`. On a server that has just started, a link straight to a page therefore runs
    the page alone, without its frame.
    """
    if not st.session_state.pop(FRAMED, False):
        navigation()
        st.session_state.pop(FRAMED)
        st.rerun()
