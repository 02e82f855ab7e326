"""The runs there are: the table, and which one or two of them to look at."""

import math

import pandas as pd
import streamlit as st

from explorer import runs
from explorer.training import jobs
from explorer.ui import text
from explorer.ui.run_facts import STATUS_LABELS, facts, is_bundled, label

MOST_CHOSEN = 2
ROWS_SHOWN = 8
ROW_PIXELS = 35


def show_runs(known: list[runs.Run]):
    """Show all runs in a table, newest first."""
    frame = pd.DataFrame([_row(run) for run in known])
    st.dataframe(
        frame,
        hide_index=True,
        height=ROW_PIXELS * (min(len(frame), ROWS_SHOWN) + 1) + 3,
        placeholder="–",
        column_config={
            "Progress": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
            "Accuracy": st.column_config.NumberColumn(
                format="percent", help="On the validation images, at the last validation"
            ),
            "Learning rate": st.column_config.NumberColumn(format="%.4g"),
        },
        alt=f"Table of {text.count(len(frame), 'run')} with status, progress and accuracy",
    )


def _row(run: runs.Run) -> dict:
    now = facts(run)
    return {
        "Run": run.name,
        "Status": status_words(run),
        "Progress": now.progress,
        "Learning rate": run.spec.get("learning_rate"),
        "Accuracy": None if math.isnan(now.accuracy) else now.accuracy,
        "Images": run.data.get("name") or run.spec.get("data"),
        "Network": run.spec.get("model"),
        "From": "Bundled" if is_bundled(run) else str(run.description.get("created", ""))[:16],
    }


def status_words(run: runs.Run) -> str:
    """Return the status, with the place in the queue while the run waits."""
    place = jobs.queue_place(run) if run.status == "waiting" else None
    if place:
        return f"Waiting, number {place} in line"
    return STATUS_LABELS.get(run.status, run.status)


def choose_runs(known: list[runs.Run]) -> list[runs.Run]:
    """Let the visitor choose one run, or two to compare; the choice is part of the address."""
    by_id = {run.id: run for run in known}
    _report_unknown(by_id)
    if "run" in st.session_state:
        st.session_state["run"] = [item for item in st.session_state["run"] if item in by_id]
    chosen = st.multiselect(
        "Look at one run, or at two side by side",
        list(by_id),
        format_func=lambda item: label(by_id[item]),
        max_selections=MOST_CHOSEN,
        key="run",
        bind="query-params",
        placeholder="Choose a run",
    )
    return [by_id[item] for item in chosen]


def _report_unknown(by_id: dict[str, runs.Run]):
    """Say so when a link names runs that are not here; such values never reach a path."""
    asked = st.query_params.get_all("run")
    unknown = [item for item in asked if item not in by_id]
    if unknown:
        st.warning(
            f"The link names {text.count(len(unknown), 'run')} that this explorer does not have. "
            "It may have been deleted, or the link was cut short. Choose from the list below.",
            icon=":material/link_off:",
        )
