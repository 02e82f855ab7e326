"""An image through training: what one or two networks took it for at every checkpoint, and why."""

from dataclasses import replace

import numpy as np
import streamlit as st

from explorer import runs
from explorer.analysis.probabilities import probabilities
from explorer.analysis.timeline import align
from explorer.charts import pair
from explorer.charts.compose import specification
from explorer.charts.history import History, history_chart
from explorer.inference import given
from explorer.training.networks import can_be_opened
from explorer.ui import text
from explorer.ui.asking import answer
from explorer.ui.compare_choice import choose_mode, pair_names
from explorer.ui.filters_history_words import say_what_is_shown, say_whether_learned
from explorer.ui.filters_images import ask_for_image, choose_one, prepared_for
from explorer.ui.filters_network import Network
from explorer.ui.filters_shown import Shown
from explorer.ui.link_missed import say_missed
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
        ask_for_image(network, "what the network took it for through its training is shown here")
        return
    image = choose_one(images, key="history_image")
    left, right = st.columns(2, gap="medium")
    chosen = [network.run, *_choose_second(network.run, left)]
    wanted = _choose_class(chosen, right)
    names = pair_names(chosen) if len(chosen) > 1 else [network.name]
    found = _ask(chosen, names, image, wanted)
    if found is not None:
        names = names[: len(found[1])]
        say_what_is_shown(names, *found)
        mode = choose_mode(chosen[: len(names)])
        st.fragment(_draw)(names, found, mode, network.step)
        say_whether_learned(names, found[1])


def _choose_second(first: runs.Run, place) -> list[runs.Run]:
    """Let the visitor put another run beside it; the choice is part of the address."""
    known = [run for run in runs.list_runs() if run.id != first.id and can_be_opened(run)]
    by_id = {run.id: run for run in known}
    missed = None
    if st.session_state.get(SECOND) not in by_id:
        asked = st.query_params.get("second")
        if asked is not None and asked not in by_id and asked != first.id:
            missed = (
                "The link names a second run that this explorer does not have, or that kept no "
                "checkpoint. Only one run is shown."
            )
        st.session_state[SECOND] = asked if asked in by_id else None
    say_missed(SECOND, missed)
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


def _choose_class(chosen, place) -> str | None:
    """Let the visitor choose a class; none means the one that the first run decides for."""
    names = list(dict.fromkeys(name for run in chosen for name in run.class_names))
    missed = None
    if st.session_state.get(CLASS) not in names:
        asked = st.query_params.get("class")
        if asked is not None and asked not in names:
            missed = (
                "The link names a class that is not known here. The one it decides for is shown."
            )
        st.session_state[CLASS] = asked if asked in names else None
    say_missed(CLASS, missed)
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


def _ask(chosen, names, image, wanted) -> tuple[str, list[History]] | None:
    """Return the name of the class that is looked at, and what each run made of the image.

    The second run is asked when the first has answered. What the first one made of the image is
    shown in any case; how the second one is getting on, or why it will not be shown, stands above.
    """
    found = _history(chosen[0], image, wanted)
    if found is None or len(chosen) == 1:
        return None if found is None else (found[0], [found[1]])
    wanted, first = found
    box = st.container()
    head = box.empty()
    with box:
        beside = _history(chosen[1], image, wanted)
    if beside is None:
        name, shown = map(text.plain, reversed(names))
        head.markdown(f"**{name}** is not shown here. {shown} is:")
        return wanted, [first]
    return wanted, [first, beside[1]]


def _history(run, image, wanted) -> tuple[str, History] | None:
    """Return the class that is looked at and what a run made of the image, if it has answered."""
    asked = _question(run, image, wanted)
    arrays = None if asked is None else answer("history", **asked[0])
    if arrays is None:
        return None
    names = list(run.class_names)
    name = wanted or names[int(arrays["label"])]
    history = History(
        steps=arrays["steps"],
        class_names=names,
        probabilities=probabilities(arrays["logits"]),
        image=asked[1],
        maps=arrays.get("maps"),
        unread=tuple(np.setdiff1d(run.checkpoints, arrays["steps"]).tolist()),
    )
    return name, history if name in names else replace(history, maps=None)


def _question(run, image, wanted) -> tuple[dict, np.ndarray] | None:
    """Return what a run is asked, and the image as it takes it; say why if it cannot be asked."""
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
    names = list(run.class_names)
    label_asked = names.index(wanted) if wanted in names else None
    steps = run.checkpoints.tolist()
    return {"run": str(run.folder), "image": kept, "steps": steps, "label": label_asked}, pixels


def _draw(names, found, mode, step):
    """Draw the chart; the slider begins at the checkpoint that is chosen above."""
    name, histories = found
    with st.container(key=PLACE):
        timeline = align([one.steps for one in histories], mode=mode)
        width = play_button(PLACE, [], words=[pair.place_words(timeline)])
        frame = pair.Frame(names, width, timeline, timeline.place_of(0, step))
        st.vega_lite_chart(
            spec=specification(history_chart(histories, frame, chosen=name)),
            width="content",
            key="history_chart",
            alt=f"{' and '.join(names)}: probabilities of classes, and Grad-CAM for {name}, "
            "with a slider over the checkpoints below",
        )
