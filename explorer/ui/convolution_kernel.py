"""The kernel that slides: a classic, one's own, or a filter of a run at a step of its training."""

import numpy as np
import pandas as pd
import streamlit as st

from explorer import runs
from explorer.analysis.classic_kernels import CLASSICS, classic
from explorer.analysis.convolution import ACTIVATIONS, PADDINGS, Sliding
from explorer.charts.filter_reading import kernels_of
from explorer.runs import RunError
from explorer.ui import text
from explorer.ui.convolution_runs import choose_run

DRAWN, RUN = "Classic, to be changed", "Filter of a run"
SIZES = (1, 7)
PADDING_WORDS = {"valid": "Valid: stay inside", "same": "Same: add borders of 0"}


def choose_kernel() -> tuple[np.ndarray, float] | None:
    """Let the visitor choose a kernel and a bias; nothing where no run has one."""
    way = st.segmented_control(
        "Kernel",
        [DRAWN, RUN],
        default=DRAWN,
        required=True,
        key="convolution_kernel",
        persist_state="session",
    )
    return _draw() if way == DRAWN else _of_run()


def choose_sliding(size: int) -> tuple[Sliding, str]:
    """Let the visitor choose how the kernel slides, and the activation function."""
    left, right = st.columns(2)
    stride = left.number_input("Stride", 1, 4, 1, key="convolution_stride")
    dilation = right.number_input("Dilation", 1, 3, 1, key="convolution_dilation")
    padding = st.segmented_control(
        "Padding",
        PADDINGS,
        default="valid",
        required=True,
        format_func=PADDING_WORDS.get,
        key="convolution_padding",
    )
    activation = st.segmented_control(
        "Activation function",
        list(ACTIVATIONS),
        default="none",
        required=True,
        key="convolution_activation",
    )
    return Sliding(size, stride, padding, dilation), activation


def _draw():
    left, right = st.columns([2, 1])
    name = left.selectbox(
        "Start with", list(CLASSICS), index=4, format_func=lambda key: CLASSICS[key][0]
    )
    size = right.number_input("Size", *SIZES, 3, key="convolution_kernel_size")
    names = [str(place + 1) for place in range(size)]
    cells = st.data_editor(
        pd.DataFrame(classic(name, size), columns=names),
        key=f"convolution_kernel_{name}_{size}",
        hide_index=True,
        column_config={
            column: st.column_config.NumberColumn(required=True, format="%.3g") for column in names
        },
    )
    bias = st.number_input("Bias", value=0.0, step=0.1, key="convolution_bias")
    return np.nan_to_num(cells.to_numpy(float)), float(bias)


def _of_run():
    known = [run for run in runs.list_runs() if _squares(run) and len(run.checkpoints)]
    if not known:
        st.info("No run has filters. Train one on the page Trainer.", icon=":material/grid_off:")
        return None
    left, right = st.columns(2)
    run = choose_run(left, known, key="convolution_kernel_run")
    tensor = right.selectbox("Layer", _squares(run), key=f"convolution_layer_{run.id}")
    step = st.select_slider("Training step", run.checkpoints.tolist(), run.checkpoints.tolist()[-1])
    try:
        kernels, bias = _weights(run, tensor, step)
    except (RunError, OSError, KeyError) as error:
        st.error(text.plain(error), icon=":material/error:")
        return None
    place = f"{run.id}_{tensor}"
    left, right = st.columns(2)
    number = (
        left.number_input("Filter", 1, kernels.shape[3], 1, key=f"convolution_filter_{place}") - 1
    )
    channel = (
        right.number_input(
            "Its slice for channel", 1, kernels.shape[2], 1, key=f"convolution_slice_{place}"
        )
        - 1
    )
    if kernels.shape[2] > 1:
        st.caption(
            f"The filter has a slice for each of {kernels.shape[2]:,} channels; the network sums "
            "over all of them. Here is one."
        )
    return kernels[:, :, channel, number].astype(float), float(bias[number])


def _squares(run) -> list[str]:
    """Return the kernels of a run that are as wide as high."""
    return [name for name, info in kernels_of(run).items() if info.shape[0] == info.shape[1]]


def _weights(run, tensor, step):
    weights = run.checkpoint(step)
    kernels = weights[tensor]
    bias = weights.get(tensor.replace("kernel", "bias"), np.zeros(kernels.shape[-1]))
    return kernels, bias
