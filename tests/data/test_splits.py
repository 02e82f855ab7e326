import numpy as np
import pytest

from explorer.data import DataError, split


@pytest.fixture
def labels(rng):
    return rng.permutation(np.repeat([0, 1, 2], [100, 40, 7]))


def alone(labels):
    return np.arange(len(labels))


def test_a_split_is_stratified_exactly_where_no_image_repeats(labels):
    parts = split(labels, alone(labels), validation_share=0.2)
    assert np.bincount(labels[parts.validation]).tolist() == [20, 8, 1]
    assert sorted([*parts.train, *parts.validation]) == list(range(len(labels)))


def test_no_group_is_on_both_sides_and_shares_stay_close(labels, rng):
    groups = np.unique(labels * 1000 + rng.integers(0, 30, len(labels)), return_inverse=True)[1]
    parts = split(labels, groups, validation_share=0.3)
    assert not set(groups[parts.train]) & set(groups[parts.validation])
    shares = np.bincount(labels[parts.validation]) / np.bincount(labels)
    assert np.abs(shares[:2] - 0.3).max() < 0.05


def test_groups_across_classes_stay_together_too(labels, rng):
    groups = rng.integers(0, 60, len(labels))
    parts = split(labels, groups, validation_share=0.3)
    assert not set(groups[parts.train]) & set(groups[parts.validation])
    for side in (parts.train, parts.validation):
        assert set(labels[side]) == {0, 1, 2}


def test_the_seed_decides_the_split(labels):
    one, same, other = (split(labels, alone(labels), seed=seed) for seed in (1, 1, 2))
    assert (one.validation == same.validation).all()
    assert (one.validation != other.validation).any()


def test_the_number_of_a_group_does_not_matter(labels):
    one = split(labels, alone(labels))
    other = split(labels, alone(labels) + 500)
    assert (one.validation == other.validation).all()


@pytest.mark.parametrize("share", [0.001, 0.999])
def test_every_class_is_on_both_sides_at_any_share(labels, share):
    parts = split(labels, alone(labels), validation_share=share)
    assert set(labels[parts.train]) == set(labels[parts.validation]) == {0, 1, 2}


def test_a_class_of_two_large_groups_gives_one_to_each_side():
    labels = np.repeat([0, 1], [10, 10])
    groups = np.repeat([0, 1, 2, 3], 5)
    parts = split(labels, groups, validation_share=0.1)
    assert set(labels[parts.train]) == set(labels[parts.validation]) == {0, 1}


@pytest.mark.parametrize(
    ("labels", "groups", "words"),
    [
        ([], [], "There is no image"),
        ([0, 0, 0], [0, 1, 2], "only one class, class 'cat'.*at least two classes"),
        ([0, 0, 1], [0, 1, 2], "Class 'dog' has one image only.*add images"),
        ([0, 0, 1, 1], [0, 1, 2, 2], "class 'dog' cannot be on both sides.*near-copies"),
    ],
)
def test_what_cannot_be_split_is_refused_by_name(labels, groups, words):
    with pytest.raises(DataError, match=words):
        split(labels, groups, class_names=("cat", "dog"))


@pytest.mark.parametrize("share", [0, 1, -1, 2])
def test_a_share_beyond_the_whole_is_refused(share):
    with pytest.raises(DataError, match=f"validation share is {share}"):
        split([0, 0, 1, 1], [0, 1, 2, 3], validation_share=share)


def test_a_group_is_added_only_where_that_comes_closer_to_the_share():
    labels, groups = np.repeat([0, 1], 40), np.arange(80) // 5
    parts = split(labels, groups, validation_share=0.15)  # 6 of 40 are wanted, 5 are closest
    assert np.bincount(labels[parts.validation]).tolist() == [5, 5]
