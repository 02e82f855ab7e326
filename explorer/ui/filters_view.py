"""A network shown images: what it answers, what its layers see, and why."""

import streamlit as st

from explorer.ui import (
    filters_classes,
    filters_history,
    filters_kernels,
    filters_looks_for,
    filters_maps,
    filters_why,
)
from explorer.ui.chosen_tab import keep_in_sight
from explorer.ui.filters_images import choose_images
from explorer.ui.filters_network import choose_network

FILTER_PARTS = {
    "Classes": filters_classes.show,
    "Through training": filters_history.show,
    "Feature maps": filters_maps.show,
    "Filters": filters_kernels.show,
    "Why": filters_why.show,
    "What it looks for": filters_looks_for.show,
}


def show():
    """Show the choice of network and images, and below it the views."""
    network = choose_network()
    if network is None:
        return
    images = choose_images(network)
    tabs = st.tabs(list(FILTER_PARTS), key="view", bind="query-params")
    for name, tab in zip(FILTER_PARTS, tabs, strict=True):
        if tab.open:
            keep_in_sight(name)
            with tab:
                FILTER_PARTS[name](network, images)
