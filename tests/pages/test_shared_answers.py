import os

import numpy as np
import pytest

from explorer.ui.kept_answers import MOST_BYTES
from explorer.ui.shared_answers import ALL_BYTES, LEAST_BYTES, Rooms, SharedAnswers, question_of


def answer_of(num_bytes):
    return {"values": np.zeros(num_bytes, np.uint8)}


def test_answers_not_used_for_longest_are_forgotten_first():
    store = SharedAnswers(most_bytes=1000)
    for name in "abcd":
        store.put((name,), answer_of(250))
    store.get(("a",))
    store.put(("e",), answer_of(250))
    assert [name for name in "abcde" if store.get((name,)) is None] == ["b"]


def test_an_answer_given_again_counts_once():
    store = SharedAnswers(most_bytes=1000)
    for _ in range(9):
        store.put(("a",), answer_of(250))
    store.put(("b",), answer_of(250))
    assert store.get(("a",)) is not None


def test_a_large_answer_is_not_shared_and_drives_out_nothing():
    store = SharedAnswers(most_bytes=1000)
    store.put(("a",), answer_of(100))
    store.put(("b",), answer_of(251))
    assert (store.get(("b",)), store.get(("a",)) is not None) == (None, True)


def test_nobody_can_change_what_all_share():
    store = SharedAnswers()
    store.put(("a",), answer_of(3))
    with pytest.raises(ValueError, match="read-only"):
        store.get(("a",))["values"][0] = 1


def test_a_run_that_has_changed_makes_another_question(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    arguments = {"network": [{"run": str(tmp_path), "step": 3}]}
    first = question_of("classify_given", "key", arguments)
    assert question_of("classify_given", "key", arguments) == first
    os.utime(tmp_path / "run.json", ns=(1, 1))
    assert question_of("classify_given", "key", arguments) != first


@pytest.mark.parametrize("kind", ["range_test", "surface", "valley", "maximise", "compare"])
def test_what_leaves_something_in_a_run_is_not_shared(kind):
    assert question_of(kind, "key", {}) is None


def test_the_room_of_each_shrinks_with_their_number_and_all_stay_below_the_whole():
    rooms = Rooms()
    assert rooms.room_for("a") == MOST_BYTES
    for number in range(29):
        room = rooms.room_for(str(number))
    assert LEAST_BYTES <= room <= ALL_BYTES / 30
