import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.runs.sketch import MOMENTS, finite_size, histogram, share_below, sketch

SHAPES = {
    "normal": lambda rng: rng.normal(size=50_000),
    "heavy tails": lambda rng: rng.standard_cauchy(size=50_000),
    "rectified": lambda rng: np.maximum(rng.normal(size=50_000), 0),
    "constant": lambda rng: np.full(10_000, 0.1),
    "two values": lambda rng: rng.choice([-1.0, 1.0], size=9_999),
    "many scales": lambda rng: rng.normal(size=50_000) * 10.0 ** rng.integers(-20, 20, 50_000),
    "few": lambda rng: rng.normal(size=7),
    "257": lambda rng: rng.normal(size=257),
    "258": lambda rng: rng.normal(size=258),
    "one": lambda rng: np.array([3.0]),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_redrawn_distribution_is_within_half_a_percent_at_any_edge(shape, rng):
    values = SHAPES[shape](rng).astype(np.float32)
    edges = np.unique(np.concatenate([rng.choice(values, 200), np.linspace(-4, 4, 301)]))
    found = share_below(sketch(values).knots, len(values), edges)[0]
    true = (values[:, None] < edges).mean(axis=0)
    assert np.abs(found - true).max() <= 0.005


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(width=32), min_size=1, max_size=600), st.floats(-1e6, 1e6, width=32))
def test_any_values_are_within_half_a_percent_at_any_edge(values, edge):
    values = np.array(values, np.float32)
    finite = values[np.isfinite(values)]
    found = share_below(sketch(values).knots, len(finite), np.array([edge]))[0, 0]
    if len(finite):
        assert abs(found - (finite < edge).mean()) <= 0.005
    else:
        assert np.isnan(found)


def test_small_tensors_are_redrawn_exactly(rng):
    values = rng.normal(size=200).astype(np.float32)
    edges = np.linspace(-2, 2, 21)
    counts, under, over = histogram(sketch(values).knots, 200, edges)
    expected = np.histogram(values, np.concatenate([[-np.inf], edges, [np.inf]]))[0]
    assert np.abs(np.concatenate([under, counts[0], over]) - expected).max() < 1


def test_a_value_on_the_last_edge_is_in_the_last_bin():
    values = np.array([0.0, 1.0, 1.0], np.float32)
    counts, under, over = histogram(sketch(values).knots, 3, np.array([0.0, 0.5, 1.0]))
    assert counts.tolist() == [[1.0, 2.0]]
    assert (under, over) == (0, 0)


def test_counts_sum_to_the_number_of_finite_values(rng):
    values = rng.normal(size=(3, 4000)).astype(np.float32)
    values[0, :5] = np.nan
    parts = [sketch(row) for row in values]
    sizes = finite_size(np.stack([part.moments for part in parts]))
    counts, under, over = histogram(
        np.stack([part.knots for part in parts]), sizes, np.linspace(-1, 1, 11)
    )
    assert sizes.tolist() == [3995, 4000, 4000]
    assert np.allclose(counts.sum(axis=1) + under + over, sizes)


def test_nonfinite_values_are_counted_apart():
    values = np.array([np.nan, np.nan, np.inf, -np.inf, -np.inf, -np.inf, 0.0, 2.0], np.float32)
    moments = dict(zip(MOMENTS, sketch(values).moments, strict=True))
    counts = [moments[name] for name in MOMENTS[:5]]
    assert counts == [8, 2, 1, 3, 1]
    assert (moments["mean"], moments["minimum"], moments["maximum"]) == (1, 0, 2)


def test_moments_equal_those_of_numpy(rng):
    values = (rng.normal(size=(3, 3, 8, 16)) * 1e-3 + 5).astype(np.float32)
    moments = dict(zip(MOMENTS, sketch(values).moments, strict=True))
    exact = values.astype(np.float64)
    assert moments["mean"] == pytest.approx(exact.mean(), rel=1e-12)
    assert moments["std"] == pytest.approx(exact.std(), rel=1e-9)
    assert moments["norm"] == pytest.approx(np.linalg.norm(exact), rel=1e-12)


def test_a_tensor_of_nan_has_a_sketch():
    empty = sketch(np.full(10, np.nan))
    assert empty.moments[1] == 10
    assert np.isnan(empty.knots).all()
    counts, under, over = histogram(empty.knots, 0, np.array([0.0, 1.0]))
    assert counts.sum() + under + over == 0


def large(rng):
    """A kernel of which every other filter is dead, with a few outliers."""
    values = rng.standard_t(2, size=(3, 3, 256, 512)).astype(np.float32)
    values[..., ::2] = 0
    values[0, 0, 0, 1], values[2, 2, 255, 511] = -1e6, 1e7
    return values


def test_a_large_tensor_is_redrawn_to_within_a_percent_from_a_sample(rng):
    values = large(rng)
    edges = np.concatenate([np.linspace(-4, 4, 801), [-1e6, -100, 100, 1e7]])
    found = share_below(sketch(values).knots, values.size, edges)[0]
    true = np.searchsorted(np.sort(values, axis=None), edges) / values.size
    assert np.abs(found - true).max() <= 0.01
    assert found[edges == 1e7] < 1


def test_counts_and_moments_of_a_large_tensor_are_those_of_all_its_values(rng):
    values = large(rng)
    values[1, 1, 7, :9] = [np.nan, np.nan, np.inf, *[-np.inf] * 6]
    moments = dict(zip(MOMENTS, sketch(values).moments, strict=True))
    finite = values[np.isfinite(values)].astype(np.float64)
    assert [moments[name] for name in MOMENTS[:5]] == [values.size, 2, 1, 6, (finite == 0).sum()]
    assert (moments["minimum"], moments["maximum"]) == (-1e6, 1e7)
    for name, expected in (
        ("mean", finite.mean()), ("std", finite.std()), ("norm", np.linalg.norm(finite)),
    ):  # fmt: skip
        assert moments[name] == pytest.approx(expected, rel=1e-9)


def test_a_large_tensor_with_few_finite_values_is_redrawn_from_these():
    values = np.full(300_000, np.nan, np.float32)
    values[[5, 77, 1234]] = [3, 1, 2]
    found = sketch(values)
    assert found.knots[:4].tolist()[:3] == [1, 2, 3]
    assert found.moments[1] == 299_997
