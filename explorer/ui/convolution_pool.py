"""Pooling: a window slides over a feature map, and one number of each window is left."""

import streamlit as st

from explorer.analysis.convolution import POOLS, Sliding
from explorer.charts.compose import specification
from explorer.charts.sliding_pool import Pooled, sliding_pool
from explorer.charts.sliding_volume import Volume
from explorer.ui import linked, text
from explorer.ui.convolution_size import say_why_empty, unseen_words
from explorer.ui.moving_chart import show_moving_chart

PLACE = "pooling"
KIND_WORDS = {"max": "Maximum", "average": "Average"}


def show(volume: Volume):
    """Show pooling at work on a feature map of the chart above."""
    st.header("Pooling")
    st.markdown(
        "Behind a convolution often stands a *pooling* layer. Its window slides the same way over "
        "each feature map by itself, but it has nothing to learn: the largest number of each "
        "window is left, or their mean. Fewer cells are left to compute with, and where exactly "
        "something was found counts for less. The window has a size and a stride of its own, and "
        "never leaves the map: no stride and no padding chosen above plays a part."
    )
    first, left, middle, right = st.columns([4, 3, 3, 3], vertical_alignment="bottom")
    number = linked.choose(
        first.selectbox,
        "Feature map",
        range(len(volume.filters)),
        "pooled_map",
        to_text=lambda one: str(one + 1),
        format_func=lambda one: f"of “{volume.filters[one]}”",
    )
    kind = linked.choose(
        left.segmented_control,
        "Of each window is left",
        POOLS,
        "pooling",
        required=True,
        format_func=KIND_WORDS.get,
    )
    size = linked.choose_number(middle.number_input, "Size of the window", 1, 4, 2, "pooling_size")
    stride = linked.choose_number(
        right.number_input, "Stride of the window", 1, 4, 2, "pooling_stride"
    )
    pooled = Pooled(volume.totals[..., number], Sliding(size, stride), kind)
    if not pooled.results.size:
        say_why_empty(pooled.sliding, len(pooled.image), window="pooling window", image="map")
        return
    show_moving_chart(
        PLACE,
        lambda width: specification(sliding_pool(pooled, width)),
        alt="A feature map, a window that slides over it, and what pooling leaves of it",
    )
    _say_sizes(volume.totals.shape, pooled)


def _say_sizes(given, pooled):
    """Say what becomes of all feature maps, and what no window covers."""
    made = (*pooled.results.shape, given[-1])
    st.caption(
        f"Done with every feature map, {text.shape(given)} numbers become {text.shape(made)}."
    )
    for words in unseen_words(pooled.sliding, given[0], "map"):
        st.caption(words)
