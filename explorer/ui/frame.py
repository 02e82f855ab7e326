"""The pages there are, and the frame every page stands in."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from explorer.charts.compose import draw_unchecked

ICON = Path(__file__).with_name("icon.svg")
DRAWN = "frame_was_drawn"

draw_unchecked()


def navigation() -> st.Page:
    """Draw the frame and return the page that the address asks for."""
    st.session_state[DRAWN] = True
    # First of all: the browser would ask Google for the icon of a page, to show it on the tab.
    st.set_page_config(page_icon=ICON, layout="wide")
    page = st.navigation(
        [
            st.Page("pages/story.py", title="Story", icon=":material/auto_stories:", default=True),
            st.Page("pages/convolution.py", title="Convolution", icon=":material/grid_on:"),
            st.Page("pages/trainer.py", title="Trainer", icon=":material/model_training:"),
            st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:"),
            st.Page("pages/learning_rate.py", title="Learning rate", icon=":material/speed:"),
            st.Page("pages/filters.py", title="Filters", icon=":material/filter_b_and_w:"),
        ],
        position="top",
    )
    st.set_page_config(page_title=f"{page.title} · Convnet Explorer")
    return page


def show(draw: Callable[[], None]):
    """Draw a page, in its frame; the one call of every script of a page.

    Streamlit takes a folder called `pages` for an older kind of app until somebody has called
    `st.navigation`. On a server that has just started, a link straight to a page therefore runs
    the page alone: the frame then runs it again, inside.

    Args:
        draw: Draws what is on the page.
    """
    if st.session_state.pop(DRAWN, False):
        draw()
    else:
        navigation().run()  # and no `st.stop()`: it would drop a click that waits for its turn
