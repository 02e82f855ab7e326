"""Pooling: a window slides over the feature map above, and one number of each is left."""

import numpy as np
import streamlit as st

from explorer.analysis.convolution import POOLS, Sliding
from explorer.charts.compose import specification
from explorer.charts.sliding_pool import Pooled, sliding_pool
from explorer.ui.moving_chart import show_moving_chart

PLACE = "pooling"
KIND_WORDS = {"max": "Maximum", "average": "Average"}


def show(feature_map: np.ndarray):
    """Show pooling at work on a feature map. (rows, columns)"""
    st.header("Pooling")
    st.markdown(
        "Behind a convolution often stands a *pooling* layer. Its window slides the same way, but "
        "it has nothing to learn: the largest number of each window is left, or their mean. Fewer "
        "cells are left to compute with, and where exactly something was found counts for less."
    )
    left, middle, right = st.columns(3)
    kind = left.segmented_control(
        "Of each window is left",
        list(POOLS),
        default="max",
        required=True,
        format_func=KIND_WORDS.get,
        key="pooling_kind",
    )
    size = middle.number_input("Size of the window", 1, 4, 2, key="pooling_size")
    stride = right.number_input("Stride of the window", 1, 4, 2, key="pooling_stride")
    pooled = Pooled(feature_map, Sliding(size, stride), kind)
    show_moving_chart(
        PLACE,
        lambda width: specification(sliding_pool(pooled, width)),
        alt="A feature map, a window that slides over it, and what pooling leaves of it",
    )
