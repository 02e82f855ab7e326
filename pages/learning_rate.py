"""The learning rate: what it does, which one to take, and what others would have come to."""

import streamlit as st

from explorer.ui import frame, learning_rate_view


def draw():
    st.title("Learning rate")
    st.markdown(
        "How far may a step go? See what a learning rate does to a descent, and find the one that "
        "suits a network and its images."
    )
    learning_rate_view.show()


frame.show(draw)
