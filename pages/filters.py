"""Images through a network: what it takes them for, what its layers see, and why."""

import streamlit as st

from explorer.ui import filters_view, frame


def draw():
    st.title("Filters")
    st.markdown(
        "Show a picture to a network and see what it takes it for, what its layers see in it, and "
        "why. Then go back through its training."
    )
    filters_view.show()


frame.show(draw)
