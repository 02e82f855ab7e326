"""Two checkpoints compared: the choice, the wait, and then what was found."""

from math import prod

import streamlit as st

from explorer import runs
from explorer.inference.comparison import (
    LINE_IMAGES,
    PLACES,
    SIMILARITY_IMAGES,
    Comparison,
    key_of,
    open_saved,
)
from explorer.inference.request import BusyError, Request
from explorer.models.architectures import layer_table
from explorer.training.networks import check_prepared, network_of
from explorer.ui import checkpoint_results, checkpoint_take_away, flipped, text
from explorer.ui.import_words import say_why_not
from explorer.ui.inference import inference
from explorer.ui.visitor import asker, owner

EVERY_SECONDS = 0.5
REQUESTS = "checkpoint_requests"
PAIR = "checkpoint_pair"
UNKNOWN = "checkpoint_unknown"
STEPS = ("step_a", "step_b")
START_SECONDS = 8  # until TensorFlow is loaded
MULTIPLICATIONS_A_SECOND = 1e10  # on two cores


def show(a: runs.Run, b: runs.Run):
    """Show the whole section.

    Args:
        a: Run A.
        b: Run B, perhaps the same.
    """
    st.markdown(
        "A *checkpoint* is the network with all its weights at one step. Here are two of them "
        "beside each other, on images that neither was trained on."
    )
    steps = _choose_steps(a, b)
    if steps is None:
        return
    if a.id == b.id and steps[0] == steps[1]:
        st.info(
            "This is the same checkpoint twice: nothing differs. Choose another step for A or B.",
            icon=":material/equal:",
        )
        return
    names = tuple(f"{side} at step {step:,}" for side, step in zip("AB", steps, strict=True))
    comparison = _comparison(a, b, steps)
    if comparison is not None:
        checkpoint_results.show_answers(comparison, names)
        _offer_pictures(comparison, a, b, steps)
        checkpoint_results.show_layers(comparison)
        checkpoint_results.show_line(comparison)
        checkpoint_take_away.show(comparison)
    checkpoint_results.show_filters(a, b, steps, names)


def _choose_steps(a, b) -> tuple[int, int] | None:
    """Let the visitor choose a checkpoint of each run; the choice is part of the address."""
    without = [run for run in (a, b) if not len(run.checkpoints)]
    for run in {run.id: run for run in without}.values():
        words = (
            "has no checkpoint yet: the first comes with step 0"
            if run.is_live
            else "kept no checkpoint"
        )
        st.info(f"{text.plain(run.name)} {words}.", icon=":material/hourglass_empty:")
    say_why_not(without, "checkpoints")
    if without:
        return None
    _note_pair(a, b)
    for side in st.session_state.get(UNKNOWN, ()):
        st.warning(
            f"The link names a checkpoint of {side} that there is not. Choose from the list.",
            icon=":material/link_off:",
        )
    left, right = st.columns(2, gap="medium")
    first = _choose_step("A", a, STEPS[0], left, at_start=a.id == b.id)
    return first, _choose_step("B", b, STEPS[1], right)


def _note_pair(a, b):
    """On first sight of a pair, see whether the link fits it; a run that is new begins anew."""
    before, now = st.session_state.get(PAIR), (a.id, b.id)
    if before == now:
        return
    st.session_state[PAIR], st.session_state[UNKNOWN] = now, []
    for place, (key, run) in enumerate(zip(STEPS, (a, b), strict=True)):
        asked = st.query_params.get(key)
        if before is None and asked is not None and asked not in _options(run):
            st.session_state[UNKNOWN].append("AB"[place])
        if before is not None and before[place] != run.id and key in st.session_state:
            # Said aloud: the browser would go on showing what the other run had.
            st.session_state[key] = _usual(run, at_start=place == 0 and a.id == b.id)


def _options(run) -> list[str]:
    return [str(step) for step in run.checkpoints.tolist()]


def _usual(run, *, at_start) -> str:
    return _options(run)[0 if at_start else -1]


def _choose_step(side, run, key, place, *, at_start=False) -> int:
    options = _options(run)
    if st.session_state.get(key) not in (None, *options):
        st.session_state[key] = _usual(run, at_start=at_start)
    chosen = place.selectbox(
        f"Checkpoint of {side}, training step",
        options,
        index=0 if at_start else len(options) - 1,
        key=key,
        bind="query-params",
        persist_state="session",
        on_change=st.session_state.pop,
        args=(UNKNOWN, None),
        help=f"Training steps at which all weights of {text.plain(run.name)} were kept",
    )
    return int(chosen)


