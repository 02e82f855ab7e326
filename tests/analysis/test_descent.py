"""Descent on simple functions: where it ends, where it diverges, and what is said of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.analysis.descent import NUM_STEPS, OUTCOMES, descend, largest_stable_rate, outcomes
from explorer.analysis.error_functions import FUNCTIONS

momenta = st.floats(0, 0.95)
anywhere = st.tuples(st.floats(-3, 3), st.floats(-3, 3))


def used(function, point):
    """Return a point whose y a function of one number does not see."""
    return np.array([point[0], point[1] if function.num_dimensions == 2 else 0.0])


@pytest.mark.parametrize("kind", FUNCTIONS, ids=str)
@settings(max_examples=40, deadline=None)
@given(point=anywhere)
def test_gradient_and_curvature_are_the_slopes_of_the_value(kind, point):
    function = FUNCTIONS[kind]
    at, near = used(function, point), 1e-4
    shifts = near * np.eye(2)[: function.num_dimensions]
    slope = [(function.value(at + d) - function.value(at - d)) / (2 * near) for d in shifts]
    gradient = function.gradient(at)[: function.num_dimensions]
    np.testing.assert_allclose(gradient, slope, atol=1e-5)
    bends = [(function.gradient(at + d) - function.gradient(at - d)) / (2 * near) for d in shifts]
    matrix = np.array(bends)[:, : function.num_dimensions]
    largest = np.linalg.eigvalsh((matrix + matrix.T) / 2)[-1]
    assert function.curvature(at) == pytest.approx(largest, abs=1e-5)


@pytest.mark.parametrize("kind", FUNCTIONS, ids=str)
def test_the_minima_are_minima(kind):
    function = FUNCTIONS[kind]
    np.testing.assert_allclose(function.gradient(function.minima), 0, atol=1e-9)
    assert (function.curvature(function.minima) > 0).all()
    assert function.above_minimum(function.minima) == pytest.approx(0)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from([("bowl", 1), ("bowl", 2), ("narrow", 1), ("narrow", 2)]),
    momentum=momenta,
    share=st.floats(0.02, 0.98) | st.floats(1.02, 3),
)
def test_on_a_bowl_it_comes_down_below_the_bound_and_climbs_above(kind, momentum, share):
    function = FUNCTIONS[kind]
    start = function.start(function.usual_start)
    bound = largest_stable_rate(float(function.curvature(start)), momentum)
    last = descend(function, start, share * bound, momentum, num_steps=4000).points[-1]
    if share < 1:
        assert function.value(last) < 1e-2 * function.value(start)
    else:
        assert function.value(last) > 1e2 * function.value(start)


@settings(max_examples=40, deadline=None)
@given(rate=st.floats(0.001, 10), momentum=momenta, start=st.floats(-2, 2))
def test_on_a_bowl_every_step_is_that_of_the_closed_form(rate, momentum, start):
    """`w[k+1] = (1 + m - r c) w[k] - m w[k-1]`, a recurrence of its own."""
    function = FUNCTIONS["narrow", 1]
    points = descend(function, np.array([start, 0.0]), rate, momentum, num_steps=20).points[:, 0]
    factor = 1 + momentum - rate * float(function.curvature(np.zeros(2)))
    expected = [start, (factor - momentum) * start]
    for _ in range(19):
        expected.append(factor * expected[-1] - momentum * expected[-2])
    inside = np.maximum.accumulate(np.abs(expected)) < 1e6
    np.testing.assert_allclose(points[inside], np.array(expected)[inside], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kind", FUNCTIONS, ids=str)
def test_whatever_the_rate_the_path_stays_a_number(kind):
    function = FUNCTIONS[kind]
    rates, factors = np.meshgrid(np.geomspace(1e-3, 1e3, 25), [0, 0.5, 0.99])
    for start in function.starts:
        descent = descend(function, np.array([start, function.start_y]), rates, factors)
        assert np.isfinite(descent.points).all()
        assert set(outcomes(function, descent).ravel()) <= set(OUTCOMES)


@pytest.mark.parametrize(
    ("kind", "share", "momentum", "expected"),
    [
        ("bowl", 0.001, 0.0, "crawls"),
        ("bowl", 0.4, 0.0, "converges"),
        ("bowl", 0.95, 0.0, "swings"),
        ("bowl", 1.0, 0.0, "oscillates"),
        ("bowl", 1.05, 0.0, "diverges"),
        ("bowl", 1.25, 0.3, "swings"),
        ("plateau", 5.0, 0.0, "thrown"),
    ],
)
@pytest.mark.parametrize("dimensions", [1, 2])
def test_what_is_said_of_a_path(kind, share, momentum, expected, dimensions):
    function = FUNCTIONS[kind, dimensions]
    bound = largest_stable_rate(float(function.curvature(function.minima)[0]))
    start = function.start(function.usual_start)
    assert outcomes(function, descend(function, start, share * bound, momentum)) == expected


def test_a_larger_rate_may_end_in_the_other_hollow():
    function = FUNCTIONS["two minima", 1]
    rates = np.geomspace(0.01, 1, 40)
    last = descend(function, function.start(function.usual_start), rates).points[-1, :, 0]
    assert (last > 0.5).any()
    assert (last < -0.5).any()


def test_many_paths_at_once_are_those_of_each_alone():
    function = FUNCTIONS["narrow", 2]
    start, rates = function.start(3), np.geomspace(0.001, 1, 7)
    together = descend(function, start, rates, 0.5)
    for place, rate in enumerate(rates):
        alone = descend(function, start, rate, 0.5)
        np.testing.assert_array_equal(together.points[:, place], alone.points)
        assert together.overshoots[place] == alone.overshoots
    assert together.points.shape == (NUM_STEPS + 1, 7, 2)
