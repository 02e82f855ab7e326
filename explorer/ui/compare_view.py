"""The comparison of two runs: views that share the choice of runs."""

from collections.abc import Sequence

import streamlit as st

from explorer import runs
from explorer.charts.over_steps import VIEWS
from explorer.charts.pair import place_words
from explorer.charts.recorded import MODES, SINCE_FIRST
from explorer.exports.facts import damaged_words, differing
from explorer.ui import compare_checkpoints, text
from explorer.ui.compare_cards import MOVES, POINTED, VIEWS_PLACE, show_cards
from explorer.ui.compare_choice import choose_pair, pair_names
from explorer.ui.compare_curves import curves_chart
from explorer.ui.compare_recordings import distribution_chart, kernel_chart, timeline_of
from explorer.ui.compare_take_away import show as show_take_away
from explorer.ui.compare_tensor import KIND_LABELS, ask_mark, choose_distribution, choose_kernel
from explorer.ui.import_words import say_steps, say_why_not
from explorer.ui.jump import jump_if_asked
from explorer.ui.moving_chart import show_moving_chart
from explorer.ui.run_facts import scalars
from explorer.ui.run_list import show_unreadable
from explorer.ui.unknown_choice import say_unknown_choices

EVERY_SECONDS = 4.0
MOST_DIFFERENCES = 4
CURVES_PLACE = "curves"


def show():
    """Show the choice of runs, and below it the views."""
    show_unreadable()
    known = runs.list_runs()
    if not known:
        _show_nothing()
        return
    chosen = choose_pair(known)
    _say_differences(chosen)
    say_unknown_choices(LINKED)
    every = EVERY_SECONDS if any(run.is_live for run in chosen) else None
    draw = st.fragment(_draw_cards, run_every=every)
    draw([run.folder for run in chosen], stages(chosen))
    with st.container(key=VIEWS_PLACE):
        _show_views(chosen)
    jump_if_asked()


def _why_unknown(run):
    """Say that the settings of a run are not compared, and why: it has none, or not all."""
    if run.source:
        return "is not known: it was not trained here, but made from a log or from checkpoints"
    if len(run.steps):
        return "is known in part alone: a script of its own recorded it"
    return "is not known: it has no settings yet"


def _say_differences(chosen):
    """Say in a line what was set differently: where the search for the reason begins."""
    if chosen[0].id == chosen[1].id:
        st.caption("Both are the same run: what is drawn of B covers A.")
        return
    for run in chosen:
        if not run.spec:
            st.caption(text.plain(f"How {run.name} was trained {_why_unknown(run)}."))
    rows = differing(chosen)
    if not rows:
        return
    words = [f"{name} {a} in A, {b} in B" for name, a, b in rows[:MOST_DIFFERENCES]]
    more = f"; and {len(rows) - MOST_DIFFERENCES} more" if len(rows) > MOST_DIFFERENCES else ""
    st.caption(text.plain(f"Set differently: {'; '.join(words)}{more}."))


def stages(chosen: Sequence[runs.Run]) -> list[tuple]:
    """Return what the choices on the page rest on: with more steps alone they stay as they are."""
    return [(run.is_live, len(run.steps) > 0, len(run.checkpoints)) for run in chosen]


def _draw_cards(folders, shown):
    """Draw the verdicts; when a run has reached another stage, draw the whole page anew.

    Args:
        folders: Of the chosen runs.
        shown: Their stages as the page shows them.
    """
    chosen = _opened(folders)
    if stages(chosen) != shown or st.session_state.pop(POINTED, False):
        st.rerun()
    show_cards(chosen)


def _opened(folders):
    """Open the runs again: they may have grown, or gone."""
    try:
        return [runs.open_run(folder) for folder in folders]
    except runs.RunError:
        st.rerun()


def _show_views(chosen):
    tabs = st.tabs(list(VIEW_PARTS), key="view", bind="query-params")
    for tab, show_part in zip(tabs, VIEW_PARTS.values(), strict=True):
        if tab.open:
            with tab:
                show_part(chosen)


def _show_nothing():
    st.info("There are no runs to compare yet.", icon=":material/compare_arrows:")
    st.page_link("pages/trainer.py", label="Train one", icon=":material/model_training:")


def _show_moving(chosen, choose, draw, place):
    """Show the controls of a view, and its chart; drawn anew while a run grows."""
    recorded = [run for run in chosen if len(run.steps)]
    for run in chosen:
        _say_what_is_missing(run)
    if not recorded:
        return
    say_steps(chosen)
    asked = choose(chosen)
    if asked is None:
        return
    every = EVERY_SECONDS if any(run.is_live for run in chosen) else None
    st.fragment(_draw_in_place, run_every=every)([run.folder for run in chosen], asked, draw, place)


def _show_curves(chosen):
    """Show the scalars; they need no recorded step, and imported runs may lack some."""
    say_why_not(chosen, "loss", "validation", "gradients", "updates")
    if all(run.source and not _has_metrics(run) for run in chosen):
        st.info("There are no metrics to draw.", icon=":material/show_chart:")
        return
    _show_moving(chosen, ask_mark, curves_chart, CURVES_PLACE)


def _has_metrics(run):
    metrics = scalars(run)
    return len(metrics.train) > 0 or len(metrics.validation) > 0


def _say_what_is_missing(run):
    if not len(run.steps):
        words = "has no recorded step yet" if run.is_live else "has no recorded step"
        st.info(f"{text.plain(run.name)} {words}.", icon=":material/hourglass_empty:")
        say_why_not([run], "weights")
    if run.damaged:
        words = f"{text.plain(run.name)}: the {damaged_words(run.damaged)}"
        st.warning(words, icon=":material/broken_image:")


def _draw_in_place(folders, asked, draw, place):
    """Draw a view anew; one with a slider has its steps in the order of the shared timeline."""
    chosen = _opened(folders)
    moves = "mode" in asked
    timeline = timeline_of(chosen, asked["mode"]) if moves else None
    start = asked.get("start")
    show_moving_chart(
        place,
        lambda width: draw(chosen, pair_names(chosen), width=width, **asked),
        alt=f"{' and '.join(run.name for run in chosen)}"
        + (", with a slider over the steps below" if moves else ": curves over the steps"),
        words=place_words(timeline) if moves else None,
        shown=moves,
        moves=st.session_state.get(MOVES, 0),
        start=timeline.place_of(*start) if moves and start else 0,
    )


VIEW_PARTS = {
    "Curves": lambda chosen: _show_curves(chosen),
    "Distributions": lambda chosen: _show_moving(
        chosen, choose_distribution, distribution_chart, "distribution"
    ),
    "Weights": lambda chosen: _show_moving(chosen, choose_kernel, kernel_chart, "kernel"),
    "Checkpoints": lambda chosen: compare_checkpoints.show(*chosen),
    "Take away": show_take_away,
}
LINKED = {
    "view": tuple(VIEW_PARTS),
    "kind": tuple(KIND_LABELS.values()),
    "over": tuple(VIEWS.values()),
    "colour": (*(label for label, *_ in MODES.values()), SINCE_FIRST),
}
