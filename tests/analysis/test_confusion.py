import numpy as np
import pytest
from sklearn import metrics

from explorer.analysis.confusion import NO_ANSWER, confusion_matrix, flips, per_class_accuracy


@pytest.fixture
def labelled(rng):
    return rng.integers(0, 5, 400), rng.integers(0, 5, 400), rng.integers(0, 5, 400)


def test_counts_equal_those_of_scikit_learn(labelled):
    labels, answers, _ = labelled
    expected = metrics.confusion_matrix(labels, answers, labels=range(5))
    counts = confusion_matrix(labels, answers, 5)
    np.testing.assert_array_equal(counts[:, :5], expected)
    assert not counts[:, 5].any()


def test_per_class_accuracy_equals_recall(labelled):
    labels, answers, _ = labelled
    expected = metrics.recall_score(labels, answers, average=None)
    np.testing.assert_allclose(per_class_accuracy(confusion_matrix(labels, answers, 5)), expected)


def test_images_without_an_answer_have_a_column_of_their_own():
    counts = confusion_matrix([0, 0, 1], [NO_ANSWER, 0, NO_ANSWER], 2)
    assert counts.tolist() == [[1, 0, 1], [0, 0, 1]]
    assert per_class_accuracy(counts).tolist() == [0.5, 0.0]


def test_a_class_without_images_has_no_accuracy():
    accuracy = per_class_accuracy(confusion_matrix([0, 0], [0, 1], 2))
    np.testing.assert_array_equal(accuracy, [0.5, np.nan])


def test_flips_explain_the_whole_difference_of_the_accuracies(labelled):
    labels, a, b = labelled
    found = flips(labels, a, b)
    assert len(found.gained) - len(found.lost) == np.sum(b == labels) - np.sum(a == labels)
    assert len(found.gained) > 0
    every = np.concatenate([found.lost, found.gained, found.changed])
    assert sorted(every.tolist()) == np.flatnonzero(a != b).tolist()


def test_flips_name_the_direction():
    found = flips(labels=[0, 0, 1, 1], answers_a=[0, 1, 2, 1], answers_b=[1, 0, 0, 1])
    assert (found.lost.tolist(), found.gained.tolist(), found.changed.tolist()) == ([0], [1], [2])


@pytest.mark.parametrize(
    ("labels", "answers", "words"),
    [
        ([0, 1], [0], r"shape \(2,\)"),
        ([0, 2], [0, 0], "labels lie between 0 and 2"),
        ([0, -1], [0, 0], "labels lie between -1 and 0"),
        ([0, 1], [0, -2], "answers lie between -2 and 0"),
        ([0, 1], [2, 1], "answers lie between 1 and 2"),
    ],
)
def test_what_is_no_class_is_refused(labels, answers, words):
    with pytest.raises(ValueError, match=words):
        confusion_matrix(labels, answers, 2)
