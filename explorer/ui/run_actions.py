"""What can be done to a run: stop it, go on with it, rename it, delete it."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from explorer import runs
from explorer.runs.writable import why_fixed
from explorer.training import jobs
from explorer.training.networks import can_be_opened
from explorer.ui import run_file, text
from explorer.ui.run_facts import is_bundled
from explorer.ui.visitor import owner

BUNDLED = "Bundled runs stay as they are: other pages show them."


def show_actions(run: runs.Run):
    """Show the buttons that make sense in the run's present state."""
    why = BUNDLED if is_bundled(run) else why_fixed(run) or None
    fixed = run.is_live or why is not None
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.is_live and st.button("Stop", key=f"stop_{run.id}", icon=":material/stop:"):
            _do(jobs.request_stop, run)
        can_resume = run.status in jobs.RESUMABLE and run.spec
        if can_resume and st.button(
            "Resume",
            key=f"resume_{run.id}",
            icon=":material/resume:",
            disabled=fixed,
            help=why,
        ):
            _do(partial(jobs.resume, owner=owner()), run)
        with st.popover("Rename", icon=":material/edit:", disabled=fixed, help=why):
            name = st.text_input("New name", run.name, max_chars=100, key=f"name_{run.id}")
            if st.button("Save", key=f"save_{run.id}", disabled=not name.strip()):
                _do(jobs.rename, run, name.strip())
        if st.button(
            "Delete",
            key=f"delete_{run.id}",
            icon=":material/delete:",
            disabled=fixed,
            help=why,
        ):
            _confirm_deletion(run)
        run_file.offer(run)
        if can_be_opened(run):
            st.page_link(
                "pages/filters.py",
                label="Show it pictures",
                icon=":material/filter_b_and_w:",
                query_params={"run": run.id},
                help="On the page Filters: what the network takes them for, and why",
            )


@st.dialog("Delete this run?")
def _confirm_deletion(run: runs.Run):
    st.text(run.name)
    st.markdown(
        f"Its recording of {text.count(len(run.steps), 'step')} "
        f"({text.size(run.size_bytes())}) is removed from the disk. This cannot be undone."
    )
    with st.container(horizontal=True):
        if st.button("Delete for good", type="primary", key="delete_for_good"):
            _do(jobs.delete, run)
        if st.button("Keep it", key="keep"):
            st.rerun()


def _do(action: Callable, *arguments):
    """Carry out and draw the page anew; say in one line what went wrong."""
    try:
        action(*arguments)
    except (ValueError, OSError) as error:
        st.error(text.plain(error), icon=":material/error:")
        return
    st.rerun()
