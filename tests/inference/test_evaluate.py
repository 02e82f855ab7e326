import numpy as np
import pytest

from explorer.inference.evaluate import answers, cross_entropy
from explorer.inference.network import probabilities


def test_a_score_that_is_none_answers_nothing():
    logits = np.array([[0.0, 2.0], [np.nan, 1.0], [3.0, np.nan], [np.inf, 0.0]])
    assert answers(logits).tolist() == [1, -1, -1, 0]


def test_cross_entropy_is_the_mean_of_the_logarithms_of_the_probabilities(rng):
    logits, labels = rng.normal(size=(20, 4)) * 50, rng.integers(0, 4, 20)
    shares = probabilities(logits)
    assert np.allclose(shares.sum(axis=1), 1)
    expected = -np.log(shares[np.arange(20), labels]).mean()
    assert cross_entropy(logits, labels) == pytest.approx(expected)


def test_a_loss_that_is_not_finite_stays_so():
    assert np.isnan(cross_entropy(np.array([[np.nan, 0.0]]), np.array([0])))
    assert np.isnan(probabilities(np.array([[np.inf, 0.0]]))).all()
