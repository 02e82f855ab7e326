"""Which network is looked into: a run at a checkpoint, one from ImageNet, or a visitor's own.

The choice is in the address, except for a visitor's own file, which nobody else has.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from explorer import runs
from explorer.runs.source import why_no
from explorer.training.networks import can_be_opened
from explorer.ui import filters_imagenet, filters_own, text
from explorer.ui.asking import answer
from explorer.ui.link_missed import say_missed
from explorer.ui.run_facts import label

RUN, STEP = "filters_run", "filters_step"
FROM = "filters_from"
A_RUN, IMAGENET, OWN_FILE = "A run", "ImageNet network", "Your own file"
IN_ADDRESS = {A_RUN: None, IMAGENET: "imagenet", OWN_FILE: "file"}
PARAMETERS = {A_RUN: ("run", "step"), IMAGENET: (filters_imagenet.PARAMETER,), OWN_FILE: ()}
PHOTOGRAPHS = "photographs"  # the bundled run that knows what people have pictures of


@dataclass(frozen=True)
class Network:
    """A network to look into, as far as the page needs to know it.

    Args:
        source: What names it to the inference process, see `explorer.inference.opened`.
        name: For people.
        class_names: Names of its classes.
        image_size: Width and height of its images.
        channels: 1 or 3.
        fit: How its images are fitted.
        run: Where it comes from, if it is a run of the explorer.
        step: The checkpoint of the run.
    """

    source: dict
    name: str
    class_names: tuple[str, ...]
    image_size: int
    channels: int
    fit: str
    run: runs.Run | None = None
    step: int | None = None


def choose_network() -> Network | None:
    """Let the visitor choose a network; `None` while there is none."""
    kind = _choose_kind()
    if kind == A_RUN:
        return _choose_of_runs()
    chosen = filters_imagenet.choose() if kind == IMAGENET else filters_own.choose()
    return None if chosen is None else _described(*chosen)


def _choose_kind() -> str:
    missed = None
    if FROM not in st.session_state:
        asked = st.query_params.get("from")
        known = {value: kind for kind, value in IN_ADDRESS.items()}
        if asked not in known:
            missed = (
                "The link names a kind of network that this page does not have. A run is shown."
            )
        st.session_state[FROM] = known.get(asked, A_RUN)
    say_missed(FROM, missed)
    kind = st.segmented_control(
        "Network from", list(IN_ADDRESS), required=True, key=FROM, persist_state="session"
    )
    for other, names in PARAMETERS.items():
        for name in names if other != kind else ():
            st.query_params.pop(name, None)
    if IN_ADDRESS[kind] is None:
        st.query_params.pop("from", None)
    else:
        st.query_params["from"] = IN_ADDRESS[kind]
    return kind


def _described(name: str, source: dict) -> Network | None:
    """Open a network that is no run; progress or what went wrong is shown meanwhile."""
    found = answer("describe_network", network=source)
    if found is None:
        return None
    names = tuple(found["class_names"].tolist())
    if str(found["note"]):
        names = filters_imagenet.give_names(str(found["note"])) or names
    return Network(
        source=source,
        name=name,
        class_names=told_apart(names),
        image_size=int(found["image_size"]),
        channels=int(found["channels"]),
        fit="crop",
    )


def told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """Give classes of one name their numbers; ImageNet has cranes that fly and cranes that lift.

    >>> told_apart(["crane", "tench", "crane"])
    ('crane (class 0)', 'tench', 'crane (class 2)')
    """
    times = Counter(names)
    return tuple(
        name if times[name] == 1 else f"{name} (class {number})"
        for number, name in enumerate(names)
    )


def _choose_of_runs() -> Network | None:
    known = [run for run in runs.list_runs() if can_be_opened(run)]
    if not known:
        words = "There is no trained network to look into yet."
        if runs.list_runs():
            words += (
                " A run that a script recorded does not say how its images are prepared. Save its "
                f"model as a .keras file, and give that as “{OWN_FILE}”."
            )
        st.info(words, icon=":material/network_node:")
        st.page_link("pages/trainer.py", label="Train one", icon=":material/model_training:")
        return None
    left, right = st.columns([2, 1], gap="medium")
    run = _choose_run(known, left)
    step = _choose_step(run, right)
    return Network(
        source={"run": str(run.folder), "step": step},
        name=run.name,
        class_names=tuple(run.class_names),
        image_size=run.data["image_size"],
        channels=run.data["channels"],
        fit=run.data["fit"],
        run=run,
        step=step,
    )


def _choose_run(known, place) -> runs.Run:
    by_id = {run.id: run for run in known}
    missed = None
    if st.session_state.get(RUN) not in by_id:
        asked = st.query_params.get("run")
        if asked is not None and asked not in by_id:
            missed = why_not_shown(asked)
        st.session_state[RUN] = asked if asked in by_id else _usual(known).id
    say_missed(RUN, missed)
    chosen = place.selectbox(
        "Run",
        list(by_id),
        format_func=lambda item: label(by_id[item], known),
        key=RUN,
        persist_state="session",
    )
    st.query_params["run"] = chosen
    return by_id[chosen]


def why_not_shown(asked: str) -> str:
    """Say why the run that a link names cannot be shown."""
    run = next((one for one in runs.list_runs() if one.id == asked), None)
    if run is None:
        return "The link names a run that this explorer does not have. Choose from the list."
    if not len(run.checkpoints):
        why = why_no(run, "checkpoints") or "It kept no checkpoint."
    elif run.source:
        why = why_no(run, "network") or "Its files do not tell which pictures its network takes."
    else:
        why = (
            "The explorer cannot build its network, which a script of its own recorded; its model, "
            f"saved as a .keras file, can be given as “{OWN_FILE}”."
        )
    return (
        f"The link names the run “{run.name}”, which cannot be shown. {why} Choose from the list."
    )


def _usual(known):
    return next((run for run in known if run.id == PHOTOGRAPHS), known[0])


def _choose_step(run, place) -> int:
    options = run.checkpoints.tolist()
    missed = None
    if st.session_state.get(STEP) not in options:
        asked = st.query_params.get("step")
        wanted = text.number(asked)
        if asked is not None and wanted not in options and RUN + "_seen" not in st.session_state:
            missed = (
                "The link names a checkpoint that this run does not have. The last one is shown."
            )
        st.session_state[STEP] = wanted if wanted in options else options[-1]
    say_missed(STEP, missed)
    st.session_state[RUN + "_seen"] = run.id
    chosen = place.selectbox(
        "Checkpoint, training step",
        options,
        format_func=lambda step: f"{step:,}",
        key=STEP,
        persist_state="session",
        help=f"Training steps at which all weights of {text.plain(run.name)} were kept",
    )
    st.query_params["step"] = str(chosen)
    return chosen
