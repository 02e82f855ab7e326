"""An image through training: what one or two networks took it for at every checkpoint, and why."""

from dataclasses import replace

import streamlit as st

from explorer import runs
from explorer.analysis.probabilities import probabilities
from explorer.analysis.timeline import align
from explorer.charts import pair
from explorer.charts.compose import specification
from explorer.charts.history import History, history_chart
from explorer.inference import given
from explorer.training.networks import check_prepared
from explorer.ui import text
from explorer.ui.asking import answer
from explorer.ui.compare_choice import choose_mode, pair_names
from explorer.ui.filters_history_words import say_what_is_shown, say_whether_learned
from explorer.ui.filters_images import choose_one, prepared_for
from explorer.ui.filters_network import Network
from explorer.ui.filters_shown import Shown
from explorer.ui.play import play_button
from explorer.ui.run_facts import label

PLACE = "history"
SECOND, CLASS = "filters_second", "filters_class"


def show(network: Network, images: list[Shown]):
    """Show the probabilities and the evidence over the checkpoints of one or two runs."""
    if network.run is None:
        st.info(
            "This network was not trained here: there are no checkpoints to go through. "
            "Choose a run.",
            icon=":material/history:",
        )
        return
    if not images:
        st.caption("Give an image above, or choose a sample.")
        return
    image = choose_one(images, key="history_image")
    left, right = st.columns(2, gap="medium")
    chosen = [network.run, *_choose_second(network.run, left)]
    wanted = _choose_class(chosen, right)
    found = _ask(chosen, image, wanted)
    if found is not None:
        names = pair_names(chosen) if len(chosen) > 1 else [network.name]
        say_what_is_shown(names, *found)
        mode = choose_mode(chosen)
        st.fragment(_draw)(names, found, mode, network.step)
        say_whether_learned(names, found[1])


def _choose_second(first: runs.Run, place) -> list[runs.Run]:
    """Let the visitor put another run beside it; the choice is part of the address."""
    known = [run for run in runs.list_runs() if run.id != first.id and _has_history(run)]
    by_id = {run.id: run for run in known}
    if st.session_state.get(SECOND) not in by_id:
        asked = st.query_params.get("second")
        if asked is not None and asked not in by_id and asked != first.id:
            st.warning(
                "The link names a second run that this explorer does not have, or that kept no "
                "checkpoint. Only one run is shown.",
                icon=":material/link_off:",
            )
        st.session_state[SECOND] = asked if asked in by_id else None
    second = place.selectbox(
        "Beside it, another run",
        list(by_id),
        index=None,
        format_func=lambda item: label(by_id[item], known),
        key=SECOND,
        persist_state="session",
        placeholder="None",
    )
    _in_address("second", second)
    return [] if second is None else [by_id[second]]


def _has_history(run) -> bool:
    try:
        check_prepared(run)
    except runs.RunError:
        return False
    return len(run.checkpoints) > 0


def _choose_class(chosen, place) -> str | None:
    """Let the visitor choose a class; none means the one that the first run decides for."""
    names = list(dict.fromkeys(name for run in chosen for name in run.class_names))
    if st.session_state.get(CLASS) not in names:
        asked = st.query_params.get("class")
        st.session_state[CLASS] = asked if asked in names else None
    wanted = place.selectbox(
        "Class",
        names,
        index=None,
        key=CLASS,
        persist_state="session",
        placeholder="The one it decides for in the end",
        help="Its line is the thick one, and the evidence shown is for this class",
    )
    _in_address("class", wanted)
    return wanted


def _in_address(name, value):
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value


def _ask(chosen, image, wanted) -> tuple[str, list[History]] | None:
    """Return the name of the class that is looked at, and what each run made of the image."""
    histories = []
    for run in chosen:
        one = _history(run, image, wanted)
        if one is None:
            return None
        wanted, history = one
        histories.append(history)
    return wanted, histories


def _history(run, image, wanted):
    names = list(run.class_names)
    try:
        pixels = prepared_for(
            image,
            image_size=run.data["image_size"],
            channels=run.data["channels"],
            fit=run.data["fit"],
        )
        kept = given.keep(pixels)
    except (ValueError, OSError) as error:
        st.error(text.plain(error), icon=":material/broken_image:")
        return None
    arrays = answer(
        "history",
        run=str(run.folder),
        image=kept,
        steps=run.checkpoints.tolist(),
        label=names.index(wanted) if wanted in names else None,
    )
    if arrays is None:
        return None
    name = wanted or names[int(arrays["label"])]
    history = History(
        steps=run.checkpoints,
        class_names=names,
        probabilities=probabilities(arrays["logits"]),
        image=pixels,
        maps=arrays.get("maps"),
    )
    return name, history if name in names else replace(history, maps=None)


def _draw(names, found, mode, step):
    """Draw the chart; the slider begins at the checkpoint that is chosen above."""
    name, histories = found
    with st.container(key=PLACE):
        width = play_button(PLACE, [])
        timeline = align([one.steps for one in histories], mode=mode)
        row = histories[0].steps.tolist().index(step)
        start = timeline.rows[0].tolist().index(row)
        frame = pair.Frame(names, width, timeline, start)
        st.vega_lite_chart(
            spec=specification(history_chart(histories, frame, chosen=name)),
            width="content",
            key="history_chart",
            alt=f"{' and '.join(names)}: probabilities of classes, and Grad-CAM for {name}, "
            "with a slider over the checkpoints below",
        )
