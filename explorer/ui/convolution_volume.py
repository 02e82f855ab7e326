"""Colour: three channels, kernels with a slice for each, and a feature map for each kernel."""

import numpy as np
import streamlit as st

from explorer.analysis.classic_kernels import classic, drawn
from explorer.analysis.convolution import Sliding, num_parameters
from explorer.charts.compose import specification
from explorer.charts.sliding_volume import Volume, sliding_volume
from explorer.ui.convolution_check import check_with_keras
from explorer.ui.play import play_button

PLACE = "volume"
SIDE = 9
COLORS = ("red", "green", "blue")


def show():
    """Show two kernels that slide over a small colour image."""
    st.header("Three channels, several kernels")
    st.markdown(
        "A colour image is not one matrix but three, one on top of the other: how much red, green "
        "and blue light each cell has. A kernel for it has a slice for each channel. The products "
        "of all slices and the bias are summed to a *single* number, so each kernel makes one "
        "feature map, and a layer of several kernels makes a block of as many: the channels that "
        "the next layer looks at."
    )
    volume = example()
    with st.container(key=PLACE):
        width = play_button(PLACE, [])
        st.vega_lite_chart(
            spec=specification(sliding_volume(volume, width)),
            width="content",
            key="volume_chart",
            alt="Three channels, the slices of a kernel, and the feature maps of two kernels",
        )
    check_with_keras(volume.image, volume.kernels, volume.bias, volume.sliding, "check_volume")
    size, _, channels, filters = volume.kernels.shape
    st.caption(
        f"This layer learns {size} × {size} × {channels} × {filters} weights and {filters} "
        f"biases, {num_parameters(size, channels, filters)} numbers, however large the image is."
    )


def example() -> Volume:
    """Return a circle of red light, a cross of green and a slope of blue, and two kernels."""
    image = np.stack([drawn(name, SIDE) for name in ("Circle", "Cross", "Slope")], axis=-1)
    redness = np.stack([classic("identity", 3) * share for share in (1, -1, -1)], axis=-1)
    edges = np.stack([classic("sobel_x", 3)] * 3, axis=-1)
    return Volume(
        image,
        np.stack([redness, edges], axis=-1),
        np.array([0.0, 0.5]),
        COLORS,
        ("red alone", "edges in any colour"),
        Sliding(3),
    )
