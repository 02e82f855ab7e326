"""Looking at runs: the list, the live curves, and the scrubber."""

import streamlit as st

from explorer import runs
from explorer.ui import run_actions, run_list


def show():
    """Show the list, then everything about the chosen runs."""
    known = runs.list_runs()
    if not known:
        st.info(
            "There are no runs yet. Set one up on the tab New run.",
            icon=":material/model_training:",
        )
        return
    run_list.show_runs(known)
    chosen = run_list.choose_runs(known)
    for run in chosen:
        run_actions.show_actions(run)
