from collections import OrderedDict

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.inference.request import DONE, Request
from explorer.ui.asking import ANSWERS, REQUESTS
from explorer.ui.kept_answers import MOST_ANSWERS, keep, note_use, num_bytes

ROOM = 100


def arrays(number):
    return {"a": np.zeros(number - 1, np.uint8), "b": np.zeros(1, np.uint8)}


def session(sizes, *, used_at=0.0):
    answers = OrderedDict((name, arrays(size)) for name, size in sizes.items())
    return answers, dict.fromkeys(sizes, used_at)


def kept(answers, used, name, size, *, since=1.0):
    return keep(answers, name, arrays(size), used=used, since=since, most_bytes=ROOM)


def test_the_newest_answers_that_have_room_are_kept(rng):
    answers, used = session({})
    newest = []
    for number, size in enumerate(rng.integers(1, 60, 200).tolist()):
        assert kept(answers, used, str(number), size, since=number)
        newest.append((str(number), size))
        while sum(size for _, size in newest) > ROOM:
            newest.pop(0)
        assert [(name, num_bytes(one)) for name, one in answers.items()] == newest


def test_an_answer_larger_than_the_room_is_not_kept_and_drives_none_out():
    answers, used = session({"old": 60})
    assert not kept(answers, used, "large", ROOM + 1)
    assert list(answers) == ["old"]
    assert kept(answers, used, "full", ROOM)
    assert list(answers) == ["full"]


def test_an_answer_that_is_used_outlives_one_that_came_later():
    answers, used = session({"first": 40, "second": 40})
    note_use(answers, "first", used)
    assert kept(answers, used, "third", 40, since=np.inf)
    assert list(answers) == ["first", "third"]


def test_what_was_used_while_another_was_asked_for_is_not_driven_out():
    answers, used = session({"shown": 60})
    assert not kept(answers, used, "more", 60, since=-1.0)
    assert list(answers) == ["shown"]
    assert kept(answers, used, "less", 40, since=-1.0)


def test_there_is_an_end_to_the_number_of_small_answers():
    answers, used = session({str(number): 1 for number in range(MOST_ANSWERS)})
    assert keep(answers, "new", arrays(1), used=used, since=1.0)
    assert list(answers) == [*map(str, range(1, MOST_ANSWERS)), "new"]


SCRIPT = """
import streamlit as st
from explorer.ui.asking import answer
found = answer("maps", of=st.session_state["of"])
st.text(None if found is None else found["a"].nbytes)
"""


def ended(number, megabytes):
    request = Request(number, "maps", {"of": number})
    request.end(DONE, arrays={"a": np.zeros(megabytes * 1_000_000, np.uint8)})
    return f'["maps", {{"of": {number}}}]', request


@pytest.mark.parametrize(("megabytes", "is_kept"), [(63, True), (65, False)])
def test_a_session_keeps_what_has_room_and_shows_the_rest_once(megabytes, is_kept):
    app = AppTest.from_string(SCRIPT)
    key, request = ended(1, megabytes)
    app.session_state["of"] = 1
    app.session_state[ANSWERS] = OrderedDict(old={"a": np.zeros(2_000_000, np.uint8)})
    app.session_state[REQUESTS] = {key: request}
    app.run()
    assert [item.value for item in app.text] == [str(megabytes * 1_000_000)]
    assert list(app.session_state[ANSWERS]) == ([key] if is_kept else ["old"])
    assert not app.session_state[REQUESTS]
