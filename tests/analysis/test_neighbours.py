import numpy as np
import pytest
from numpy.testing import assert_allclose

from explorer.analysis.neighbours import (
    NEAREST,
    reference,
    reference_of_few,
    unlikeness,
)


def around(rng, centre, count, spread=0.1):
    return np.asarray(centre) + spread * rng.normal(size=(count, len(centre)))


def test_it_is_one_minus_the_cosine_to_the_nth_nearest(rng):
    images, bank = rng.normal(size=(5, 7)), rng.normal(size=(20, 7))
    cosines = [
        [one @ other / np.linalg.norm(one) / np.linalg.norm(other) for other in bank]
        for one in images
    ]
    assert_allclose(unlikeness(images, bank, 3), [1 - sorted(row)[-3] for row in cosines])


def test_the_size_of_features_plays_no_role(rng):
    images, bank = rng.normal(size=(5, 7)), rng.normal(size=(20, 7))
    assert_allclose(unlikeness(images * 50, bank / 3, 2), unlikeness(images, bank, 2))


def test_a_silent_layer_is_far_from_everything_and_nan_stays_nan():
    bank = np.eye(3)
    found = unlikeness(np.array([[0.0, 0, 0], [np.nan, 0, 0]]), bank, 1)
    assert found[0] == 1
    assert np.isnan(found[1])


def test_false_alarms_are_counted_on_images_that_did_not_set_the_threshold(rng):
    training, validation = around(rng, [3, 0, 0], 200), around(rng, [3, 0, 0], 2000)
    found = reference(training, validation)
    lengths = unlikeness(validation, training, NEAREST)
    assert np.mean(lengths[:1000] > found.threshold) == pytest.approx(0.05, abs=0.001)
    assert found.num_measured == 1000
    assert found.num_flagged == np.count_nonzero(lengths[1000:] > found.threshold)
    assert 0.03 < found.num_flagged / 1000 < 0.07


def test_another_direction_is_unlike_and_the_same_one_is_not(rng):
    training, validation = around(rng, [3, 0, 0], 200), around(rng, [3, 0, 0], 100)
    for found in (reference(training, validation), reference_of_few(training[:32])):
        far = unlikeness(np.array([[0.0, 3, 0], [3.0, 0, 0]]), found.bank, found.nearest)
        assert far[0] > found.threshold > far[1]


def test_a_few_images_are_held_against_the_others_not_against_themselves(rng):
    features = around(rng, [3, 0, 0], 32)
    found = reference_of_few(features)
    alone = [
        unlikeness(features[[row]], np.delete(features, row, axis=0), found.nearest)[0]
        for row in range(32)
    ]
    assert found.num_flagged == np.count_nonzero(np.array(alone) > found.threshold) == 1
    assert not found.from_training
    assert found.num_measured == 32


@pytest.mark.parametrize("features", [np.zeros((2, 3)), np.full((40, 3), np.nan)])
def test_too_few_images_and_damaged_weights_are_refused(features):
    with pytest.raises(ValueError, match=r"needed|damage"):
        reference_of_few(features)
    with pytest.raises(ValueError, match=r"needed|damage"):
        reference(features, np.ones((40, 3)))
