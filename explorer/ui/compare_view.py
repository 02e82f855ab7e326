"""The comparison of two runs: views that share the choice of runs."""

import streamlit as st

from explorer import runs
from explorer.charts.distributions import VIEWS
from explorer.charts.pair import place_words
from explorer.charts.recorded import MODES, recorded_in_any
from explorer.exports.facts import damaged_words, differing
from explorer.ui import compare_checkpoints, text
from explorer.ui.compare_cards import MARK, MOVES, POINTED, START, VIEWS_PLACE, show_cards
from explorer.ui.compare_choice import choose_mode, choose_pair, pair_names
from explorer.ui.compare_curves import curves_chart
from explorer.ui.compare_recordings import distribution_chart, kernel_chart, timeline_of
from explorer.ui.compare_take_away import show as show_take_away
from explorer.ui.jump import jump_if_asked
from explorer.ui.moving_chart import show_moving_chart
from explorer.ui.run_list import show_unreadable

KIND_LABELS = {
    "weights": "Weights",
    "gradients": "Gradients",
    "updates": "Updates",
    "activations": "Activations",
}
KIND_WORDS = {
    "weights": "The weights at each step, before the update that follows.",
    "gradients": "How the loss of one batch changes with each weight; the update follows them.",
    "updates": "What the optimizer really added to the weights.",
    "activations": "What the layer puts out for the probe images, always the same ones.",
}
ALL = "All layers"
EVERY_SECONDS = 4.0
MOST_DIFFERENCES = 4
LONGEST_SHOWN = 60  # letters of what a link says
CURVES_PLACE = "curves"
START_OF = "compare_start_of"  # the runs that were shown when a finding was followed


def show():
    """Show the choice of runs, and below it the views."""
    show_unreadable()
    known = runs.list_runs()
    if not known:
        _show_nothing()
        return
    chosen = choose_pair(known)
    _say_differences(chosen)
    _say_unknown_choices()
    live = [run.id for run in chosen if run.is_live]
    draw = st.fragment(_draw_cards, run_every=EVERY_SECONDS if live else None)
    draw([run.folder for run in chosen], live)
    with st.container(key=VIEWS_PLACE):
        _show_views(chosen)
    jump_if_asked()


def _say_differences(chosen):
    """Say in a line what was set differently: where the search for the reason begins."""
    if chosen[0].id == chosen[1].id:
        st.caption("Both are the same run: what is drawn of B covers A.")
        return
    rows = differing(chosen)
    if not rows:
        return
    words = [f"{name} {a} in A, {b} in B" for name, a, b in rows[:MOST_DIFFERENCES]]
    more = f"; and {len(rows) - MOST_DIFFERENCES} more" if len(rows) > MOST_DIFFERENCES else ""
    st.caption(text.plain(f"Set differently: {'; '.join(words)}{more}."))


def _say_unknown_choices():
    """Say that a link asks for what the page does not offer, before the choice is made anew."""
    for key, options in LINKED.items():
        asked = st.query_params.get(key)
        if asked is None or asked in options:
            continue
        st.info(
            f"The link asks for “{text.plain(asked[:LONGEST_SHOWN])}” ({key}), which this page "
            f"does not have. There are {', '.join(options)}.",
            icon=":material/link_off:",
        )
        del st.query_params[key]


def _draw_cards(folders, live):
    """Draw the verdicts; when a run has ended or a chart is asked for, draw the page anew."""
    chosen = _opened(folders)
    if [run.id for run in chosen if run.is_live] != live or st.session_state.pop(POINTED, False):
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
    asked = choose(chosen)
    if asked is None:
        return
    every = EVERY_SECONDS if any(run.is_live for run in chosen) else None
    st.fragment(_draw_in_place, run_every=every)([run.folder for run in chosen], asked, draw, place)


def _say_what_is_missing(run):
    if not len(run.steps):
        words = "has no recorded step yet" if run.is_live else "has no recorded step"
        st.info(f"{text.plain(run.name)} {words}.", icon=":material/hourglass_empty:")
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


