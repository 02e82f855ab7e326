"""Colour: three channels, kernels with a slice for each, and a feature map for each kernel."""

from dataclasses import replace

import numpy as np
import streamlit as st

from explorer import runs
from explorer.analysis.classic_kernels import classic, drawn_in_color
from explorer.analysis.convolution import Sliding, num_parameters
from explorer.charts.compose import specification
from explorer.charts.filter_reading import kernels_of
from explorer.charts.sliding_volume import Volume, sliding_volume
from explorer.data.resizing import shrunk
from explorer.ui import convolution_pool, linked, text
from explorer.ui.convolution_check import check_with_keras
from explorer.ui.convolution_image import show_in_color
from explorer.ui.convolution_runs import choose_run, choose_step, read_layer
from explorer.ui.convolution_size import say_why_empty
from explorer.ui.moving_chart import show_moving_chart

PLACE = "volume"
EXAMPLE, RUN = "example", "run"
WAY_WORDS = {EXAMPLE: "An example", RUN: "Filters of a run"}
SIDE, LARGEST = 9, 32
MOST_FILTERS = 3
LARGEST_KERNEL = 7
COLORS = ("red", "green", "blue")


def show(picture: np.ndarray | None):
    """Show kernels that slide over a picture in colour, then pooling.

    Args:
        picture: What was chosen above. (size, size, channels)
    """
    st.header("Three channels, several kernels")
    st.markdown(
        "A colour image is not one matrix but three, one on top of the other: how much red, green "
        "and blue light each cell has. A kernel for it has a slice for each channel. The products "
        "of all slices and the bias are summed to a *single* number, so each kernel makes one "
        "feature map, and a layer of several kernels makes a block of as many: the channels that "
        "the next layer looks at. Here the window always moves by one cell and stays inside the "
        "image, and the sums are kept as they are: kernel, stride, padding, dilation and "
        "activation function from the top play no part."
    )
    way = linked.choose(
        st.segmented_control,
        "Kernels",
        list(WAY_WORDS),
        "volume",
        required=True,
        format_func=WAY_WORDS.get,
    )
    image = _image(picture)
    if way == EXAMPLE:
        linked.forget("volume_run", "volume_step", "volume_filters")
        volume = replace(example(), image=image)
    else:
        volume = _of_run(image)
    if volume is not None:
        _draw(volume, is_example=way == EXAMPLE)


def _image(picture):
    """Show and return the picture above in colour, not too large; else an example."""
    has_color = picture is not None and picture.shape[-1] == 3
    row = st.container(horizontal=True, vertical_alignment="center")
    show_in_color(row, picture if has_color else drawn_in_color(SIDE))
    if not has_color:
        row.caption(
            "The picture above has a single channel. Here is one in colour. For another one choose "
            "“Colours”, a picture of yours or an image of a run at the top."
        )
        return drawn_in_color(SIDE)
    smaller = f" Here it is shown in {LARGEST} x {LARGEST} cells." if len(picture) > LARGEST else ""
    row.caption(f"The picture above, with all its channels at once.{smaller}")
    if not smaller:
        return picture
    return np.stack([shrunk(picture[..., c], LARGEST) for c in range(3)], axis=-1)


def _draw(volume, *, is_example):
    if not volume.sliding.length(len(volume.image)):
        say_why_empty(volume.sliding, len(volume.image))
        return
    show_moving_chart(
        PLACE,
        lambda width: specification(sliding_volume(volume, width)),
        alt="Three channels, the slices of a kernel, and a feature map for each kernel",
    )
    check_with_keras(volume.image, volume.kernels, volume.bias, volume.sliding, "check_volume")
    st.caption(_to_learn(volume))
    if not is_example:
        st.caption(
            "The cells go from 0 to 1 here. The network itself may scale them before its first "
            "layer, and sees the image in its full size."
        )
    convolution_pool.show(volume)


def _to_learn(volume) -> str:
    """Count the numbers that the kernels, and the biases if there are any, learn."""
    size, _, channels, filters = volume.kernels.shape
    every = num_parameters(size, channels, filters)
    biases = f"and {text.count(filters, 'bias', 'biases')}"
    if not volume.has_biases:
        every, biases = every - filters, "and no biases"
    return (
        f"These kernels hold {size} × {size} × {channels} × {filters} weights {biases}: {every} "
        "numbers to learn, however large the image is."
    )


def _of_run(image) -> Volume | None:
    """Let the visitor choose filters of a run's first layer."""
    known = [run for run in runs.list_runs() if _first_kernel(run)]
    if not known:
        st.info(
            "No run looks at images in colour. Train one on the page Trainer.",
            icon=":material/palette:",
        )
        return None
    columns = st.columns(3)
    run = choose_run(columns[0], known, "volume_run")
    step = choose_step(run, columns[1], "volume_step")
    try:
        kernels, bias = read_layer(run, _first_kernel(run), step)
    except ValueError as error:
        st.error(text.plain(error), icon=":material/error:")
        return None
    total = kernels.shape[-1]
    numbers = linked.choose_several(
        columns[2].multiselect,
        "Filters",
        range(total),
        MOST_FILTERS,
        list(range(min(2, total))),
        "volume_filters",
        format_func=lambda one: str(one + 1),
    )
    if not numbers:
        st.info("Choose a filter.", icon=":material/grid_on:")
        return None
    if bias is None:
        st.caption("The network leaves biases out in this layer: they are 0.")
    return Volume(
        image,
        kernels[..., numbers],
        np.zeros(len(numbers)) if bias is None else bias[numbers],
        COLORS,
        tuple(f"filter {number + 1} at step {step:,}" for number in numbers),
        Sliding(len(kernels)),
        has_biases=bias is not None,
    )


def _first_kernel(run) -> str | None:
    """Return the kernel of a first layer that looks at three channels through square windows."""
    name, info = next(iter(kernels_of(run).items()), (None, None))
    if info is None or not len(run.checkpoints):
        return None
    height, width, channels, _ = info.shape
    return name if channels == 3 and height == width <= LARGEST_KERNEL else None


def example() -> Volume:
    """Return a drawn image in colour and two kernels: for red light, and for edges."""
    redness = np.stack([classic("identity", 3) * share for share in (1, -1, -1)], axis=-1)
    edges = np.stack([classic("sobel_x", 3)] * 3, axis=-1)
    return Volume(
        drawn_in_color(SIDE),
        np.stack([redness, edges], axis=-1),
        np.array([0.0, 0.5]),
        COLORS,
        ("red alone", "edges in any colour"),
        Sliding(3),
    )
