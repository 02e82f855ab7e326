"""The scalars of two runs, with what the verdict points at."""

from collections.abc import Sequence

import streamlit as st

from explorer import runs
from explorer.analysis.evidence import Evidence
from explorer.analysis.measuring import gather
from explorer.charts import pair
from explorer.charts.fitted import fitted_specification
from explorer.charts.measures import measures
from explorer.charts.scalar_series import Panel
from explorer.charts.scalars import scalars
from explorer.runs import files

LIMIT = 48  # kept for all visitors


def curves_chart(
    chosen: Sequence[runs.Run], names: Sequence[str], *, width: int, mark: tuple | None = None
) -> dict:
    """Draw the scalars of the runs; drawn anew only when they have grown.

    Args:
        chosen: The runs.
        names: Their names on the chart.
        width: Pixels the chart may take.
        mark: Panel and step to point at, or `None`.

    Returns:
        A specification, see `charts.compose`; it is shared and must not be changed.
    """
    state = tuple((run.folder, len(run.steps), _metrics_size(run)) for run in chosen)
    return _curves_chart(state, tuple(names), width, mark)


@st.cache_resource(max_entries=LIMIT, show_spinner=False)
def _curves_chart(state, names, width, mark):
    every = [_evidence(*one) for one in state]
    panels = measures(every)
    if not panels:
        raise ValueError("Neither run has any metrics yet.")
    if mark is not None:
        panels = _pointed_at(panels, *mark)
    last_step = max((int(one.steps[-1]) for panel in panels for one in panel.series), default=1)
    chart = scalars(panels, pair.Frame(names, width), last_step=last_step)
    return fitted_specification(chart, width)


def _metrics_size(run):
    metrics = run.folder / files.METRICS
    return metrics.stat().st_size if metrics.exists() else 0


def evidence_of(run: runs.Run) -> Evidence:
    """Measure a run; again only when it has grown."""
    return _evidence(run.folder, len(run.steps), _metrics_size(run))


@st.cache_resource(max_entries=LIMIT, show_spinner=False)
def _evidence(folder, num_steps, metrics_size):
    return gather(runs.open_run(folder))


def _pointed_at(panels, key, step):
    """Put the panel that is asked for first, with a line at the step."""
    asked = [Panel(**{**vars(panel), "mark": step}) for panel in panels if panel.key == key]
    return asked + [panel for panel in panels if panel.key != key]
