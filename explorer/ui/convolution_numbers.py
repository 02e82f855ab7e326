"""What a chain of layers sees, and how little a convolution learns beside a dense layer."""

import pandas as pd
import streamlit as st

from explorer import runs
from explorer.analysis.convolution import Sliding, num_dense_parameters, num_parameters
from explorer.charts.compose import specification
from explorer.charts.parameter_counts import counts, parameter_counts
from explorer.charts.receptive_field import receptive_fields
from explorer.models.architectures import layer_table
from explorer.ui import text
from explorer.ui.convolution_runs import choose_run
from explorer.ui.moving_chart import show_moving_chart
from explorer.ui.run_facts import network_of

PLACE = "receptive"
CONVOLUTION, POOLING = ("convolution 3 x 3", Sliding(3)), ("pooling 2 x 2", Sliding(2, 2))
WIDE = ("convolution 3 x 3, dilation 2", Sliding(3, dilation=2))
CHAINS = {
    "Two convolutions": [CONVOLUTION, CONVOLUTION],
    "Three convolutions": [CONVOLUTION] * 3,
    "Convolution, pooling, convolution": [CONVOLUTION, POOLING, CONVOLUTION],
    "Convolution, then one with dilation": [CONVOLUTION, WIDE],
}
SIDE = 14
SIZES = range(4, 65, 2)


def show_receptive_field():
    """Show how the view of a cell grows from layer to layer."""
    st.header("Layer after layer, a cell sees more")
    st.markdown(
        "The next layer slides over the feature maps of the one before. Each of its cells sees "
        "cells that have each seen a window: the part of the image that one cell depends on, its "
        "*receptive field*, grows with every layer, and faster behind pooling."
    )
    chain = CHAINS[st.selectbox("Layers", list(CHAINS), index=2, key="receptive_layers")]
    names, slidings = zip(*chain, strict=True)
    numbered = [f"{place}: {name}" for place, name in enumerate(names, start=1)]
    show_moving_chart(
        PLACE,
        lambda width: specification(receptive_fields(slidings, numbered, SIDE, width)),
        alt="The image and the layers behind it, with the cells that one last cell has seen",
    )


def show_parameters():
    """Compare the learned numbers of a convolution and a dense layer."""
    st.header("Few numbers, used everywhere")
    st.markdown(
        "A convolution learns k × k × channels × filters weights and a bias a filter, the same at "
        "every place: a larger image costs nothing. A dense layer learns a weight for every pair "
        "of an input and an output."
    )
    columns = st.columns(4)
    side = columns[0].select_slider("Height and width", SIZES, 32, key="numbers_side")
    size = columns[1].number_input("Kernel", 1, 7, 3, key="numbers_kernel")
    channels = columns[2].number_input("Channels", 1, 512, 3, key="numbers_channels")
    filters = columns[3].number_input("Filters", 1, 512, 16, key="numbers_filters")
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
    words = "The same for the network of a run"
    run = choose_run(st, known, key="numbers_run", words=words)
    st.dataframe(pd.DataFrame(_convolutions(run)), hide_index=True)


def _convolutions(run) -> list[dict]:
    """Count what each convolution of a run's network learns, and what dense layers would."""
    network = network_of(run)
    if network is None:
        return []
    shape, rows = (network.image_size, network.image_size, network.channels), []
    for row in layer_table(network):
        given, shape = shape, row["output_shape"]
        if row["kind"] == "conv":
            rows.append(
                {
                    "Layer": row["name"],
                    "From": text.shape(given),
                    "To": text.shape(shape),
                    "Learned": f"{row['parameters']:,}",
                    "A dense layer instead": f"{num_dense_parameters(given, shape):,}",
                }
            )
    return rows
