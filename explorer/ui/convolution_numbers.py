"""What a chain of layers sees, and how little a convolution learns beside a dense layer."""

import math

import numpy as np
import pandas as pd
import streamlit as st

from explorer import runs
from explorer.analysis.classic_kernels import drawn
from explorer.analysis.convolution import Sliding, num_dense_parameters, num_parameters
from explorer.charts.compose import specification
from explorer.charts.parameter_counts import counts, layer_counts, parameter_counts
from explorer.charts.receptive_field import receptive_fields
from explorer.data.resizing import shrunk
from explorer.models.architectures import design, layer_table
from explorer.ui import linked, text
from explorer.ui.convolution_runs import choose_run
from explorer.ui.moving_chart import show_moving_chart
from explorer.ui.run_facts import network_of

PLACE = "receptive"
CONVOLUTION, POOLING = ("convolution 3 x 3", Sliding(3)), ("pooling 2 x 2", Sliding(2, 2))
WIDE = ("convolution 3 x 3, dilation 2", Sliding(3, dilation=2))
CHAINS = {
    "two": ("Two convolutions", [CONVOLUTION, CONVOLUTION]),
    "three": ("Three convolutions", [CONVOLUTION] * 3),
    "pooled": ("Convolution, pooling, convolution", [CONVOLUTION, POOLING, CONVOLUTION]),
    "dilated": ("Convolution, then one with dilation", [CONVOLUTION, WIDE]),
}
USUAL_CHAIN = "pooled"
SIDE = 14
SIZES = range(4, 65, 2)
USUAL_SIZE, USUAL_CHANNELS, USUAL_FILTERS = 32, 3, 16
LARGEST_KERNEL, MOST_CHANNELS = 7, 512


def show_receptive_field(picture: np.ndarray | None):
    """Show how the view of a cell grows from layer to layer.

    Args:
        picture: What was chosen above. (size, size, channels)
    """
    st.header("Layer after layer, a cell sees more")
    st.markdown(
        "The next layer slides over the feature maps of the one before. Each of its cells sees "
        "cells that have each seen a window: the part of the image that one cell depends on, its "
        "*receptive field*, grows with every layer, and faster behind pooling. Point at a cell of "
        "the last layer, or move the slider, to see in orange what it depends on. These layers are "
        "examples without padding; the kernel, stride and padding from the top play no part."
    )
    chosen = linked.choose(
        st.selectbox,
        "Layers",
        CHAINS,
        "layers",
        usual=USUAL_CHAIN,
        format_func=lambda one: CHAINS[one][0],
    )
    names, slidings = zip(*CHAINS[chosen][1], strict=True)
    numbered = [f"{place}: {name}" for place, name in enumerate(names, start=1)]
    image = drawn("Circle", SIDE) if picture is None else shrunk(picture.mean(axis=-1), SIDE)
    show_moving_chart(
        PLACE,
        lambda width: specification(receptive_fields(slidings, numbered, image, width)),
        alt="The image and the layers behind it, with the cells that one last cell has seen",
    )


def show_parameters():
    """Compare the learned numbers of a convolution and a dense layer."""
    st.header("Few numbers, used everywhere")
    st.markdown(
        "A convolution learns k × k × channels × filters weights and a bias a filter, the same at "
        "every place: a larger image costs nothing. A *dense* layer knows nothing of places: it "
        "learns a weight for every pair of an input and an output, and a bias for every output. "
        "Here both put out as many numbers: the padding is “Same” and the stride 1, so the feature "
        "maps are as large as the image."
    )
    columns = st.columns(4)
    side = linked.choose(
        columns[0].select_slider, "Height and width", SIZES, "numbers_size", usual=USUAL_SIZE
    )
    size, channels, filters = (
        linked.choose_number(place.number_input, words, 1, most, usual, parameter)
        for place, words, most, usual, parameter in (
            (columns[1], "Kernel", LARGEST_KERNEL, 3, "numbers_kernel"),
            (columns[2], "Channels", MOST_CHANNELS, USUAL_CHANNELS, "numbers_channels"),
            (columns[3], "Filters", MOST_CHANNELS, USUAL_FILTERS, "numbers_filters"),
        )
    )
    few = num_parameters(size, channels, filters)
    many = num_dense_parameters((side, side, channels), (side, side, filters))
    st.markdown(
        f"Convolution: {size} × {size} × {channels} × {filters} + {filters} = **{few:,}**. "
        f"Dense: ({side} × {side} × {channels}) × ({side} × {side} × {filters}) + {side} × {side} "
        f"× {filters} = **{many:,}**, {many / few:,.0f} times as many."
    )
    st.altair_chart(parameter_counts(counts(SIZES, size, channels, filters), side), width="stretch")
    _show_of_run()


def _show_of_run():
    """Count for the convolutions of a run's own network."""
    known = [run for run in runs.list_runs() if _convolutions(run)]
    if not known:
        return
    run = choose_run(st, known, "numbers_run", words="The same for the network of a run")
    layers = _convolutions(run)
    st.altair_chart(layer_counts([(name, few, many) for name, _, _, few, many, _ in layers]))
    table = [
        {
            "Layer": name,
            "From": text.shape(given),
            "To": text.shape(made),
            "Learned": f"{few:,}",
            "A dense layer instead": f"{many:,}",
        }
        for name, given, made, few, many, _ in layers
    ]
    st.dataframe(pd.DataFrame(table), hide_index=True)
    _say_what_is_left_out([name for name, *_, has_biases in layers if not has_biases])


def _say_what_is_left_out(names):
    """Say why layers learn a bias less a filter than the formula above says."""
    if names:
        st.caption(
            f"{', '.join(names)}: no bias is learned here, for a normalisation layer behind adds a "
            "number to each feature map anyway. The dense layer instead is counted without biases, "
            "too."
        )


def _convolutions(run) -> list[tuple]:
    """Count what each convolution of a run's network learns, and what dense layers would.

    Returns:
        Name, shape of what goes in, of what comes out, both counts, and whether these contain
        biases, of each.
    """
    network = network_of(run)
    if network is None:
        return []
    shape, rows = (network.image_size, network.image_size, network.channels), []
    for layer, row in zip(design(network), layer_table(network), strict=True):
        given, shape = shape, row["output_shape"]
        if row["kind"] == "conv":
            has_biases = layer.options["use_bias"]
            many = num_dense_parameters(given, shape) - (0 if has_biases else math.prod(shape))
            rows.append((row["name"], given, shape, row["parameters"], many, has_biases))
    return rows
