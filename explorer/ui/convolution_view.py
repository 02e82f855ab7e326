"""Convolution, one window at a time: the picture, the kernel, the feature map, the formulas.

Each part is drawn by itself: what is chosen in one does not draw the others anew.
"""

import numpy as np
import streamlit as st

from explorer.charts.compose import specification
from explorer.charts.sliding_window import Slid, sliding_window
from explorer.charts.window_panels import GREYS, INKS
from explorer.ui import (
    convolution_numbers,
    convolution_shift,
    convolution_size,
    convolution_volume,
    linked,
)
from explorer.ui.convolution_check import check_with_keras
from explorer.ui.convolution_image import choose_picture, show_in_color
from explorer.ui.convolution_kernel import choose_kernel, choose_sliding
from explorer.ui.convolution_meaning import sentences
from explorer.ui.moving_chart import show_moving_chart

PLACE = "convolution"
GREY, COLORS = "grey", ("red", "green", "blue")
HOW = (
    "Move the slider, or press Play. Point at a cell of the feature map to see its window; point "
    "at a cell of the image to see, framed in blue, every cell of the feature map it reaches. The "
    "faded cells of the feature map come later: the window has not been at their places yet. Cells "
    "that are above 0, after the activation function, are orange; those below are blue."
)


def show():
    """Show one channel, then several, then layer upon layer, and what all that is good for."""
    picture = choose_picture()
    if picture is not None:
        st.fragment(_slide)(picture)
    st.fragment(convolution_volume.show)(picture)
    st.fragment(convolution_numbers.show_receptive_field)(picture)
    st.fragment(convolution_numbers.show_parameters)()
    convolution_shift.show()


def _slide(picture):
    """Show the kernel at work, and beside it the choices."""
    left, right = st.columns([13, 5], gap="large")
    with right:
        chosen = choose_kernel()
        if chosen is None:
            return
        kernel, bias = chosen
        sliding, activation = choose_sliding(len(kernel))
    with left:
        image, inks, name = _choose_channel(picture)
        slid = Slid(image, kernel, bias, activation, sliding, inks, name)
        _draw(slid)
    convolution_size.show(sliding, len(image))


def _draw(slid):
    if not slid.sliding.length(len(slid.image)):
        convolution_size.say_why_empty(slid.sliding, len(slid.image))
        return
    show_moving_chart(
        PLACE,
        lambda width: specification(sliding_window(slid, width)),
        alt="An image, a window that slides over it, and the feature map that it fills",
    )
    st.caption(HOW)
    st.markdown("\n".join(f"- {words}" for words in sentences(slid)))
    weights = slid.kernel[:, :, None, None]
    check_with_keras(
        slid.image[..., None], weights, np.array([slid.bias or 0.0]), slid.sliding, "check_window"
    )


def _choose_channel(picture) -> tuple[np.ndarray, tuple[str, str], str]:
    """Of a picture in colour, let the visitor choose what the window slides over."""
    if picture.shape[-1] == 1:
        linked.forget("channel")
        return picture[..., 0], GREYS, "Image"
    row = st.container(horizontal=True, vertical_alignment="center")
    show_in_color(row, picture)
    with row.container():
        name = linked.choose(
            st.segmented_control,
            "The window slides over one channel",
            [GREY, *COLORS],
            "channel",
            required=True,
            format_func=str.capitalize,
            help="A picture in colour is three matrices: how much red, green and blue light each "
            "cell has. Grey is their mean. All three at once come below.",
        )
    if name == GREY:
        return picture.mean(axis=-1), GREYS, "Grey"
    number = COLORS.index(name)
    return picture[..., number], ("black", INKS[number]), name.capitalize()
