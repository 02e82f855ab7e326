"""Home: one network, two learning rates, and what happened inside, in figures that move."""

import streamlit as st

from explorer.ui import frame, story_kernel, story_pair, story_view

COLUMN_PIXELS = 860


def draw():
    with (
        st.container(horizontal_alignment="center"),
        st.container(width=COLUMN_PIXELS, key="story"),
    ):
        pair = story_pair.find()
        st.title("One number decides whether it learns")
        story_pair.tell_beginning(pair)
        _tell_convolution()
        _tell_shift()
        story_view.tell_layers(pair)
        if pair is None:
            story_view.say_where_to_train()
            return
        st.header("Trained twice")
        story_pair.tell_experiment(pair)
        story_kernel.show_distributions(pair)
        st.header("What one usually sees")
        story_pair.show_curves(pair)
        _tell_valley(pair)
        st.header("The weights themselves")
        story_kernel.show_weights(pair)
        st.header("The verdict")
        story_pair.show_verdicts(pair)
        story_view.tell_where_to_go_on()


def _tell_convolution():
    st.header("A window slides over the image")
    st.markdown(
        "To a computer, an image is a table of numbers. A *convolution* lays a small window on it, "
        "multiplies the numbers inside with those of a *kernel*, cell by cell, and sums them up; "
        "one more number may be added, the *bias*, here 0. The sum is one cell of a new image, the "
        "*feature map*. Then the window moves on."
    )
    story_view.show_convolution()


def _tell_shift():
    st.header("The same kernel everywhere")
    st.markdown(
        "Because one kernel serves all places, it finds what it looks for wherever it is, and has "
        "little to learn: nine weights here, however large the image. When the object moves, its "
        "feature map moves with it. That is often called shift invariance; the exact word is "
        "*equivariance*, because the map does change its place."
    )
    story_view.show_shift()


def _tell_valley(pair):
    st.header("The valley")
    st.markdown(
        "A picture helps: the loss, or error, is a valley, the network a ball in it. Every step "
        "leads down the slope: further where it is steep, and further with a larger learning rate. "
        "With a small rate the ball creeps to the bottom. With a larger one it leaps to the other "
        "side, which is not bad in itself: it may still come lower with every leap. But beyond a "
        "certain rate it cannot settle at the bottom: however close it comes, the next leaps lead "
        "it away again. That rate is 2 divided by the *curvature*, how sharply the valley bends at "
        "the bottom."
    )
    story_view.show_valley()
    story_pair.tell_what_the_valley_hides(pair)


frame.show(draw)
