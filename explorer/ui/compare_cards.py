"""A card a run: what its recording says about the learning rate, and why."""

import math

import streamlit as st

from explorer import runs
from explorer.analysis.findings import Finding, short
from explorer.analysis.verdict import Judgement, judge
from explorer.runs import files
from explorer.ui import text
from explorer.ui.compare_choice import LETTERS
from explorer.ui.compare_curves import evidence_of
from explorer.ui.jump import jump_to

ICONS = {
    "diverged": ":material/dangerous:",
    "collapsed": ":material/trending_flat:",
    "damaged": ":material/healing:",
    "too_small": ":material/hourglass_bottom:",
    "undecided": ":material/help:",
    "adequate": ":material/check_circle:",
}
COLORS = {"adequate": "blue", "undecided": "gray", "too_small": "yellow"}
MARK = "compare_mark"
START = "compare_start"  # number of the run and the step that a finding led to
MOVES = "compare_moves"  # how often a finding has moved the slider
POINTED = "compare_pointed"
TENSOR_CHARTS = ("activations", "weights")
VIEWS_PLACE = "compare_views"
LIMIT = 16


def judgement_of(run: runs.Run) -> Judgement:
    """Judge a run; again only when it has grown or its status has changed."""
    metrics = run.folder / files.METRICS
    size = metrics.stat().st_size if metrics.exists() else 0
    return _judgement(run.folder, len(run.steps), size, run.status)


@st.cache_resource(max_entries=LIMIT, show_spinner=False)
def _judgement(folder, num_steps, metrics_size, status):
    run = runs.open_run(folder)
    return judge(run, evidence_of(run))


def show_cards(chosen: list[runs.Run]):
    """Show the verdicts side by side."""
    columns = st.columns(2, gap="medium")
    for letter, run, column in zip(LETTERS, chosen, columns, strict=True):
        with column, st.container(border=True):
            _show_card(letter, run)


def _show_card(letter, run):
    try:
        found = judgement_of(run)
    except (ValueError, OSError) as error:
        st.error(f"{text.plain(run.name)}: {text.plain(error)}", icon=":material/error:")
        return
    st.badge(found.title, icon=ICONS[found.verdict], color=COLORS.get(found.verdict, "orange"))
    st.markdown(text.plain(found.summary))
    with st.expander(f"Why: {text.count(len(found.findings), 'rule')}"):
        for number, finding in enumerate(found.findings):
            _show_finding(finding, run, letter, f"rule_{number}")
    if found.notes:
        with st.expander(f"Also worth knowing: {text.count(len(found.notes), 'note')}"):
            for number, finding in enumerate(found.notes):
                _show_finding(finding, run, letter, f"note_{number}")


def _show_finding(finding: Finding, run: runs.Run, letter: str, key: str):
    place = f" · {text.plain(finding.place)}" if finding.place else ""
    st.markdown(f"**{text.plain(finding.title)}**{place}")
    st.markdown(text.plain(finding.words))
    for number in finding.numbers:
        st.caption(
            f"{text.plain(number.name)}: {_value(number.value)} · threshold "
            f"{text.plain(number.relation)} {_value(number.threshold)}"
        )
    step = "" if finding.step is None else f", step {finding.step:,}"
    st.button(
        f"Show the chart{step}",
        key=f"show_{letter}_{key}",
        icon=":material/arrow_downward:",
        type="tertiary",
        on_click=_point_at,
        args=(finding.chart, LETTERS.index(letter), finding.step, _tensor_of(finding, run)),
    )
    st.caption(f"Source: {text.plain(finding.source)}")


def _tensor_of(finding, run):
    """Return the tensor a finding is about; one about answers is about the last layer's."""
    if finding.place or finding.chart != "activations":
        return finding.place
    return next(reversed(run.tensors("activations")), None)


def _value(value):
    return short(value) if isinstance(value, float) and not math.isinf(value) else str(value)


def _point_at(chart, run, step, place):
    """Go to the view that shows a finding; for a button's callback."""
    if chart in TENSOR_CHARTS:
        st.session_state["view"] = "Distributions"
        st.session_state["kind"] = chart
        if place:
            st.session_state["tensor"] = place
        st.session_state[START] = None if step is None else (run, step)
        st.session_state[MOVES] = st.session_state.get(MOVES, 0) + 1
    else:
        st.session_state["view"] = "Curves"
        st.session_state[MARK] = (chart, step)
    st.session_state[POINTED] = True  # the button's own part of the page is not all of it
    jump_to(VIEWS_PLACE)
