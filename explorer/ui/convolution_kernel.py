"""The kernel that slides: a classic, one's own, or a filter of a run at a step of its training."""

import numpy as np
import streamlit as st

from explorer import runs
from explorer.analysis.classic_kernels import CLASSICS, classic
from explorer.analysis.convolution import ACTIVATIONS, PADDINGS, Sliding
from explorer.charts.filter_reading import kernels_of
from explorer.ui import linked, text
from explorer.ui.convolution_runs import choose_run, choose_step, read_layer
from explorer.ui.matrix_editor import LIMIT, edit_matrix

OWN, RUN = "own", "run"
WAY_WORDS = {OWN: "Classic, to be changed", RUN: "Filter of a run"}
LARGEST = 7
USUAL = "sobel_x"
PADDING_WORDS = {"valid": "Valid: stay inside", "same": "Same: add borders of 0"}
WHAT_IT_DOES = {
    "identity": "Only the middle cell counts: the feature map is the image again.",
    "blur": "Each sum is the mean of the window: the picture gets soft.",
    "sharpen": "What differs from its neighbours is exaggerated.",
    "edges": "Large where a cell is lighter than its neighbours, 0 where all are alike.",
    "sobel_x": "Large where it gets lighter from left to right, below 0 where it gets darker.",
    "sobel_y": "Large where it gets lighter from top to bottom, below 0 where it gets darker.",
    "laplacian": "Large where a cell is darker than its neighbours, 0 on an even slope.",
    "emboss": "Large where it gets lighter to the bottom right: slopes lit from the top left.",
}
PARAMETERS = {
    OWN: ("kernel", "kernel_size", "cells", "bias"),
    RUN: ("run", "layer", "step", "filter", "slice"),
}


def choose_kernel() -> tuple[np.ndarray, float | None] | None:
    """Let the visitor choose a kernel and a bias; nothing where no run has one.

    Returns:
        The kernel, (size, size), and its bias; no bias where the layer of a run has none.
    """
    way = linked.choose(
        st.segmented_control,
        "Kernel",
        list(WAY_WORDS),
        "kernel_from",
        required=True,
        format_func=WAY_WORDS.get,
    )
    other = RUN if way == OWN else OWN
    linked.forget(*PARAMETERS[other])
    return _own() if way == OWN else _of_run()


def choose_sliding(size: int) -> tuple[Sliding, str]:
    """Let the visitor choose how the kernel slides, and the activation function."""
    left, right = st.columns(2)
    stride = linked.choose_number(
        left.number_input,
        "Stride",
        1,
        9,
        1,
        "stride",
        help="How many cells the window moves on at a time.",
    )
    dilation = linked.choose_number(
        right.number_input,
        "Dilation",
        1,
        4,
        1,
        "dilation",
        help="How far apart the cells of the window are: 1 lets them touch.",
    )
    padding = linked.choose(
        st.segmented_control,
        "Padding",
        PADDINGS,
        "padding",
        required=True,
        format_func=PADDING_WORDS.get,
    )
    activation = linked.choose(
        st.segmented_control,
        "Activation function",
        ACTIVATIONS,
        "activation",
        required=True,
        help="What becomes of a sum before it is written into the feature map: relu, for "
        "instance, makes 0 of all that is negative.",
    )
    return Sliding(size, stride, padding, dilation), activation


def _own():
    left, right = st.columns([2, 1])
    name = linked.choose(
        left.selectbox,
        "Start with",
        CLASSICS,
        "kernel",
        usual=USUAL,
        format_func=lambda one: CLASSICS[one][0],
    )
    size = linked.choose_number(right.number_input, "Size", 1, LARGEST, 3, "kernel_size")
    cells = edit_matrix("cells", classic(name, size), name)
    if size >= 3 and np.array_equal(cells, classic(name, size)):
        around = " Its numbers stand in the middle, with zeros around." if size > 3 else ""
        st.caption(WHAT_IT_DOES[name] + ("" if name == "blur" else around))
    bias = linked.choose_value(
        st.number_input, "Bias", LIMIT, 0.0, "bias", step=0.1, help="Added to every sum."
    )
    return cells, bias


def _of_run():
    known = [run for run in runs.list_runs() if _squares(run) and len(run.checkpoints)]
    if not known:
        st.info("No run has filters. Train one on the page Trainer.", icon=":material/grid_off:")
        return None
    run = choose_run(st, known, "run")
    left, right = st.columns(2)
    tensor = linked.choose(
        left.selectbox,
        "Layer",
        _squares(run),
        "layer",
        to_text=_layer_name,
        format_func=_layer_name,
    )
    step = choose_step(run, right, "step")
    try:
        kernels, bias = read_layer(run, tensor, step)
    except ValueError as error:
        st.error(text.plain(error), icon=":material/error:")
        return None
    *_, channels, filters = kernels.shape
    left, right = st.columns(2)
    number = linked.choose_number(left.number_input, "Filter", 1, filters, 1, "filter") - 1
    words = "Its slice for channel"
    channel = linked.choose_number(right.number_input, words, 1, channels, 1, "slice") - 1
    if channels > 1:
        st.caption(
            f"The filter has a slice for each of {channels:,} channels; the network sums over all "
            "of them. Here is one."
        )
    if bias is None:
        st.caption("The network leaves biases out in this layer: nothing is added to the sums.")
        return kernels[:, :, channel, number], None
    st.caption(f"Its bias, {bias[number]:.4g}, was learned with it and is added to every sum.")
    return kernels[:, :, channel, number], float(bias[number])


def _layer_name(tensor):
    return tensor.rpartition("/")[0] or tensor


def _squares(run) -> list[str]:
    """Return the kernels of a run that are as wide as high."""
    return [name for name, info in kernels_of(run).items() if info.shape[0] == info.shape[1]]
