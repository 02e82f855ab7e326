import numpy as np
import pytest
from scipy.stats import spearmanr

from explorer.analysis.agreement import rank_correlation


def test_agrees_with_an_independent_implementation_also_where_values_are_equal(rng):
    first = np.abs(rng.integers(0, 5, (6, 6)))
    second = first + rng.integers(0, 4, (6, 6))
    expected = spearmanr(first.ravel(), second.ravel()).statistic
    assert rank_correlation(first, second) == pytest.approx(expected)


def test_only_the_order_of_strengths_counts(rng):
    values = rng.normal(size=(5, 5))
    assert rank_correlation(values, -np.sign(values) * np.exp(np.abs(values))) == pytest.approx(1)


def test_maps_of_noise_do_not_agree(rng):
    first, second = rng.normal(size=(2, 100, 100))
    assert abs(rank_correlation(first, second)) < 0.05


@pytest.mark.parametrize("bad", [np.zeros((2, 2)), np.array([[1, 2], [3, np.nan]])])
def test_a_map_without_an_order_cannot_be_compared(bad, rng):
    assert np.isnan(rank_correlation(bad, rng.normal(size=(2, 2))))
    assert np.isnan(rank_correlation(rng.normal(size=(2, 2)), bad))


def test_maps_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match=r"\(4,\) and \(2, 2\)"):
        rank_correlation(np.zeros(4), np.zeros((2, 2)))
