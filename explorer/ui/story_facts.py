"""What the verdict found in the two runs of the home page, and the way to Compare from there."""

import streamlit as st

from explorer import runs
from explorer.ui.compare_cards import judgement_of
from explorer.ui.compare_choice import LETTERS

Pair = tuple[runs.Run, runs.Run]
# Rules of the verdict: an update was large, most filters answer nothing, nothing moves any more.
LARGE, DEAD, GONE = "large_updates", "dead_convolution", "zero_gradients"


def is_of_the_story(pair: Pair) -> bool:
    """Say whether one run learns, and the other was thrown far and has lost its gradients.

    Raises:
        ValueError: A recording is damaged.
        OSError: It cannot be read.
    """
    judged = [judgement_of(run) for run in pair]
    rules = {finding.rule for finding in judged[1].findings}
    return [one.verdict for one in judged] == ["adequate", "collapsed"] and {LARGE, GONE} <= rules


def found(run: runs.Run, rule: str) -> str:
    """Return what a rule of the verdict says of a run; nothing if it does not speak."""
    return next((one.words for one in judgement_of(run).findings if one.rule == rule), "")


def place_of(run: runs.Run, rule: str) -> str:
    """Return the tensor or layer that a rule speaks of; nothing if it does not speak."""
    return next((one.place for one in judgement_of(run).findings if one.rule == rule), "")


def step_of_interest(run: runs.Run) -> int:
    """Return the step from which on the gradients are gone."""
    return next((one.step for one in judgement_of(run).findings if one.rule == GONE), 0)


def link_to_compare(pair: Pair, label: str, params: dict[str, str]):
    """Lead to the page Compare, at the same runs."""
    chosen = dict(zip(LETTERS, (run.id for run in pair), strict=True))
    st.page_link(
        "pages/compare.py",
        label=label,
        icon=":material/compare_arrows:",
        query_params=chosen | params,
    )
