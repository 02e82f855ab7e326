import csv
import io

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.exports.csv_text import FORMULA_STARTS, safe_text, to_csv

TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("=+-@ \r\n'"))


def cells(frame):
    return list(csv.reader(io.StringIO(to_csv(frame), newline="")))


@settings(deadline=None)
@given(TEXT)
def test_no_text_is_a_formula_and_none_is_lost(text):
    (_, (written, _)) = cells(pd.DataFrame({"name": [text], "one": [1]}))
    assert not written.lstrip().startswith(FORMULA_STARTS)
    line = "".join(
        " " if character < " " or character == "\x7f" else character for character in text
    )
    assert written in (line, f"'{line}")


@settings(deadline=None)
@given(st.lists(st.floats(width=32), min_size=1), st.sampled_from([np.float32, np.float64]))
def test_every_number_is_read_back_as_it_was(values, kind):
    column = np.array(values, kind)
    (_, *rows) = cells(pd.DataFrame({"value": column, "one": 1}))
    read = np.array([float(value) for value, _ in rows], kind)
    np.testing.assert_array_equal(read, column)


def test_numbers_that_are_not_finite_are_words_and_nothing_is_empty():
    values = [np.nan, np.inf, -np.inf, -0.5]
    assert to_csv(pd.DataFrame({"value": values})) == "value\nNaN\nInfinity\n-Infinity\n-0.5\n"
    mixed = pd.DataFrame({"value": np.array([*values, None], object), "one": 1})
    assert [row[0] for row in cells(mixed)[1:]] == ["NaN", "Infinity", "-Infinity", "-0.5", ""]


def test_negative_numbers_are_no_text():
    assert to_csv(pd.DataFrame({"a": [-1], "b": [-1.5]})) == "a,b\n-1,-1.5\n"
    assert safe_text("-1") == "'-1"
