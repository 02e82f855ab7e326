import json
import re

import pytest

from explorer.exports import vega
from explorer.exports.comparison import Comparison
from explorer.exports.document import WIDTHS, make_report

HOSTILE = "</script><script>alert(1)</script>"


@pytest.fixture(autouse=True)
def without_the_library(monkeypatch):
    """Putting the library together takes seconds, and says nothing about a comparison."""
    monkeypatch.setattr(vega, "source", lambda: "window.vegaEmbed = null;")


def content(text):
    (found,) = re.findall(r'<script type="application/json" id="charts">(.*?)</script>', text)
    return json.loads(found)


def test_every_chart_is_there_for_every_width_and_its_data_once(comparison):
    told, pair = [], Comparison(comparison.chosen, "dense_1/kernel")
    found = content(make_report(pair, tell=lambda share, words: told.append(share)))
    assert [one["id"] for one in found["figures"]] == ["curves", "weights", "gradients", "kernel"]
    for figure in found["figures"]:
        assert list(figure["specs"]) == [str(width) for width in WIDTHS]
        named = set(re.findall(r'"name": "(data-[0-9a-f]+)"', json.dumps(figure["specs"])))
        assert named
        assert named <= set(found["data"])
    assert told == sorted(told)


def test_a_report_does_not_tell_where_files_lay(comparison):
    text = make_report(Comparison(comparison.chosen, "dense_1/kernel"))
    assert "pictures-0.zip" in text
    assert not [path for path in ("someone", str(comparison.chosen[0].folder)) if path in text]


def test_names_of_runs_stay_names(write_run):
    first = write_run(HOSTILE, [0, 1])
    text = make_report(Comparison((first, write_run("Second", [0, 1]))))
    assert HOSTILE not in text
    assert text.count("<script") == 3


def test_a_run_with_a_single_step_and_one_that_lacks_the_tensor(write_run):
    first = write_run("First", [0])
    second = write_run("Second", [0, 1], tensors={"dense_9/kernel": (4, 4)})
    text = make_report(Comparison((first, second), "dense_9/kernel"))
    assert {one["id"] for one in content(text)["figures"]} == {
        "curves",
        "weights",
        "gradients",
        "kernel",
    }


def test_what_cannot_be_drawn_is_said_and_the_rest_is_there(write_run):
    runs = [write_run(name, [0]) for name in ("First", "Second")]
    text = make_report(Comparison(tuple(runs), "conv_1/kernel"))
    assert "Nothing to show: Neither run has a recording of the gradients" in text
    assert "weights" in [one["id"] for one in content(text)["figures"]]


def test_a_run_compared_with_itself(comparison):
    text = make_report(Comparison((comparison.chosen[0],) * 2, "dense_1/kernel"))
    assert "No setting differs" in text
    assert len(content(text)["figures"]) == 4
