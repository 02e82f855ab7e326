"""Asking the inference process from a page, and showing how far it is."""

import json
import math
import time
from collections import OrderedDict

import numpy as np
import streamlit as st

from explorer.inference.request import BusyError, Request
from explorer.ui import text
from explorer.ui.inference import inference
from explorer.ui.kept_answers import MOST_BYTES, keep, note_use, num_bytes
from explorer.ui.shared_answers import question_of, rooms, shared_answers
from explorer.ui.visitor import asker

EVERY_SECONDS = 0.3
PATIENCE_SECONDS = 1.0  # a warm process answers most questions within this, and nothing flickers
ANSWERS, REQUESTS = "inference_answers", "inference_requests"
USED, ASKED = "inference_used", "inference_asked"  # when, by the clock of the machine
AGAIN = "inference_again"  # what was stopped or failed, and is wanted all the same


def answer(kind: str, /, **arguments) -> dict[str, np.ndarray] | None:
    """Return what the inference process answers; ask it when it has not been asked.

    While there is no answer, the page shows how far it is, or why there will be none, and is
    drawn again when that changes.

    Args:
        kind: A key of `explorer.inference.kinds.KINDS`.
        **arguments: Plain values.

    Returns:
        Arrays by name, or `None` while there is no answer.
    """
    answers: OrderedDict = st.session_state.setdefault(ANSWERS, OrderedDict())
    requests: dict[str, Request] = st.session_state.setdefault(REQUESTS, {})
    key = json.dumps([kind, arguments], sort_keys=True)
    if key in answers:
        note_use(answers, key, st.session_state.setdefault(USED, {}))
        return answers[key]
    question = question_of(kind, key, arguments)
    if question and (arrays := shared_answers().get(question)) is not None:
        return arrays
    if key not in requests and not _ask(requests, key, kind, arguments):
        return None
    request = requests[key]
    _wait(request)
    if request.is_pending:
        st.fragment(_watch, run_every=EVERY_SECONDS)(request, key)
        return None
    if request.state == "done":
        arrays = requests.pop(key).result()
        if question and question == question_of(kind, key, arguments):
            shared_answers().put(question, arrays)
        if _keep(answers, key, arrays):
            note_use(answers, key, st.session_state[USED])
        return arrays
    _say_how_it_ended(requests, key)
    return None


def _keep(answers, key, arrays) -> bool:
    since = st.session_state.get(ASKED, {}).pop(key, math.inf)
    used = st.session_state.setdefault(USED, {})
    room = rooms().room_for(asker().session)
    return keep(answers, key, arrays, used=used, since=since, most_bytes=room)


def known_answer(kind: str, /, **arguments) -> dict[str, np.ndarray] | None:
    """Return what was answered before, without asking and without drawing anything."""
    key = json.dumps([kind, arguments], sort_keys=True)
    return st.session_state.get(ANSWERS, {}).get(key)


def is_asked(kind: str, /, **arguments) -> bool:
    """Say whether this was asked and is not answered: pending, stopped, failed or to go on."""
    key = json.dumps([kind, arguments], sort_keys=True)
    return key in st.session_state.get(REQUESTS, {}) or key in st.session_state.get(AGAIN, ())


def has_ended(kind: str, /, **arguments) -> bool:
    """Say whether this was stopped or has failed: there will be no answer by waiting."""
    key = json.dumps([kind, arguments], sort_keys=True)
    request = st.session_state.get(REQUESTS, {}).get(key)
    return request is not None and not request.is_pending


def _ask(requests, key, kind, arguments) -> bool:
    _put_away(requests)
    try:
        requests[key] = inference().submit_for(asker(), kind, **arguments)
        st.session_state.setdefault(ASKED, {})[key] = time.monotonic()
        st.session_state.get(AGAIN, set()).discard(key)
    except BusyError as error:
        st.warning(text.plain(error), icon=":material/hourglass_top:")
        st.button("Try again", key=f"busy {key}", icon=":material/refresh:")
        return False
    return True


def _put_away(requests):
    """Keep the answers that nobody fetched: those who asked look at something else by now."""
    answers, left = st.session_state[ANSWERS], 0
    done = [key for key, request in requests.items() if request.state == "done"]
    for key in reversed(done):
        arrays = requests[key].result()
        left += num_bytes(arrays)
        if _keep(answers, key, arrays) or left > MOST_BYTES:
            del requests[key]


def _wait(request):
    try:
        request.result(timeout=PATIENCE_SECONDS)
    except ValueError:
        return  # how it ended is looked at by whoever asked
    except TimeoutError:
        return


def _watch(request, key):
    """Show how far a request is, again and again; when it has ended, draw the page anew."""
    if not request.is_pending:
        st.rerun()
    row = st.container(horizontal=True, vertical_alignment="bottom")
    words = "Stopping" if request.unwanted else text.plain(request.words)
    row.progress(min(max(request.share, 0.0), 1.0), text=f"{words}…")
    if row.button("Stop", icon=":material/stop:", disabled=request.unwanted, key=f"stop {key}"):
        left = request.give_up(asker())
        st.session_state[REQUESTS][key] = left
        if left is not request:  # somebody else still waits for it
            st.rerun()


def _say_how_it_ended(requests, key):
    request = requests[key]
    if request.state == "failed":
        st.error(text.plain(request.error), icon=":material/error:")
    else:
        st.caption("Stopped.")
    st.button(
        "Try again" if request.state == "failed" else "Go on",
        key=f"again {key}",
        icon=":material/refresh:",
        on_click=_go_on,
        args=(key,),
    )


def _go_on(key):
    """Ask again when the page is next drawn, also where asking waits for a click."""
    st.session_state[REQUESTS].pop(key, None)
    st.session_state.setdefault(AGAIN, set()).add(key)
