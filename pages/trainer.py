"""Train a network on images, watch it learn, and scrub through what was recorded."""

import streamlit as st

from explorer.ui import frame, run_view, setup_view
from explorer.ui.address import open_view


def draw():
    st.title("Trainer")
    st.markdown(
        "Choose images and a network, train it, and watch. Every one of the first steps is "
        "recorded, later ones by ratio: weights, gradients, activations and metrics, to scrub "
        "through afterwards."
    )

    set_up, watch = open_view()
    if set_up.open:
        with set_up:
            setup_view.show()
    if watch.open:
        with watch:
            run_view.show()


frame.show(draw)
