"""The runs that the views of real losses look at, and why one of them cannot be."""

import streamlit as st

from explorer import runs
from explorer.training.networks import check_prepared
from explorer.ui import text
from explorer.ui.compare_choice import choose_pair
from explorer.ui.run_list import show_unreadable


def choose_runs() -> list[runs.Run]:
    """Let the visitor choose run A and run B; say when there are none.

    Returns:
        Run A and run B; one run alone if both are the same; none if there are no runs.
    """
    show_unreadable()
    known = runs.list_runs()
    if not known:
        st.info("There are no runs to look at yet.", icon=":material/landscape:")
        st.page_link("pages/trainer.py", label="Train one", icon=":material/model_training:")
        return []
    a, b = choose_pair(known)
    return [a] if a.id == b.id else [a, b]


def can_be_measured(run: runs.Run) -> bool:
    """Say whether the loss can be measured around this run; tell the visitor if not."""
    try:
        check_prepared(run)
    except runs.RunError as error:
        st.info(text.plain(error), icon=":material/landscape:")
        return False
    if len(run.checkpoints):
        return True
    words = (
        "has no checkpoint yet: the first comes with step 0."
        if run.is_live
        else "kept no checkpoints, without which nothing can be measured. Choose another run."
    )
    st.info(f"{text.plain(run.name)} {words}", icon=":material/hourglass_empty:")
    return False


def letter_names(chosen: list[runs.Run]) -> list[str]:
    """Name the runs on charts."""
    return [f"{letter}: {run.name}" for letter, run in zip("AB", chosen, strict=False)]
