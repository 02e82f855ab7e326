"""A card a run: what its recording says about the learning rate, and why."""

import streamlit as st

from explorer import runs
from explorer.analysis.findings import Finding
from explorer.analysis.verdict import Judgement, judge
from explorer.runs import files
from explorer.ui import text
from explorer.ui.compare_choice import LETTERS
from explorer.ui.compare_curves import evidence_of
from explorer.ui.jump import jump_to
from explorer.ui.verdict_words import show_words

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
TENSOR_CHARTS = {"activations": "Activations", "weights": "Weights"}  # as the address says it
VIEWS_PLACE = "compare_views"
BACK = "compare_back"  # the runs that were shown, and the place of the finding that was followed
BACK_PLACE = "compare_way_back"
CARDS_PLACE = "compare_cards"
LIMIT = 48  # kept for all visitors


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
    """Show the verdicts side by side, what their words mean, and the way back to a finding."""
    ids = tuple(run.id for run in chosen)
    with st.container(key=CARDS_PLACE):
        columns = st.columns(2, gap="medium")
        for letter, run, column in zip(LETTERS, chosen, columns, strict=True):
            with column, st.container(border=True):
                _show_card(letter, run, ids)
    show_words()
    with st.container(key=BACK_PLACE):
        _show_way_back(ids)


def _show_card(letter, run, ids):
    try:
        found = judgement_of(run)
    except (ValueError, OSError) as error:
        st.error(f"{text.plain(run.name)}: {text.plain(error)}", icon=":material/error:")
        return
    st.badge(found.title, icon=ICONS[found.verdict], color=COLORS.get(found.verdict, "orange"))
    st.markdown(text.plain(found.summary))
    with st.expander(f"Why: {text.count(len(found.findings), 'rule')}"):
        for number, finding in enumerate(found.findings):
            _show_finding(finding, run, f"{letter}_rule_{number}", ids)
    if found.notes:
        with st.expander(f"Also worth knowing: {text.count(len(found.notes), 'note')}"):
            for number, finding in enumerate(found.notes):
                _show_finding(finding, run, f"{letter}_note_{number}", ids)


def _show_finding(finding: Finding, run: runs.Run, key: str, ids: tuple[str, ...]):
    with st.container(key=f"finding_{key}", gap="xxsmall"):
        lead = f"**{text.plain(finding.title)}**, {text.plain(finding.moment)}"
        st.markdown(f"{lead}  \n{text.plain(finding.words)}")
        if finding.chart:
            st.button(
                f"Show the chart, step {finding.step:,}",
                key=f"show_{key}",
                icon=":material/arrow_downward:",
                type="tertiary",
                on_click=_follow,
                args=(finding, LETTERS.index(key[0]), _tensor_of(finding, run), (ids, key)),
            )
        with st.expander("Rule, numbers and source", type="compact"):
            place = f" · {text.plain(finding.place)}" if finding.place else ""
            lines = [f"Rule: `{finding.rule}`{place}"]
            lines += [text.plain(number.words) for number in finding.numbers]
            st.caption("  \n".join([*lines, f"Source: {text.plain(finding.source)}"]))


def _tensor_of(finding, run):
    """Return the tensor a finding is about; one about answers is about the last layer's."""
    if finding.place or finding.chart != "activations":
        return finding.place
    return next(reversed(run.tensors("activations")), None)


def _follow(finding, run, tensor, origin):
    """Go to the view that shows a finding, and remember the way back; a button's callback."""
    if finding.chart in TENSOR_CHARTS:
        st.session_state["view"] = "Distributions"
        _choose_kind(finding.chart)
        if tensor:
            st.session_state["tensor"] = tensor
        st.session_state[START] = (run, finding.step)
        st.session_state[MOVES] = st.session_state.get(MOVES, 0) + 1
    else:
        st.session_state["view"] = "Curves"
        st.session_state[MARK] = (finding.chart, finding.step)
    st.session_state[BACK] = origin
    _jump(BACK_PLACE)


def _choose_kind(kind):
    """Choose the kind of tensor: in the address where no choice is shown yet, it begins there."""
    if "kind" in st.session_state:
        st.session_state["kind"] = kind
    else:
        st.query_params["kind"] = TENSOR_CHARTS[kind]


def _show_way_back(ids):
    """Offer the way back to the finding that was followed, while its runs are shown."""
    known, key = st.session_state.get(BACK, (None, None))
    if known == ids:
        st.button(
            "Back to the verdict",
            key="back_to_verdict",
            icon=":material/arrow_upward:",
            type="tertiary",
            on_click=_return_to,
            args=(key,),
        )


def _return_to(key):
    del st.session_state[BACK]
    _jump(f"finding_{key}", CARDS_PLACE)


def _jump(*places):
    st.session_state[POINTED] = True  # the button's own part of the page is not all of it
    jump_to(*places)
