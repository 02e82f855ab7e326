"""What the comparison shows of two runs: read from disk once, kept for all visitors."""

from collections.abc import Sequence

import streamlit as st

from explorer import runs
from explorer.analysis.timeline import Timeline, align, thin
from explorer.charts import pair
from explorer.charts.distributions import distributions
from explorer.charts.fitted import fitted_specification
from explorer.charts.kernels import kernels
from explorer.charts.recorded import read_distribution, read_kernels
from explorer.ui.recordings import planned

LIMIT = 64  # charts kept in memory, half a megabyte each: those of a class


def timeline_of(chosen: Sequence[runs.Run], mode: str) -> Timeline:
    """Put the runs on one slider; a running one has room for the steps to come."""
    return align([thin(planned(run) if run.is_live else run.steps) for run in chosen], mode=mode)


def distribution_chart(
    chosen: Sequence[runs.Run],
    names: Sequence[str],
    *,
    kind: str,
    tensors: Sequence[str],
    view: str | None,
    mode: str,
    width: int,
    start: tuple[int, int] | None = None,
) -> dict:
    """Draw distributions of tensors in the chosen runs, drawn anew only when steps were added.

    Args:
        chosen: The runs.
        names: What they are called on the chart.
        kind: What is distributed.
        tensors: Names of the tensors.
        view: How one tensor is drawn over all steps, or `None`.
        mode: How the runs are aligned.
        width: Pixels there are.
        start: Number of a run and one of its steps, at which the slider stands at first.

    Returns:
        A specification, see `charts.compose`; it is shared and must not be changed.
    """
    state = tuple((run.folder, len(run.steps), run.is_live) for run in chosen)
    return _distribution_chart(state, tuple(names), kind, tuple(tensors), view, mode, width, start)


@st.cache_resource(max_entries=LIMIT, show_spinner=False)
def _distribution_chart(state, names, kind, tensors, view, mode, width, start):
    chosen = [runs.open_run(folder) for folder, _, _ in state]
    growing = any(is_live for _, _, is_live in state)
    timeline = timeline_of(chosen, mode)
    items = [read_distribution(chosen, timeline, kind, tensor, growing) for tensor in tensors]
    place = timeline.place_of(*start) if start else 0
    frame = pair.Frame(names, width, timeline, place)
    chart = distributions(items, frame, kind=kind, view=view, growing=growing)
    return fitted_specification(chart, width)


def kernel_chart(
    chosen: Sequence[runs.Run],
    names: Sequence[str],
    *,
    tensor: str,
    what: str,
    mode: str,
    width: int,
    start: tuple[int, int] | None = None,
) -> dict:
    """Draw a weight tensor of the chosen runs; `what` is a key of `charts.recorded.MODES`.

    Returns:
        A specification, like `distribution_chart`.
    """
    state = tuple((run.folder, len(run.steps), run.is_live) for run in chosen)
    return _kernel_chart(state, tuple(names), tensor, what, mode, width, start)


@st.cache_resource(max_entries=LIMIT, show_spinner=False)
def _kernel_chart(state, names, tensor, what, mode, width, start):
    chosen = [runs.open_run(folder) for folder, _, _ in state]
    growing = any(is_live for _, _, is_live in state)
    timeline = timeline_of(chosen, mode)
    item = read_kernels(chosen, timeline, tensor, what, growing)
    place = timeline.place_of(*start) if start else 0
    frame = pair.Frame(names, width, timeline, place)
    return fitted_specification(kernels(item, frame), width)
