"""Answers of the inference process that all visitors share, and the room each has for others."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import streamlit as st

from explorer.runs import files
from explorer.ui.kept_answers import MOST_BYTES, Arrays, num_bytes

# What these answer follows from what is asked alone: nothing is kept in a run, nothing is drawn.
SHARED = frozenset(
    {
        "attribute",
        "classify_given",
        "describe_network",
        "feature_map",
        "feature_maps",
        "history",
        "layers_to_look_into",
        "unlike",
    }
)
SHARED_BYTES = 128_000_000
LARGEST_SHARE = 4  # no answer fills more than this part of the room
ALL_BYTES = 500_000_000  # of what all visitors keep for themselves
LEAST_BYTES = 8_000_000
RECENT_SECONDS = 300.0


class SharedAnswers:
    """Answers by question; those not used for longest are forgotten.

    Args:
        most_bytes: The room for all of them.
    """

    def __init__(self, most_bytes: int = SHARED_BYTES):
        self._most_bytes = most_bytes
        self._answers: OrderedDict[tuple, Arrays] = OrderedDict()
        self._num_bytes = 0
        self._lock = threading.Lock()

    def get(self, question: tuple) -> Arrays | None:
        """Return the answer, if there is one."""
        with self._lock:
            if question in self._answers:
                self._answers.move_to_end(question)
            return self._answers.get(question)

    def put(self, question: tuple, arrays: Arrays) -> None:
        """Keep an answer, unless it is too large to leave room for others."""
        size = num_bytes(arrays)
        if size > self._most_bytes / LARGEST_SHARE:
            return
        for values in arrays.values():
            values.setflags(write=False)  # who changed it would change it for all
        with self._lock:
            self._num_bytes += size - num_bytes(self._answers.pop(question, {}))
            self._answers[question] = arrays
            while self._num_bytes > self._most_bytes:
                self._num_bytes -= num_bytes(self._answers.popitem(last=False)[1])


class Rooms:
    """How much each visitor may keep: less, the more of them there are."""

    def __init__(self):
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def room_for(self, session: str) -> int:
        """Return how many bytes a session may keep for itself."""
        now = time.monotonic()
        with self._lock:
            self._seen[session] = now
            self._seen = {k: then for k, then in self._seen.items() if then > now - RECENT_SECONDS}
            return min(MOST_BYTES, max(LEAST_BYTES, ALL_BYTES // len(self._seen)))


@st.cache_resource(show_spinner=False)
def shared_answers() -> SharedAnswers:
    """Return the one store of the server."""
    return SharedAnswers()


@st.cache_resource(show_spinner=False)
def rooms() -> Rooms:
    """Return the one division of the server's room."""
    return Rooms()


def question_of(kind: str, key: str, arguments: dict) -> tuple | None:
    """Return what an answer is kept under for all, `None` where it is for one visitor alone.

    A run that has changed since, or was recorded anew under its name, makes another question.

    Args:
        kind: What is asked.
        key: Kind and arguments as text.
        arguments: Plain values.
    """
    return (key, *_states(arguments)) if kind in SHARED else None


def _states(value) -> Iterator[tuple]:
    """Yield the state of every run that is named somewhere in the arguments."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _states(one)
    elif isinstance(value, str) and "/" in value:
        try:
            about = (Path(value) / files.RUN).stat()
        except OSError:
            return
        yield value, about.st_ino, about.st_mtime_ns
