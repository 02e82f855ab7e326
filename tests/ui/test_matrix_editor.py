"""Cells that are typed: every text is a number or is told."""

import numpy as np
import pytest

from explorer.ui.matrix_editor import read_cells

THIRDS = np.full((2, 2), 1 / 3)


def typed(said):
    return np.array([[said, "0.3333"], ["0.3333", "0.3333"]], dtype=object)


@pytest.mark.parametrize(
    ("said", "number"),
    [("2", 2.0), ("-.5", -0.5), (" 1e3 ", 1000.0), ("1000000", 1e6), ("+0", 0.0)],
)
def test_a_number_within_the_limits_is_taken_without_a_word(said, number):
    cells, wrong = read_cells(typed(said), THIRDS, -1e6, 1e6)
    assert cells[0, 0] == number
    assert wrong == []


@pytest.mark.parametrize(
    ("said", "number", "told"),
    [
        ("abc", 0.0, "says “abc” and counts as 0"),
        ("0,5", 0.0, "says “0,5” and counts as 0"),
        ("nan", 0.0, "says “nan” and counts as 0"),
        (None, 0.0, "is empty and counts as 0"),
        (np.nan, 0.0, "is empty and counts as 0"),
        ("", 0.0, "is empty and counts as 0"),
        ("1e30", 1e6, "says “1e30” and counts as 1,000,000"),
        ("-inf", -1e6, "says “-inf” and counts as -1,000,000"),
    ],
)
def test_whatever_else_is_typed_is_told_with_its_place(said, number, told):
    cells, wrong = read_cells(typed(said), THIRDS, -1e6, 1e6)
    assert cells[0, 0] == number
    assert wrong == [f"row 1, column 1 {told}"]


def test_cells_nobody_touched_keep_all_their_digits():
    cells, wrong = read_cells(typed("0.3333"), THIRDS, -1e6, 1e6)
    np.testing.assert_array_equal(cells, THIRDS)
    assert wrong == []
