"""Scroll to a part of the page: for links from a sentence to the chart that shows it."""

import streamlit as st

ASKED = "jump_asked"

JS = """
export default function ({ data }) {
    const place = document.querySelector(`.st-key-${data.place}`);
    if (!place) return;
    place.style.scrollMarginTop = "5rem";  // below the bar at the top
    place.scrollIntoView({ behavior: "smooth" });
}
"""

_jump = st.components.v2.component("jump", html="<span></span>", js=JS)


def jump_to(place: str):
    """Ask for a jump to the container with this key, as soon as the page is drawn."""
    st.session_state[ASKED] = (place, st.session_state.get(ASKED, (None, 0))[1] + 1)


def jump_if_asked():
    """Carry out the jump; call it once, after the container was drawn."""
    place, number = st.session_state.get(ASKED, (None, 0))
    if place is not None:
        st.session_state[ASKED] = (None, number)
        _jump(key=f"jump_{number}", data={"place": place, "number": number})
