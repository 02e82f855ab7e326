"""Which network to train: the choice, its layers and what they cost."""

import pandas as pd
import streamlit as st

from explorer.charts.volumes import volumes
from explorer.data import ImageSet
from explorer.models.architectures import (
    ARCHITECTURES,
    DEFAULTS,
    Network,
    largest_depth,
    layer_table,
)
from explorer.ui import text
from explorer.ui.data_panel import IMAGE_SIZES

ARCHITECTURE_LABELS = {
    "article": "The article's network",
    "compact": "Compact, modern",
    "dense": "Dense layers only",
}
KIND_LABELS = {
    "rescale": "Rescaling to −1…1",
    "conv": "Convolution",
    "norm": "Batch normalisation",
    "relu": "ReLU",
    "pool": "Max pooling",
    "global_pool": "Global average pooling",
    "flatten": "Flatten",
    "dense": "Dense",
    "dropout": "Dropout",
}
MOST_FILTERS = 512
DEEPEST = 6
KERNEL_SIZES = (1, 3, 5, 7, 9, 11)


def choose_network(images: ImageSet) -> Network | None:
    """Show the inputs; return the network, or `None` with a line beside what cannot be built."""
    name = st.selectbox(
        "Architecture",
        ARCHITECTURES,
        format_func=ARCHITECTURE_LABELS.get,
        key="trainer_architecture",
        persist_state="session",
    )
    st.caption(f"{ARCHITECTURES[name]}.")
    image_size, channels = images.images.shape[1], images.images.shape[3]
    options = _options(name, image_size)
    if depth_problem(name, options["depth"], image_size):
        return None
    return Network(
        name=name,
        image_size=image_size,
        channels=channels,
        num_classes=len(images.class_names),
        **options,
    )


def _options(name: str, image_size: int) -> dict:
    """Show what can be adjusted; every architecture keeps its own settings."""
    defaults, is_dense = DEFAULTS[name], name == "dense"
    keep = {"persist_state": "session"}
    filters = st.number_input(
        "Units of every layer" if is_dense else "Filters of the first block",
        1,
        MOST_FILTERS,
        defaults["filters"],
        key=f"trainer_filters_{name}",
        help=None if is_dense else "Every further block has twice as many.",
        **keep,
    )
    kernel_size = defaults["kernel_size"]
    if not is_dense:
        kernel_size = st.select_slider(
            "Kernel size", KERNEL_SIZES, kernel_size, key=f"trainer_kernel_{name}", **keep
        )
    depth = st.select_slider(
        "Hidden layers" if is_dense else "Blocks",
        range(1, DEEPEST + 1),
        min(defaults["depth"], largest_depth(name, image_size) or DEEPEST),
        key=f"trainer_depth_{name}",
        **keep,
    )
    too_deep = depth_problem(name, depth, image_size)
    if too_deep:
        st.error(too_deep, icon=":material/error:")
    dropout = st.slider(
        "Dropout before the logits",
        0.0,
        0.9,
        defaults["dropout"],
        0.05,
        key=f"trainer_dropout_{name}",
        help="The share of units switched off at random at every training step.",
        **keep,
    )
    return {"filters": filters, "kernel_size": kernel_size, "depth": depth, "dropout": dropout}


def depth_problem(name: str, depth: int, image_size: int) -> str:
    """Say why images of this size cannot pass so many blocks, and what can; empty when they can."""
    fits = largest_depth(name, image_size)
    if fits is None or depth <= fits:
        return ""
    larger = [size for size in IMAGE_SIZES if largest_depth(name, size) >= depth]
    advice = f", or an image size of {larger[0]} pixels" if larger else ""
    return (
        f"{depth} blocks are too many for images of {image_size} × {image_size} pixels: every "
        f"block halves them. Choose at most {text.count(fits, 'block')}{advice}."
    )


def show_network(network: Network):
    """Show the drawing of the layers, their table and its sums."""
    rows = layer_table(network)
    image = (network.image_size, network.image_size, network.channels)
    st.altair_chart(
        volumes(rows, input_shape=image),
        alt="The output of every layer as a box, height × width × channels, to scale. The same "
        "numbers are in the table below.",
    )
    parameters = sum(row["parameters"] for row in rows)
    memory = sum(row["memory_bytes"] for row in rows)
    st.markdown(
        f"**{text.count(parameters, 'parameter')}** in all; the outputs of all layers for one "
        f"image take {text.size(memory)} of memory."
    )
    st.dataframe(
        _layer_frame(rows),
        hide_index=True,
        height="content",
        column_config={
            "Parameters": st.column_config.NumberColumn(format="localized"),
            "Output": st.column_config.TextColumn(help="Height × width × channels, or units"),
            "Memory": st.column_config.TextColumn(help="The output for one image, in float32"),
        },
        alt=f"Table of {len(rows)} layers with {parameters:,} parameters in all",
    )


def _layer_frame(rows: list[dict]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Layer": [row["name"] for row in rows],
            "Kind": [KIND_LABELS[row["kind"]] for row in rows],
            "Output": [text.shape(row["output_shape"]) for row in rows],
            "Parameters": [row["parameters"] for row in rows],
            "Memory": [text.size(row["memory_bytes"]) for row in rows],
        }
    )
