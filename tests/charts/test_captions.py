"""Words above panels: whole on a narrow page, too, and never on each other."""

import re

import altair as alt
import numpy as np
import pandas as pd
import pytest

from explorer.analysis.timeline import align
from explorer.charts import captions, pair
from explorer.charts.compose import layered
from explorer.charts.fitted import fitted

MARKS = layered(alt.Chart(pd.DataFrame({"x": [0]})).mark_point().encode(alt.X("x:Q")))


def drawn(words, *, is_narrow):
    """Return where the lines stand, and what they say at each step."""
    chart = captions.with_captions(MARKS, words, 276, is_narrow=is_narrow).to_dict()
    return {
        layer["encoding"]["y"]["value"]: said(layer, chart["datasets"])
        for layer in chart["layer"]
        if layer.get("mark", {}).get("type") == "text"
    }


def said(layer, datasets):
    """Return the words of a line at each step, `t0`, `t1`, ..., wherever they are kept."""
    letter = re.search(r"datum\['(\w)' \+", layer["encoding"]["text"]["value"]["expr"]).group(1)
    (row,) = datasets[layer["data"]["name"]]
    return {f"t{name[1:]}": words for name, words in row.items() if name[0] == letter}


WORDS = [["A · step 0\n9 values", "A · step 5\n9 values · 2 above it"], ["B · step 0\n9 values"]]


def test_on_a_wide_page_each_run_has_one_line():
    lines = drawn(WORDS, is_narrow=False)
    assert [line["t0"] for line in lines.values()] == [
        "B · step 0 · 9 values",
        "A · step 0 · 9 values",
    ]


def test_on_a_narrow_page_notes_have_a_line_of_their_own():
    lines = drawn(WORDS, is_narrow=True)
    from_above = [lines[y] for y in sorted(lines)]
    assert [line["t0"] for line in from_above] == [
        "A · step 0",
        "9 values",
        "B · step 0",
        "9 values",
    ]
    assert from_above[1]["t1"] == "9 values · 2 above it"
    assert set(np.diff(sorted(lines))) == {captions.CAPTION_LINE}


def test_without_notes_a_narrow_page_needs_no_second_line():
    assert len(drawn([["A · step 0"], None], is_narrow=True)) == 1


@pytest.mark.parametrize("mode", ["step", "share"])
def test_on_a_narrow_page_the_step_has_a_line_of_its_own(mode):
    timeline = align([np.array([0, 1, 7])], mode=mode)
    wide, narrow = (
        pair.heading("conv_1/kernel", pair.Frame(["A"], width, timeline)).to_dict()["text"]["expr"]
        for width in (1000, 340)
    )
    assert narrow.startswith('["conv_1/kernel", ')
    assert wide.startswith('"conv_1/kernel" + ')
    assert narrow.removesuffix("]").partition(", ")[2] == wide.partition(" + ' ' + ")[2]


def test_titles_that_begin_at_the_plot_are_broken_before_its_end():
    words = "Change since step 0 over training: pale stripes have not moved"
    title = pair.panel_title(words).to_dict()
    lines = fitted({"title": title}, 340)["title"]["text"]
    assert " ".join(lines) == words
    assert max(map(len, lines)) * title["fontSize"] * 0.6 <= 340 - pair.AXIS_SPACE
