import numpy as np
import pytest

from explorer.charts.domains import bin_edges, color_limit, round_up, value_range


@pytest.mark.parametrize("value", [1e-7, 0.0123, 0.5, 1.0, 7.1, 3e5])
def test_rounding_up_goes_up_by_less_than_twice(value):
    assert value <= round_up(value) < 2 * value


def test_rounding_up_twice_changes_nothing():
    assert round_up(round_up(0.37)) == round_up(0.37)


def test_range_covers_every_step_when_none_stands_out():
    assert value_range([-1, -3, -2], [1, 2, 4]) == (-3, 4)


def test_one_outburst_does_not_flatten_the_rest():
    low, high = value_range([-1, -1, -1, -1e9], [1, 1, 1, 1e9])
    assert (low, high) == (-10, 10)


def test_steps_without_a_number_do_not_count():
    assert value_range([np.nan, -1], [np.nan, 1]) == (-1, 1)


@pytest.mark.parametrize("value", [0.0, 3.0, -2.0])
def test_constant_tensors_get_some_room(value):
    edges = bin_edges([value], [value])
    assert edges[0] < value < edges[-1]
    assert (np.diff(edges) > 0).all()


def test_nothing_finite_still_gives_an_axis():
    assert len(bin_edges([np.nan], [np.nan], num_bins=8)) == 9


def test_edges_of_a_growing_run_stand_still_while_values_creep():
    first, later = (bin_edges([-reach], [reach], growing=True) for reach in (0.21, 0.28))
    np.testing.assert_array_equal(first, later)


def test_color_limit_ignores_outbursts_and_what_is_no_number(rng):
    values = rng.uniform(-1, 1, (9, 400))
    values[8] *= 1e6
    values[3, :10] = np.nan
    assert 0.9 < color_limit(values) <= 10


@pytest.mark.parametrize("values", [np.zeros((2, 3)), np.full((2, 3), np.nan), np.zeros((0, 3))])
def test_color_limit_is_always_above_zero(values):
    assert color_limit(values) > 0
