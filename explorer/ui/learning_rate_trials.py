"""The trials of a sweep as they are now: chart, table, and what can be done to them."""

import math
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from explorer import runs
from explorer.analysis.trials import OUTCOMES, Trial, best, outcome_of, partner, trial_frame
from explorer.analysis.verdict import judge
from explorer.charts.sweep import CLICKED, accuracy_by_rate
from explorer.runs import files
from explorer.runs.sweeps import Sweep, find_sweeps
from explorer.training import sweeps
from explorer.ui import text
from explorer.ui.compare_choice import LETTERS
from explorer.ui.run_facts import facts
from explorer.ui.run_list import status_words

EVERY_SECONDS = 1.0
ROWS_SHOWN = 12
ROW_PIXELS = 35
PLACE = "sweep_trials"
CHOSEN = "sweep"  # in the session and in the address
ENDS = {"finished": "finished", "stopped": "stopped early", "failed": "failed"}


def show_trials(sweep: Sweep):
    """Show a sweep, anew every second for as long as one of its trials is at work."""
    live = [run.id for run in sweep.live]
    draw = st.fragment(_draw, run_every=EVERY_SECONDS if live else None)
    with st.container(key=PLACE):
        draw(sweep.id, live)


def _draw(sweep_id: str, live: list[str]):
    found = [one for one in find_sweeps(runs.list_runs()) if one.id == sweep_id]
    if not found or [run.id for run in found[0].live] != live:
        st.rerun()
    (sweep,) = found
    trials = [trial_of(run) for run in sweep.trials]
    st.markdown(_summary(sweep, trials))
    _show_chart(sweep, trials)
    _show_table(sweep, trials)
    _show_actions(sweep)


def trial_of(run: runs.Run) -> Trial:
    """Sum up a trial; its verdict is found once, when it has ended."""
    now = facts(run)
    verdict = None if run.is_live or not len(run.steps) else _verdict(run.folder, _state(run))
    return Trial(
        run=run.id,
        name=run.name,
        learning_rate=run.spec.get("learning_rate", math.nan),
        seed=run.spec.get("seed", 0),
        outcome=outcome_of(run, verdict),
        accuracy=now.accuracy,
        progress=now.progress,
    )


def _state(run):
    path = run.folder / files.METRICS
    return run.status, len(run.steps), path.stat().st_size if path.exists() else 0


@st.cache_data(max_entries=512, show_spinner=False)
def _verdict(folder, state) -> str | None:
    try:
        return judge(runs.open_run(folder)).verdict
    except (ValueError, OSError):  # damaged; Compare says how
        return None


def _summary(sweep: Sweep, trials: list[Trial]) -> str:
    """Say in a sentence or two how far the sweep is, and which rate is best so far."""
    ended = len(trials) - len(sweep.live)
    words = f"**{ended} of {text.count(len(trials), 'trial')}** ended{_how_they_ended(sweep)}"
    if missing := sweep.planned - len(trials):
        words += f", {text.count(missing, 'trial')} deleted"
    found = best([trial for trial in trials if trial.outcome not in ("at_work", "waiting")])
    if found is None:
        return f"{words}."
    seed = f" (seed {found.seed})" if len({trial.seed for trial in trials}) > 1 else ""
    return (
        f"{words}. Furthest came the learning rate **{text.rate(found.learning_rate)}**{seed}: "
        f"{text.percent(found.accuracy, 1)} of the validation images are right."
    )


def _how_they_ended(sweep: Sweep) -> str:
    """Say how many finished and how many did not; nothing where all did."""
    ends = [run.status for run in sweep.trials if not run.is_live]
    counts = {words: ends.count(status) for status, words in ENDS.items() if status in ends}
    if set(counts) <= {ENDS["finished"]}:
        return ""
    return f" ({', '.join(f'{number} {words}' for words, number in counts.items())})"


def _show_chart(sweep: Sweep, trials: list[Trial]):
    frame = trial_frame(trials)
    classes = max((len(run.class_names) for run in sweep.trials), default=0)
    state = st.altair_chart(
        accuracy_by_rate(
            frame,
            frame["learning_rate"].tolist(),
            guess=1 / classes if classes > 1 else None,
        ),
        key=f"sweep_chart_{sweep.id}",
        on_select="rerun",
        selection_mode=CLICKED,
        alt="Accuracy of every trial over its learning rate: " + _in_words(trials),
    )
    clicked = [row.get("run") for row in state.selection.get(CLICKED) or []]
    chosen = [trial for trial in trials if trial.run in clicked]
    if chosen:
        _show_link(trials, chosen[0])
    else:
        st.caption(
            "Click a point to open its run in Compare. Points on the axis have no accuracy yet, or "
            "never had any."
        )


