import numpy as np
import pytest

from explorer.imports.buckets import MOST_BUCKETS, Sums, sketch_of
from explorer.runs import sketch
from tests.imports.logs import buckets_of


@pytest.mark.parametrize("size", [2, 31, 257, 258, 5_000, 300_000])
@pytest.mark.parametrize("shape", ["normal", "many zeros", "two heaps"])
def test_at_the_borders_of_the_log_the_redrawn_shares_are_those_of_the_log(rng, size, shape):
    values = rng.normal(size=size)
    if shape == "many zeros":
        values[: size // 2] = 0
    if shape == "two heaps":
        values += np.where(rng.random(size) < 0.1, 50, 0)
    buckets = buckets_of(values)
    found = sketch_of(buckets)
    below = sketch.share_below(found.knots, np.array([size]), buckets[1:, 0])[0]
    wanted = np.cumsum(buckets[:-1, 2]) / size
    assert np.abs(below - wanted).max() <= 1 / 256 + 1e-9


def test_smallest_and_largest_are_those_of_the_log_and_what_it_does_not_tell_is_unknown(rng):
    values = rng.normal(size=999)
    found = dict(zip(sketch.MOMENTS, sketch_of(buckets_of(values)).moments, strict=True))
    assert (found["size"], found["minimum"]) == (999, values.min())
    assert found["maximum"] == pytest.approx(values.max())
    unknown = {name for name, value in found.items() if np.isnan(value)}
    assert unknown == set(sketch.MOMENTS) - {"size", "minimum", "maximum"}


def test_sums_of_all_values_give_exact_moments(rng):
    values = rng.normal(loc=3, size=999)
    sums = Sums(values.size, values.sum(), (values**2).sum())
    found = dict(zip(sketch.MOMENTS, sketch_of(buckets_of(values), sums).moments, strict=True))
    assert found["mean"] == pytest.approx(values.mean())
    assert found["std"] == pytest.approx(values.std())
    assert found["norm"] == pytest.approx(np.linalg.norm(values))


def test_a_tensor_of_one_value_keeps_it():
    """TensorBoard writes thirty buckets then, all at that value, and counts in the last one."""
    buckets = np.full((30, 3), 0.25)
    buckets[:, 2] = [0] * 29 + [7]
    found = sketch_of(buckets)
    assert found.knots[:7].tolist() == [0.25] * 7
    assert np.isnan(found.knots[7:]).all()


def test_knots_ascend_whatever_the_counts(rng):
    counts = rng.random(20) * 1000
    edges = np.sort(rng.normal(size=21))
    knots = sketch_of(np.column_stack([edges[:-1], edges[1:], counts])).knots
    assert (np.diff(knots) >= 0).all()
    assert knots[0] == np.float32(edges[0])
    assert knots[-1] == np.float32(edges[-1])


def test_a_histogram_of_no_values_is_none():
    assert sketch_of(np.zeros((30, 3))) is None


@pytest.mark.parametrize("border", [np.nan, np.inf, 1e300])
def test_borders_that_are_no_numbers_leave_the_distribution_unknown(border):
    found = sketch_of(np.array([[0.0, 1.0, 3.0], [1.0, border, 1.0]]))
    assert np.isnan(found.moments).all()
    assert np.isnan(found.knots).all()


@pytest.mark.parametrize(
    ("buckets", "words"),
    [
        (np.zeros((3, 2)), "shape"),
        (np.zeros((MOST_BUCKETS + 1, 3)), "at most"),
        ([[0, 1, -1]], "less than no values"),
        ([[0, 1, np.nan]], "less than no values"),
        ([[1, 0, 5]], "do not ascend"),
        ([[1, 2, 5], [0, 1, 5]], "do not ascend"),
        ([[0, 1, 1e15]], "values"),
        ([[0, 1, 0.1]], "values"),
    ],
)
def test_what_is_no_histogram_is_refused(buckets, words):
    with pytest.raises(ValueError, match=words):
        sketch_of(np.array(buckets, float))
