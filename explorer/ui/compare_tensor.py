"""What a view of the page Compare shows: which tensor, of what kind, and from which step on."""

import streamlit as st

from explorer import runs
from explorer.charts.over_steps import VIEWS
from explorer.charts.recorded import MODES, mode_labels, recorded_in_any
from explorer.ui import text
from explorer.ui.compare_cards import MARK, START
from explorer.ui.compare_choice import choose_mode
from explorer.ui.import_words import say_why_not

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
START_OF = "compare_start_of"  # the runs that were shown when a finding was followed
STEP = "step"  # in the address: where the slider stands at first
LONGEST_STEP = 12  # digits


def choose_distribution(chosen: list[runs.Run]) -> dict | None:
    """Let the visitor choose what is distributed; what `distribution_chart` is to draw."""
    kinds = [kind for kind in KIND_LABELS if recorded_in_any(chosen, kind)]
    if not kinds:
        st.info("Neither run has recorded tensors.", icon=":material/data_alert:")
        say_why_not(chosen, *KIND_LABELS)
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
    say_why_not(chosen, kind)
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


def choose_kernel(chosen: list[runs.Run]) -> dict | None:
    """Let the visitor choose a weight tensor; what `kernel_chart` is to draw."""
    known = [name for name in recorded_in_any(chosen, "weights") if _has_values(chosen, name)]
    if not known:
        st.info("Neither run has recorded single weights.", icon=":material/data_alert:")
        say_why_not(chosen, "weights", "values")
        return None
    left, right = st.columns(2, vertical_alignment="bottom")
    colours = _colours(chosen)
    if st.session_state.get("colour") not in (None, *colours):
        del st.session_state["colour"]
    what = right.segmented_control(
        "Colour is",
        colours,
        format_func=mode_labels(chosen).get,
        default="value",
        required=True,
        key="colour",
        bind="query-params",
    )
    tensor = _choose_tensor(left, known, usual=known[0])
    st.caption(
        "A cell is a weight, or what became of it: a column for each filter or unit, a row for "
        "each place in its window and input channel, or each input. Both runs are on one scale, "
        "fixed over all steps: orange above 0, blue below."
    )
    _say_who_lacks(chosen, "weights", tensor)
    say_why_not(chosen, "values", *(["gradients"] if what == "gradient" else []))
    mode = choose_mode(chosen)
    return {"tensor": tensor, "what": what, "mode": mode, "start": _start(chosen)}


def _colours(chosen):
    """Return what the colour can be: no gradient where neither run has any."""
    with_gradients = bool(recorded_in_any(chosen, "gradients"))
    return [what for what, (_, kind, _) in MODES.items() if kind == "weights" or with_gradients]


def ask_mark(chosen: list[runs.Run]) -> dict:
    """Say what the address leaves out; the step that a finding points at."""
    st.caption(
        "Smoothing, axes and zoom change in the browser alone: they are not part of the address."
    )
    return {"mark": st.session_state.get(MARK)}


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


def _has_values(chosen, name):
    kept = (run.tensors("weights").get(name) for run in chosen)
    return any(info.stored_size for info in kept if info)


def _say_who_lacks(chosen, kind, tensor):
    for run in chosen:
        if len(run.steps) and tensor not in run.tensors(kind):
            st.caption(text.plain(f"{run.name} has no {tensor}: its place stays empty."))


def _start(chosen):
    """Return the step that a finding or a link led to, unless the runs were changed since.

    Else the first that both have: at one before, the place of one run is empty.
    """
    ids, now = st.session_state.get(START_OF), tuple(run.id for run in chosen)
    if ids is None and START not in st.session_state:
        st.session_state[START] = _linked_step()
    elif ids not in (None, now):
        st.session_state[START] = None
        st.query_params.pop(STEP, None)
    st.session_state[START_OF] = now
    found = st.session_state.get(START)
    return found if found and len(chosen[found[0]].steps) else _first_shared(chosen)


def _first_shared(chosen):
    """Return the first step that both runs have, where one of them begins later."""
    firsts = [int(run.steps[0]) for run in chosen if len(run.steps)]
    if len(firsts) < 2 or firsts[0] == firsts[1]:
        return None
    later = firsts.index(max(firsts))
    return later, firsts[later]


def _linked_step():
    """Return the step of run A that the address asks for."""
    asked = st.query_params.get(STEP)
    if asked is None:
        return None
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= LONGEST_STEP):
        st.info(
            "The link asks for a step that is not a whole number. The slider stands at the first.",
            icon=":material/link_off:",
        )
        del st.query_params[STEP]
        return None
    return 0, int(asked)
