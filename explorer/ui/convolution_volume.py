"""Colour: three channels, kernels with a slice for each, and a feature map for each kernel."""

import numpy as np
import streamlit as st

from explorer import runs
from explorer.analysis.classic_kernels import classic, drawn
from explorer.analysis.convolution import Sliding, num_parameters
from explorer.charts.compose import specification
from explorer.charts.filter_reading import kernels_of
from explorer.charts.sliding_volume import Volume, sliding_volume
from explorer.data.resizing import shrunk
from explorer.ui import text
from explorer.ui.convolution_check import check_with_keras
from explorer.ui.convolution_image import choose_probe_image, has_images
from explorer.ui.convolution_runs import choose_run
from explorer.ui.moving_chart import show_moving_chart

PLACE = "volume"
EXAMPLE, RUN = "An example", "Of a run"
SIDE = 9
MOST_FILTERS = 3
LARGEST_KERNEL = 5
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
    way = st.segmented_control(
        "Image and kernels",
        [EXAMPLE, RUN],
        default=EXAMPLE,
        required=True,
        key="volume_of",
        persist_state="session",
    )
    if way == EXAMPLE:
        _draw(example(), has_bias=True, is_example=True)
    else:
        _of_run()


def _draw(volume, *, has_bias, is_example):
    show_moving_chart(
        PLACE,
        lambda width: specification(sliding_volume(volume, width)),
        alt="Three channels, the slices of a kernel, and a feature map for each kernel",
    )
    check_with_keras(volume.image, volume.kernels, volume.bias, volume.sliding, "check_volume")
    size, _, channels, filters = volume.kernels.shape
    learned = num_parameters(size, channels, filters) - (0 if has_bias else filters)
    biases = (
        f" and {filters} biases" if has_bias else ", and no biases, which its network leaves out"
    )
    st.caption(
        f"These kernels hold {size} × {size} × {channels} × {filters} weights{biases}: "
        f"{learned} learned numbers, however large the image is."
    )
    if not is_example:
        st.caption(
            "The cells go from 0 to 1 here. The network itself may scale them before its first "
            "layer, and sees the image in its full size."
        )


def _of_run():
    """Let the visitor choose an image in colour and filters of a run's first layer."""
    known = [run for run in runs.list_runs() if _first_kernel(run) and has_images(run)]
    if not known:
        st.info(
            "No run looks at images in colour. Train one on the page Trainer.",
            icon=":material/palette:",
        )
        return
    columns = st.columns(4)
    run = choose_run(columns[0], known, key="volume_run")
    image = choose_probe_image(run, columns[2], key="volume_image")
    step = _choose_step(run, columns[1])
    try:
        kernels, bias = _filters(run, step)
    except (runs.RunError, OSError, KeyError) as error:
        st.error(text.plain(error), icon=":material/error:")
        return
    if image is None:
        return
    total = kernels.shape[-1]
    numbers = columns[3].multiselect(
        "Filters",
        range(total),
        list(range(min(2, total))),
        format_func=lambda one: str(one + 1),
        max_selections=MOST_FILTERS,
        key=f"volume_filters_{run.id}",
    )
    if not numbers:
        st.info("Choose a filter.", icon=":material/grid_on:")
        return
    side = SIDE + len(kernels) - 3
    volume = Volume(
        np.stack([shrunk(image[..., c] / 255, side) for c in range(3)], axis=-1),
        kernels[..., numbers].astype(float),
        np.zeros(len(numbers)) if bias is None else bias[numbers].astype(float),
        COLORS,
        tuple(f"filter {number + 1} at step {step:,}" for number in numbers),
        Sliding(len(kernels)),
    )
    _draw(volume, has_bias=bias is not None, is_example=False)


def _choose_step(run, place):
    steps = run.checkpoints.tolist()
    return place.selectbox("Training step", steps, len(steps) - 1, key=f"volume_step_{run.id}")


def _filters(run, step):
    """Return the first layer's kernels at a checkpoint, and its biases if it has any."""
    weights = run.checkpoint(step)
    name = _first_kernel(run)
    return weights[name], weights.get(name.replace("kernel", "bias"))


def _first_kernel(run) -> str | None:
    """Return the kernel of a first layer that looks at three channels through square windows."""
    name, info = next(iter(kernels_of(run).items()), (None, None))
    if info is None or not len(run.checkpoints):
        return None
    height, width, channels, _ = info.shape
    return name if channels == 3 and height == width <= LARGEST_KERNEL else None


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
