"""The heatmap over steps: where something was recorded, an empty bin is dark; elsewhere nothing."""

import numpy as np
import pytest

from explorer.charts.heat import ground_frame, heat_frame
from explorer.charts.layer import Histograms

EDGES = np.linspace(-1, 1, 5)
STEPS = np.array([0, 1, 4])


def histograms(*, outside=0.0, lost=0.0):
    counts = np.array([[0, 3, 0, 1], [np.nan] * 4, [0, 0, 4, 0]])
    nothing, known = np.zeros(3), np.array([1.0, 0.0, 1.0])
    return Histograms(STEPS, EDGES, counts, nothing, known * outside, known * lost)


@pytest.mark.parametrize(("outside", "lost"), [(0, 0), (2, 0), (0, 1), (2, 1)])
def test_every_cell_lies_on_dark_ground(outside, lost):
    data = histograms(outside=outside, lost=lost)
    cells, ground = heat_frame(data, 10), ground_frame(data, 10)
    for cell in cells.itertuples():
        below = ground[(ground["s"] <= cell.s) & (ground["e"] >= cell.e)]
        assert ((below["a"] <= cell.a) & (below["b"] >= cell.b)).any()


def test_what_was_not_recorded_has_no_ground():
    ground = ground_frame(histograms(), 10)
    assert ground["s"].tolist() == [0, 4]
    assert ground["e"].tolist() == [1, 10]
    assert set(zip(ground["a"], ground["b"], strict=True)) == {(-1.0, 1.0)}


def test_places_outside_the_axis_stand_apart_from_it():
    places = ground_frame(histograms(outside=2.0, lost=1.0), 10)[["a", "b"]].drop_duplicates()
    ends = places.sort_values("a").to_numpy()
    assert len(ends) == 3
    assert (ends[1:, 0] > ends[:-1, 1]).all()
