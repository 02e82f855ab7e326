"""Move the object and watch: what a convolution keeps, and what two whole networks keep."""

import numpy as np
import streamlit as st

from explorer.analysis.classic_kernels import CLASSICS, classic
from explorer.analysis.shift import (
    OBJECTS,
    STRIDE_1,
    WAYS,
    Moved,
    move_and_watch,
    placed,
    shifts_within,
)
from explorer.charts.compose import specification
from explorer.charts.shift import object_and_maps
from explorer.ui import convolution_shift_networks, linked, text
from explorer.ui.play import play_button

WIDTH, MOVED = "convolution_shift_width", "shift_moved"
SIZE, REACH, KERNEL_SIZE = 16, 6, 3
USUAL_KERNEL = "edges"


def show():
    """Show an object that is moved, then networks that are asked about a moved image."""
    st.fragment(_move)()
    st.fragment(convolution_shift_networks.show)()


def _move():
    """Show an object and its feature maps under the sliders that move it."""
    st.header("Does it find the object wherever it is?")
    st.markdown(
        "The same kernel looks at every place. Move the object, and its feature map moves with "
        "it: the convolution is *equivariant*, it changes along. Often this is called shift "
        "*invariance*, as if nothing changed; that is not what happens. And three things break "
        "even the equivariance: a stride of 2 and pooling, which take only every second place, and "
        "the borders, where what leaves the image is lost (Zhang, *Making Convolutional Networks "
        "Shift-Invariant Again*, ICML 2019). All kernels here have 3 × 3 cells, and the padding is "
        "“Same”; what is chosen at the top plays no part."
    )
    left, right, _ = st.columns([1, 1, 1])
    name = linked.choose(left.selectbox, "Object", OBJECTS, "shift_object")
    kernel = linked.choose(
        right.selectbox,
        "Kernel",
        CLASSICS,
        "shift_kernel",
        usual=USUAL_KERNEL,
        format_func=lambda one: CLASSICS[one][0],
    )
    watched = _watched(name, kernel)
    with st.container(key=WIDTH):  # apart from the two sliders, which are not to follow each other
        width = play_button(WIDTH, [], shown=False)
    with st.container(key=MOVED):
        st.vega_lite_chart(
            spec=specification(object_and_maps(placed(name, SIZE), watched, width)),
            width="content",
            key="shift_chart",
            alt="An object, and its feature maps with stride 1, with stride 2 and with pooling",
        )
    _say_numbers(watched)


@st.cache_data(max_entries=len(OBJECTS) * len(CLASSICS), show_spinner=False)
def _watched(name: str, kernel: str) -> list[Moved]:
    image, weights = placed(name, SIZE), classic(kernel, KERNEL_SIZE)
    return [move_and_watch(image, weights, way, shifts_within(REACH)) for way in WAYS]


def _say_numbers(watched):
    """Write the largest differences over all shifts, whole strides apart from the others."""
    st.caption(
        "Above each feature map: how far *shift, then convolve* is from *convolve, then shift* in "
        "the cell where they differ most. 0 % is the same; 100 % would be as far apart as the "
        "smallest and the largest number that the map has at any shift. Cells that differ have a "
        "black outline. Where no whole move of the map fits, the nearest one is taken. The largest "
        f"differences over all {(2 * REACH + 1) ** 2} shifts of up to {REACH} pixels:"
    )
    lines = ["| Feature map | Shifts | Inside | At the borders |", "| --- | --- | --- | --- |"]
    for one in watched:
        for kind, chosen in _kinds_of_shifts(one):
            inside, borders = (
                text.percent(_largest(of[chosen])) for of in (one.inside, one.borders)
            )
            lines.append(f"| {one.way} | {kind} | {inside} | {borders} |")
    st.markdown("\n".join(lines))
    st.caption(
        "*Inside* are the cells whose window lies in the image before and after the shift: there "
        "the convolution is exact. A stride of 2, or pooling 2 × 2, keeps that only for shifts by "
        "an even number of pixels both ways. At the borders both come together."
    )


def _kinds_of_shifts(one):
    if one.way == STRIDE_1:
        return [("every one", one.is_whole)]
    return [("even both ways", one.is_whole), ("all others", ~one.is_whole)]


def _largest(differences) -> float:
    """Return the largest difference; what is only rounding is none."""
    return float(np.round(differences.max(initial=0), 9))
