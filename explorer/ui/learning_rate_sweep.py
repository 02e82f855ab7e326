"""A sweep of learning rates: started, watched, and every trial of it opened in Compare."""

import streamlit as st

from explorer import runs
from explorer.runs.sweeps import Sweep, find_sweeps
from explorer.ui import learning_rate_new_sweep as new_sweep
from explorer.ui import learning_rate_trials as trials
from explorer.ui import text

CHOSEN = trials.CHOSEN


def show():
    """Show a sweep, and the setting up of another."""
    st.markdown(
        "The surest way to a learning rate is to try several: the same network, the same images, "
        "the same initial weights, a training for each rate. Rates differ by factors, so they are "
        "spread evenly on a logarithmic axis. Other *seeds* repeat all of it with other initial "
        "weights and another split, which shows what is chance."
    )
    known = runs.list_runs()
    sweeps = find_sweeps(known)
    if sweeps:
        trials.show_trials(_choose(sweeps))
    st.subheader("A new sweep")
    if new_sweep.show(known):
        st.rerun()


def _choose(sweeps: list[Sweep]) -> Sweep:
    """Let the visitor choose a sweep; the choice is part of the address."""
    by_id = {sweep.id: sweep for sweep in sweeps}
    if (started := st.session_state.pop(new_sweep.STARTED, None)) in by_id:
        st.session_state[CHOSEN] = started
    if st.session_state.get(CHOSEN) not in by_id:
        st.session_state[CHOSEN] = _asked_for(by_id) or sweeps[0].id
    chosen = st.selectbox(
        "Sweep",
        list(by_id),
        format_func=lambda item: _label(by_id[item]),
        key=CHOSEN,
        persist_state="session",
    )
    st.query_params[CHOSEN] = chosen
    return by_id[chosen]


def _asked_for(by_id) -> str | None:
    """Return the sweep a link names; say so when it is not here."""
    asked = st.query_params.get(CHOSEN)
    if asked is None or asked in by_id:
        return asked
    st.warning(
        "The link names a sweep that this explorer does not have: deleted, perhaps, or the link "
        "was cut short. The newest is shown.",
        icon=":material/link_off:",
    )
    return None


def _label(sweep: Sweep) -> str:
    """Name a sweep; its time tells those of one name apart."""
    day, time = sweep.id[:8], sweep.id[9:13]
    when = f"{day[6:]}.{day[4:6]}., {time[:2]}:{time[2:]}" if sweep.id[:8].isdecimal() else sweep.id
    return f"{sweep.name} · {text.count(len(sweep.trials), 'trial')} · {when}"
