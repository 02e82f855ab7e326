"""Looking at runs: the list, the live curves, and the scrubber."""

import streamlit as st

from explorer import runs
from explorer.runs.writable import why_no_new
from explorer.ui import import_panel, live, run_file, run_list, scrub, text
from explorer.ui.address import set_up_with


def show():
    """Show the list, then everything about the chosen runs."""
    run_list.show_unreadable()
    known = runs.list_runs()
    if not known:
        _show_nothing()
        return
    run_list.show_runs(known)
    run_file.show_opening()
    import_panel.show()
    chosen = run_list.choose_runs(known)
    if not chosen:
        st.info("Choose a run to see how it learned.", icon=":material/touch_app:")
        return
    live.show_live(chosen)
    scrub.show_scrubber(chosen)


def _show_nothing():
    """Say that there are no runs, and how to get one, where one can be kept."""
    if why := why_no_new():
        st.info(f"There are no runs. {text.plain(why)}", icon=":material/lock:")
        return
    st.info(
        "There are no runs yet. Set one up on the tab New run.",
        icon=":material/model_training:",
    )
    st.button(
        "Begin with the small handwritten digits",
        icon=":material/arrow_forward:",
        on_click=set_up_with,
        args=("digits",),
    )
    run_file.show_opening()
    import_panel.show()