def _show_link(trials, trial):
    """Offer the page Compare on a trial and its partner."""
    pair = dict(zip(LETTERS, _pair(trials, trial), strict=True))
    for letter, run in pair.items():
        st.session_state[f"compare_{letter}"] = run  # what was compared before would stay
    other = partner(trials, trial)
    st.page_link(
        "pages/compare.py",
        label=f"Open learning rate {_short(trial)} in Compare, beside {_short(other)}",
        icon=":material/compare_arrows:",
        query_params=pair,
    )


def _short(trial):
    return f"{text.rate(trial.learning_rate)} (seed {trial.seed})"


def _pair(trials, trial) -> tuple[str, str]:
    """Return the runs to compare, the one that came further as run A."""
    other = partner(trials, trial)
    ahead, behind = (trial, other) if best([trial, other]) is trial else (other, trial)
    return ahead.run, behind.run


def _in_words(trials):
    return "; ".join(
        f"{text.rate(trial.learning_rate)}: "
        + ("none" if math.isnan(trial.accuracy) else text.percent(trial.accuracy, 1))
        + f", {OUTCOMES[trial.outcome].lower()}"
        for trial in trials
    )


def _show_table(sweep: Sweep, trials: list[Trial]):
    rows = [_row(run, trial, trials) for run, trial in zip(sweep.trials, trials, strict=True)]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=ROW_PIXELS * (min(len(rows), ROWS_SHOWN) + 1) + 3,
        placeholder="–",
        column_config={
            "Learning rate": st.column_config.NumberColumn(format="%.4g"),
            "Accuracy": st.column_config.NumberColumn(
                format="percent", help="On the validation images, at the last validation"
            ),
            "Progress": st.column_config.ProgressColumn(format="%d%%", min_value=0, max_value=100),
            "Compare": st.column_config.LinkColumn(
                display_text="Open", help="This run beside the best one, in a new tab"
            ),
        },
        alt=f"Table of {text.count(len(rows), 'trial')}: " + _in_words(trials),
    )
    for run in sweep.trials:
        if run.status == "failed" and run.detail:
            reason = text.plain(run.detail.splitlines()[0])
            st.warning(f"{text.plain(run.name)} failed: {reason}", icon=":material/error:")


def _row(run, trial, trials):
    run_a, run_b = _pair(trials, trial)
    return {
        "Learning rate": trial.learning_rate,
        "Seed": trial.seed,
        "Verdict": OUTCOMES[trial.outcome],
        "Accuracy": None if math.isnan(trial.accuracy) else trial.accuracy,
        "Progress": int(100 * trial.progress),
        "Status": status_words(run),
        "Compare": "compare?" + urlencode({"a": run_a, "b": run_b}),
    }


def _show_actions(sweep: Sweep):
    with st.container(horizontal=True):
        if sweep.live and st.button("Stop the sweep", key="sweep_stop", icon=":material/stop:"):
            sweeps.stop(sweep)
            st.rerun()
        if st.button(
            "Delete the sweep",
            key="sweep_delete",
            icon=":material/delete:",
            disabled=bool(sweep.live),
        ):
            _confirm_deletion(sweep)


@st.dialog("Delete this sweep?")
def _confirm_deletion(sweep: Sweep):
    st.text(sweep.name)
    num_bytes = sum(run.size_bytes() for run in sweep.trials)
    st.markdown(
        f"{text.count(len(sweep.trials), 'run')} with all that was recorded "
        f"({text.size(num_bytes)}) are removed from the disk. This cannot be undone."
    )
    with st.container(horizontal=True):
        if st.button("Delete for good", type="primary", key="sweep_delete_for_good"):
            delete(sweep)
        if st.button("Keep it", key="sweep_keep"):
            st.rerun()


def delete(sweep: Sweep):
    """Delete a sweep, and take it out of the address."""
    try:
        sweeps.delete(sweep)
    except (ValueError, OSError) as error:
        st.error(text.plain(error), icon=":material/error:")
        return
    st.query_params.pop(CHOSEN, None)  # or the page would take it for a link to what is gone
    st.rerun()
