"""Convolution, one window at a time: the image, the kernel, the feature map, and the formulas."""

import numpy as np
import streamlit as st

from explorer.charts.compose import specification
from explorer.charts.sliding_window import Slid, sliding_window
from explorer.ui import (
    convolution_numbers,
    convolution_pool,
    convolution_shift,
    convolution_volume,
)
from explorer.ui.convolution_check import check_with_keras
from explorer.ui.convolution_image import choose_image
from explorer.ui.convolution_kernel import choose_kernel, choose_sliding
from explorer.ui.moving_chart import show_moving_chart

PLACE = "convolution"


def show():
    """Show one channel, then several."""
    _slide()
    convolution_volume.show()
    convolution_numbers.show_receptive_field()
    convolution_numbers.show_parameters()
    convolution_shift.show()


def _slide():
    """Show the choices, and below them the kernel at work."""
    left, middle, right = st.columns([4, 4, 3], gap="large")
    with left:
        image = choose_image()
    with middle:
        chosen = choose_kernel()
    if image is None or chosen is None:
        return
    kernel, bias = chosen
    with right:
        sliding, activation = choose_sliding(len(kernel))
    slid = Slid(image, kernel, bias, activation, sliding)
    _draw(slid)
    if slid.sums.size:
        weights = kernel[:, :, None, None]
        check_with_keras(image[..., None], weights, np.array([bias]), sliding, "check_window")
    _say_size(slid)
    if slid.sums.size:
        convolution_pool.show(slid.results)


def _draw(slid):
    st.caption(
        "Move the slider, or press Play. Point at a cell of the feature map to see its window; "
        "point at a cell of the image to see, in blue, every cell of the feature map it reaches."
    )
    show_moving_chart(
        PLACE,
        lambda width: specification(sliding_window(slid, width)),
        alt="An image, a window that slides over it, and the feature map that it fills",
    )


def _say_size(slid):
    """Write the formula of the output size with the numbers put in."""
    sliding, given = slid.sliding, len(slid.image)
    before, after = sliding.borders(given)
    st.subheader("How large is the feature map?")
    st.latex(
        r"\left\lfloor \frac{n + p - d\,(k-1) - 1}{s} \right\rfloor + 1 = "
        rf"\left\lfloor \frac{{{given} + {before + after} - {sliding.dilation} \cdot "
        rf"({sliding.size} - 1) - 1}}{{{sliding.stride}}} \right\rfloor + 1 = "
        rf"{sliding.length(given)}"
    )
    words = (
        f"n is the number of cells of the image, p those of its borders ({before} before, {after} "
        "after), d the dilation, k the size of the kernel and s the stride."
    )
    if before != after:
        words += " An odd number of border cells cannot be halved: the end gets one more."
    st.caption(words)