def _choose_distribution(chosen):
    kinds = [kind for kind in KIND_LABELS if recorded_in_any(chosen, kind)]
    if not kinds:
        st.info("Neither run has recorded tensors.", icon=":material/data_alert:")
        return None
    columns = st.columns([2, 2, 2], vertical_alignment="bottom")
    if "kind" not in st.session_state and "kind" not in st.query_params:
        st.session_state["kind"] = kinds[0]  # and no default: findings set this choice, too
    kind = columns[1].segmented_control(
        "Of what",
        kinds,
        format_func=KIND_LABELS.get,
        required=True,
        key="kind",
        bind="query-params",
    )
    kind = kind or kinds[0]  # a link may ask for a kind that these runs did not record
    known = recorded_in_any(chosen, kind)
    tensor = _choose_tensor(columns[0], [ALL, *known], usual=known[0])
    view = columns[2].segmented_control(
        "Over all steps as",
        list(VIEWS),
        format_func=VIEWS.get,
        default="ridges",
        required=True,
        key="over",
        bind="query-params",
        disabled=tensor == ALL,
    )
    st.caption(KIND_WORDS[kind])
    if tensor != ALL:
        _say_who_lacks(chosen, kind, tensor)
    kernels = [name for name in known if "/" not in name or name.endswith("/kernel")]
    return {
        "kind": kind,
        "tensors": tuple(kernels or known) if tensor == ALL else (tensor,),
        "view": None if tensor == ALL else view,
        "mode": choose_mode(chosen),
        "start": _start(chosen),
    }


def _say_who_lacks(chosen, kind, tensor):
    for run in chosen:
        if len(run.steps) and tensor not in run.tensors(kind):
            st.caption(text.plain(f"{run.name} has no {tensor}: its place stays empty."))


def _start(chosen):
    """Return the step that a finding led to, unless the run it belongs to was changed."""
    ids, found = st.session_state.get(START_OF), st.session_state.get(START)
    now = tuple(run.id for run in chosen)
    if ids not in (None, now):
        st.session_state[START] = found = None
    st.session_state[START_OF] = now
    return found if found and len(chosen[found[0]].steps) else None


def _choose_tensor(place, names, usual):
    """Offer tensors by name; one that the other kind lacks falls back to the usual one."""
    chosen_before = st.session_state.get("tensor")
    wanted = chosen_before or st.query_params.get("tensor") or usual
    if wanted not in names:
        layer = wanted.split("/")[0]
        near = next((name for name in names if name.split("/")[0] == layer), None)
        if near is None and chosen_before is None:
            st.warning(
                "The link names a layer that neither run has. The first one is shown.",
                icon=":material/link_off:",
            )
        wanted = near or usual
    st.session_state["tensor"] = wanted
    chosen = place.selectbox("Tensor", names, key="tensor", persist_state="session")
    st.query_params["tensor"] = chosen
    return chosen


def _choose_kernel(chosen):
    known = recorded_in_any(chosen, "weights")
    if not known:
        st.info("Neither run has recorded weights.", icon=":material/data_alert:")
        return None
    left, right = st.columns(2, vertical_alignment="bottom")
    what = right.segmented_control(
        "Colour is",
        list(MODES),
        format_func=lambda item: MODES[item][0],
        default="value",
        required=True,
        key="colour",
        bind="query-params",
    )
    tensor = _choose_tensor(left, known, usual=known[0])
    st.caption("Both runs on one scale, fixed over all steps: orange above 0, blue below.")
    _say_who_lacks(chosen, "weights", tensor)
    return {"tensor": tensor, "what": what, "mode": choose_mode(chosen)}


def _ask_mark(chosen):
    st.caption(
        "Smoothing, axes and zoom change in the browser alone: they are not part of the address."
    )
    return {"mark": st.session_state.get(MARK)}


VIEW_PARTS = {
    "Curves": lambda chosen: _show_moving(chosen, _ask_mark, curves_chart, CURVES_PLACE),
    "Distributions": lambda chosen: _show_moving(
        chosen, _choose_distribution, distribution_chart, "distribution"
    ),
    "Weights": lambda chosen: _show_moving(chosen, _choose_kernel, kernel_chart, "kernel"),
    "Checkpoints": lambda chosen: compare_checkpoints.show(*chosen),
    "Take away": show_take_away,
}
LINKED = {
    "view": tuple(VIEW_PARTS),
    "kind": tuple(KIND_LABELS.values()),
    "over": tuple(VIEWS.values()),
    "colour": tuple(label for label, *_ in MODES.values()),
}
