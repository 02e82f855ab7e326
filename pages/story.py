"""Home: what a learning rate does, in a few words and two curves."""

import streamlit as st

from explorer.ui import frame, story_view

PROSE_PIXELS = 760


def draw():
    st.title("What a learning rate does")
    st.markdown(
        "A convolutional network learns in steps. At every step it looks at a handful of labelled "
        "images, finds for each of its weights the direction in which the loss falls, the "
        "*gradient*, and moves the weight a little that way. How far it moves is the "
        "*learning rate*.",
        width=PROSE_PIXELS,
    )
    st.markdown(
        "Too small, and learning takes forever. Unreasonably large, and every weight is thrown far "
        "past the place where the loss was low. Often the first few steps decide: the network then "
        "gives the same answer for every image, its gradients vanish or overflow, and further "
        "training rarely brings it back. From the outside both cases look alike, a curve that does "
        "not fall. Inside, they do not.",
        width=PROSE_PIXELS,
    )

    story_view.show_experiment()

    st.header("Look inside")
    st.markdown(
        "Convnet Explorer is a flight recorder for this. It trains a network on images, records "
        "its weights, gradients and activations at every one of the first steps and ever more "
        "rarely afterwards, and lets you scrub through what happened. Bring your own pictures if "
        "you like.",
        width=PROSE_PIXELS,
    )
    st.page_link(
        "pages/trainer.py",
        label="Train a network of your own",
        icon=":material/model_training:",
        query_params={"view": "New run"},
    )
    st.page_link(
        "pages/filters.py",
        label="Show a picture to a trained network",
        icon=":material/filter_b_and_w:",
    )


frame.show(draw)
