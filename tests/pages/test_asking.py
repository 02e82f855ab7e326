"""Asking the inference process: what was stopped goes on with one click."""

import pytest
from streamlit.testing.v1 import AppTest

from explorer.inference.request import CANCELLED, FAILED

PAGE = """
import streamlit as st
from explorer.inference.request import Request
from explorer.ui.asking import REQUESTS, answer, has_ended, is_asked

asked = {"run": "a"}
if REQUESTS not in st.session_state:
    request = Request(1, "range_test", asked)
    request.end(st.session_state["ending"], error="It failed.")
    st.session_state[REQUESTS] = {'["range_test", {"run": "a"}]': request}
st.text(f"asked: {is_asked('range_test', **asked)}, other: {is_asked('range_test', run='b')}")
if has_ended("range_test", **asked):
    answer("range_test", **asked)
"""


@pytest.mark.parametrize(("ending", "label"), [(CANCELLED, "Go on"), (FAILED, "Try again")])
def test_what_ended_without_an_answer_is_asked_again_with_one_click(ending, label):
    app = AppTest.from_string(PAGE)
    app.session_state["ending"] = ending
    app.run()
    assert not app.exception
    (button,) = app.button
    assert button.label == label
    button.click().run()
    assert not app.exception
    assert not app.button
    assert app.text[0].value == "asked: True, other: False"
