"""The filters of a network's layers over the steps of its training."""

from pathlib import Path

import numpy as np
import streamlit as st

from explorer import runs
from explorer.analysis.timeline import align
from explorer.charts import filter_montage, filter_reading, pair
from explorer.charts.compose import specification
from explorer.ui import text
from explorer.ui.compare_recordings import timeline_of
from explorer.ui.filters_network import Network
from explorer.ui.filters_shown import Shown
from explorer.ui.linked_layer import choose_layer
from explorer.ui.moving_chart import show_moving_chart

PLACE = "filters_kernels"
LAYER = "filter_layer"
UNKNOWN = "The link names a layer that has no filters in this network."
RECORDED, CHECKPOINTS = "recorded", "checkpoints"
WHAT = {filter_reading.VALUE: "Weight", filter_reading.CHANGE: "Change since the first step"}
LIMIT = 32  # charts kept in memory, for all visitors


def show(network: Network, images: list[Shown]):
    """Show the filters of a layer under a slider over the training."""
    if network.run is None:
        st.info(
            "This network comes without a recording of its training. One map enlarged, under "
            "Feature maps, shows its filters one by one.",
            icon=":material/history_toggle_off:",
        )
        return
    known = filter_reading.kernels_of(network.run)
    if not known:
        st.info(
            "This network has no filters: it has dense layers only, whose units look at the whole "
            "image at once. Their weights are among the Weights on the page Compare.",
            icon=":material/grid_off:",
        )
        return
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    tensor = choose_layer(list(known), left, key=LAYER, unknown=UNKNOWN)
    at = _choose_steps(network.run, known[tensor], middle)
    what = right.segmented_control(
        "Colour is",
        list(WHAT),
        format_func=WHAT.get,
        default=filter_reading.VALUE,
        required=True,
        key="filter_colour",
        bind="query-params",
    )
    st.caption("One scale, fixed over all steps: orange above 0, blue below.")
    _draw(network, tensor, at, what)


def _choose_steps(run, info, place) -> str:
    """Offer the recorded steps, if whole filters were recorded, and the checkpoints."""
    total = info.shape[-1]
    num_checkpoints = _count_checkpoints(run, info.name)
    if info.rows is not None or not len(run.steps):
        place.caption(f"All {total:,} filters at {num_checkpoints}: only these have them whole.")
        return CHECKPOINTS
    if info.is_whole:
        steps = text.count(len(run.steps), "recorded step")
        place.caption(f"All {total:,} filters at {steps}.")
        return RECORDED
    steps = text.count(len(run.steps), "step")
    words = {
        RECORDED: f"{steps}, {info.stored_shape[1]:,} filters",
        CHECKPOINTS: f"{num_checkpoints}, all {total:,}",
    }
    return place.segmented_control(
        "At",
        list(words),
        format_func=words.get,
        default=RECORDED,
        required=True,
        key="filter_steps",
        bind="query-params",
        help="Of a large layer some filters are recorded at many steps; all of them are kept at "
        "the checkpoints.",
    )


def _count_checkpoints(run, tensor) -> str:
    read, total = len(filter_reading.checkpoints_to_read(run, tensor)), len(run.checkpoints)
    known = text.count(total, "checkpoint")
    return known if read == total else f"{read:,} of {known}"


def _draw(network, tensor, at, what):
    """Draw the chart; the slider begins at the checkpoint that is chosen above."""
    run = network.run
    state = (run.folder, run.description.get("created"), len(run.steps), len(run.checkpoints))
    show_moving_chart(
        PLACE,
        lambda width: _chart(state, tensor, at, what, width, network.step),
        alt=f"Filters of {tensor} in {run.name}, with a slider over the steps below",
        words=pair.place_words(_timeline(run, tensor, at)),
    )


def _timeline(run, tensor, at):
    if at == RECORDED:
        return timeline_of([run], "step")
    return align([np.array(filter_reading.checkpoints_to_read(run, tensor))])


@st.cache_resource(max_entries=LIMIT, show_spinner=False)
def _chart(
    state: tuple[Path, str, int, int], tensor: str, at: str, what: str, width: int, step: int
) -> dict:
    run = runs.open_run(state[0])
    timeline = _timeline(run, tensor, at)
    if at == RECORDED:
        filters = filter_reading.read_recorded(run, timeline, tensor, what)
    else:
        steps = filter_reading.checkpoints_to_read(run, tensor)
        filters = filter_reading.read_checkpoints(run, steps, tensor, what)
    frame = pair.Frame([run.name], width, timeline, timeline.place_of(0, step))
    return specification(filter_montage.filter_montage(filters, frame))
