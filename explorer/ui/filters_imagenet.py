"""Choosing a network trained on ImageNet, and having its weights."""

import json

import streamlit as st

from explorer.models import kept_files
from explorer.models.applications import APPLICATIONS, NUM_CLASSES, find_weights
from explorer.ui import text
from explorer.ui.asking import has_ended
from explorer.ui.filters_files import given_file
from explorer.ui.link_missed import say_missed

PARAMETER = "application"
CHOSEN, WANTED, WEIGHTS = "filters_application", "filters_download", "filters_weights"
NAMES = "filters_imagenet_names"
MOST_MB = 256
NAMES_FILE = "imagenet_class_index.json"


def choose() -> tuple[str, dict] | None:
    """Let the visitor choose; return a name and a source, `None` while there are no weights."""
    name = _choose_name()
    st.caption(
        f"{APPLICATIONS[name].about}. Trained on 1.3 million photographs of a thousand kinds of "
        "things."
    )
    if _known_weights(name) is None:
        source = {"application": name, "weights": None}
        are_broken = find_weights(name) is not None and has_ended(
            "describe_network", network=source
        )
        if are_broken:
            _take_weights(name)
        elif find_weights(name) is None and not _get_weights(name):
            return None
    return name, {"application": name, "weights": _known_weights(name)}


def _choose_name() -> str:
    missed = None
    if st.session_state.get(CHOSEN) not in APPLICATIONS:
        asked = st.query_params.get(PARAMETER)
        if asked is not None and asked not in APPLICATIONS:
            missed = (
                "The link names an ImageNet network that this page does not have. There are "
                f"{', '.join(APPLICATIONS)}."
            )
        st.session_state[CHOSEN] = asked if asked in APPLICATIONS else next(iter(APPLICATIONS))
    say_missed(CHOSEN, missed)
    name = st.selectbox("Network", list(APPLICATIONS), key=CHOSEN, persist_state="session")
    st.query_params[PARAMETER] = name
    return name


def _known_weights(name) -> str | None:
    """Return the weights that were given by hand, while they are still kept."""
    kept = st.session_state.get(WEIGHTS, {}).get(name)
    try:
        return kept if kept and kept_files.find(kept) else None
    except ValueError:
        return None


def _get_weights(name) -> bool:
    """Offer both ways to the weights; say whether they are there or may be downloaded."""
    wanted = st.session_state.setdefault(WANTED, set())
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(
            f"The weights of {name} are not on this machine yet. They take "
            f"{APPLICATIONS[name].megabytes} MB and are kept."
        )
        if st.button("Download the weights", icon=":material/download:", disabled=name in wanted):
            wanted.add(name)
            st.rerun()
    with right:
        given = _take_weights(name)
    return given or name in wanted


def _take_weights(name) -> bool:
    """Let the visitor give weights by hand; say whether there are some."""
    given = given_file(
        f"Or give the file {text.plain(APPLICATIONS[name].file_name)}, or weights that Keras saved",
        ["h5"],
        most_mb=MOST_MB,
        holds="weights",
        key=f"filters_weights_{name}",
    )
    if given is not None:
        st.session_state.setdefault(WEIGHTS, {})[name] = given.kept
    return given is not None


def give_names(note: str) -> tuple[str, ...] | None:
    """Say why classes have numbers, and let the visitor give their names.

    Args:
        note: Why the names are not known.
    """
    row = st.container(horizontal=True, vertical_alignment="center")
    row.caption(text.plain(note))
    with row.popover("Give the names", icon=":material/label:"):
        file = st.file_uploader(f"The file {NAMES_FILE}", ["json"], max_upload_size=1, key=NAMES)
        if file is None:
            return None
        try:
            return read_names(file.getvalue())
        except ValueError as error:
            st.error(f"{text.plain(file.name)}: {text.plain(error)}", icon=":material/block:")
            return None


def read_names(content: bytes) -> tuple[str, ...]:
    """Read the names of the classes of ImageNet, in the order of the network's answers.

    Args:
        content: Of the file that Keras publishes: `{"0": ["n01440764", "tench"], ...}`.

    Raises:
        ValueError: It is another file.
    """
    try:
        known = json.loads(content)
        names = [known[str(number)][1] for number in range(NUM_CLASSES)]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        names = [None]
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise ValueError(
            f"This file does not name {NUM_CLASSES:,} classes by their numbers. Give the file "
            f"{NAMES_FILE} that Keras publishes."
        )
    return tuple(name.replace("_", " ") for name in names)
