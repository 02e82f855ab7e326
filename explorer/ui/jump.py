"""Scroll to a part of the page: for links from a sentence to the chart that shows it."""

import streamlit as st

ASKED = "jump_asked"

JS = """
export default function ({ data }) {
    const found = data.places.map((key) => document.querySelector(`.st-key-${key}`));
    const place = found.find((one) => one?.checkVisibility());
    if (!place) return;
    place.style.scrollMarginTop = "5rem";  // below the bar at the top
    place.scrollIntoView({ behavior: "smooth" });
}
"""

_jump = st.components.v2.component("jump", html="<span></span>", js=JS)


def jump_to(*places: str):
    """Ask for a jump as soon as the page is drawn.

    Args:
        places: Keys of containers; the first one that is in sight on the page is jumped to.
    """
    st.session_state[ASKED] = (places, st.session_state.get(ASKED, (None, 0))[1] + 1)


def jump_if_asked():
    """Carry out the jump; call it once, after the container was drawn."""
    places, number = st.session_state.get(ASKED, (None, 0))
    if places is not None:
        st.session_state[ASKED] = (None, number)
        _jump(key=f"jump_{number}", data={"places": list(places), "number": number})
