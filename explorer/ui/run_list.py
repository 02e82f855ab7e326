"""The runs there are: the table, and which one or two of them to look at."""

import math

import pandas as pd
import streamlit as st

from explorer import runs
from explorer.runs.listing import unreadable_runs
from explorer.training import jobs
from explorer.ui import text
from explorer.ui.run_facts import (
    STATUS_LABELS,
    facts,
    is_bundled,
    label,
    learning_rate_of,
    network_words,
)

CHOSEN = "trainer_runs"
MOST_CHOSEN = 2
ROWS_SHOWN = 8
ROW_PIXELS = 35
EVERY_SECONDS = 1.0


def show_runs(known: list[runs.Run]):
    """Show all runs in a table, newest first; anew every second while one is at work."""
    live = [run.id for run in known if run.is_live]
    draw = st.fragment(_draw, run_every=EVERY_SECONDS if live else None)
    draw(live)


def _draw(live: list[str]):
    known = runs.list_runs()
    if [run.id for run in known if run.is_live] != live:
        st.rerun()
    frame = pd.DataFrame([_row(run) for run in known])
    st.dataframe(
        frame,
        hide_index=True,
        height=ROW_PIXELS * (min(len(frame), ROWS_SHOWN) + 1) + 3,
        placeholder="–",
        column_config={
            "Progress": st.column_config.ProgressColumn(format="%d%%", min_value=0, max_value=100),
            "Accuracy": st.column_config.NumberColumn(
                format="percent", help="On the validation images, at the last validation"
            ),
            "Learning rate": st.column_config.NumberColumn(format="%.4g"),
            "Made": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
        },
        alt=f"Table of {text.count(len(frame), 'run')} with status, progress and accuracy",
    )


def _row(run: runs.Run) -> dict:
    now = facts(run)
    return {
        "Run": run.name,
        "Status": status_words(run),
        "Progress": 100 if run.source else int(100 * now.progress),
        "Learning rate": learning_rate_of(run),
        "Accuracy": None if math.isnan(now.accuracy) else now.accuracy,
        "Images": run.data.get("name") or run.spec.get("data"),
        "Network": network_words(run),
        "Origin": "Bundled" if is_bundled(run) else "Imported" if run.source else "Own",
        "Made": pd.to_datetime(run.description.get("created"), errors="coerce"),
    }


def status_words(run: runs.Run) -> str:
    """Return the status, with the place in the queue while the run waits."""
    place = jobs.queue_place(run) if run.status == "waiting" else None
    if place:
        return f"Waiting, number {place} in line"
    return STATUS_LABELS.get(run.status, run.status)


def show_unreadable():
    """Name the run folders that cannot be opened, and why."""
    broken = unreadable_runs()
    if not broken:
        return
    words = f"{text.count(len(broken), 'run')} cannot be opened"
    with st.expander(words, icon=":material/warning:"):
        frame = pd.DataFrame(broken.items(), columns=["Folder", "Reason"])
        st.dataframe(frame, hide_index=True, alt="Runs that cannot be opened, and why")


def choose_runs(known: list[runs.Run]) -> list[runs.Run]:
    """Let the visitor choose one run, or two to compare; the choice is part of the address."""
    by_id = {run.id: run for run in known}
    if CHOSEN not in st.session_state:
        st.session_state[CHOSEN] = _asked_for(by_id) or [known[0].id]
    kept = [item for item in st.session_state[CHOSEN] if item in by_id]
    st.session_state[CHOSEN] = kept[:MOST_CHOSEN]
    chosen = st.multiselect(
        "Look at one run, or at two side by side",
        list(by_id),
        format_func=lambda item: label(by_id[item], known),
        max_selections=MOST_CHOSEN,
        key=CHOSEN,
        persist_state="session",
        placeholder="Choose a run",
    )
    st.query_params["run"] = chosen
    return [by_id[item] for item in chosen]


def _asked_for(by_id: dict[str, runs.Run]) -> list[str]:
    """Return the runs a link names; say so when one is not here. It never becomes a path."""
    asked = st.query_params.get_all("run")
    unknown = [item for item in asked if item not in by_id]
    if unknown:
        st.warning(
            f"The link names {text.count(len(unknown), 'run')} that this explorer does not have: "
            "deleted, perhaps, or the link was cut short. Choose from the list.",
            icon=":material/link_off:",
        )
    return [item for item in asked if item in by_id]