def compared(a: runs.Run, b: runs.Run) -> tuple[int, int] | None:
    """Return the steps of the checkpoints that are chosen, if they were compared before."""
    if not (len(a.checkpoints) and len(b.checkpoints)):
        return None
    usual = (_usual(a, at_start=a.id == b.id), _usual(b, at_start=False))
    steps = tuple(
        int(_chosen_before(key, run) or step)
        for key, run, step in zip(STEPS, (a, b), usual, strict=True)
    )
    try:
        _opened(key_of(a, steps[0], b, steps[1]))
    except (LookupError, runs.RunError):
        return None
    return steps


def _chosen_before(key, run):
    chosen = st.session_state.get(key) or st.query_params.get(key)
    return chosen if chosen in _options(run) else None


def _comparison(a, b, steps) -> Comparison | None:
    """Return the comparison if it was made before; else show how to get it, or how far it is."""
    try:
        check_prepared(a)
        check_prepared(b)
        key = key_of(a, steps[0], b, steps[1])
        return _opened(key)
    except LookupError:
        _ask(_arguments(a, b, steps), key, "Compare these checkpoints", _cost_words(a, b))
    except runs.RunError as error:
        st.info(text.plain(error), icon=":material/compare_arrows:")
    return None


@st.cache_resource(max_entries=8, show_spinner=False)
def _opened(key: str) -> Comparison:
    return open_saved(key)


def _offer_pictures(comparison, a, b, steps):
    """Where the pictures have gone from the cache, offer to prepare them again."""
    try:
        for one in comparison.sets:
            flipped.prepared(one)
    except LookupError:
        _ask(
            _arguments(a, b, steps),
            f"pictures {comparison.sets}",
            "Prepare the pictures again",
            "The pictures are not in the cache any more.",
        )


def _arguments(a, b, steps):
    return {
        "run_a": str(a.folder),
        "step_a": steps[0],
        "run_b": str(b.folder),
        "step_b": steps[1],
    }


def _ask(arguments: dict, key: str, label: str, words: str):
    """Show a button, or how far the request is that it made, or why that failed."""
    requests = st.session_state.setdefault(REQUESTS, {})
    request = inference().pending("compare", **arguments) or requests.get(key)
    if request is not None and request.is_pending:
        st.fragment(_watch, run_every=EVERY_SECONDS)(request)
        return
    if request is not None:
        _say_how_it_ended(request)
    st.caption(words)
    if st.button(label, type="primary", icon=":material/compare_arrows:", key=f"ask_{label}"):
        try:
            requests[key] = inference().submit_for(asker(), "compare", **arguments)
        except BusyError as error:
            st.warning(text.plain(error), icon=":material/hourglass_top:")
            return
        st.rerun()


def _say_how_it_ended(request: Request):
    if request.state == "failed":
        st.error(text.plain(request.error), icon=":material/error:")
    elif request.state == "cancelled":
        st.caption("The comparison was stopped.")


def _watch(request: Request):
    """Show how far a request is, again and again; when it has ended, draw the page anew."""
    if not request.is_pending:
        st.rerun()
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    stopping = request.unwanted or not request.is_of(owner())
    words = "Stopping" if request.unwanted else text.plain(request.words)
    left.progress(min(max(request.share, 0.0), 1.0), text=f"{words}…")
    if right.button("Stop", icon=":material/stop:", disabled=stopping, key="stop_comparison"):
        request.cancel()


def _cost_words(a, b) -> str:
    """Say what is going to be done, and about how long it takes."""
    images = min(run.data.get("num_validation") or 0 for run in (a, b))
    start = 0 if inference().process_id else START_SECONDS
    work = sum(_multiplications(run, images) for run in (a, b))
    seconds = start + work / MULTIPLICATIONS_A_SECOND
    return (
        f"Shows both networks up to {text.count(images, 'image')} in a process beside this one: "
        f"about {text.duration(max(seconds, 2))} on an idle machine. The result is kept."
    )


def _multiplications(run, images) -> float:
    """Return about how many multiplications the comparison takes for one of its networks.

    Half of the walk between both counts for each. The inner products of all pairs of images
    are taken in every layer.
    """
    try:
        table = layer_table(network_of(run))
    except ValueError:
        return 0.0
    once = sum(row["parameters"] * prod(row["output_shape"][:-1]) for row in table)
    values = sum(prod(row["output_shape"]) for row in table)
    some = min(images, SIMILARITY_IMAGES)
    return once * (images + some + min(images, LINE_IMAGES) * PLACES / 2) + values * some**2
