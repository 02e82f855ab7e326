import numpy as np
import pytest

from explorer.analysis.changes import filter_changes, kernel_changes, moved_most


@pytest.fixture
def kernel(rng):
    return rng.normal(size=(3, 3, 2, 5)).astype(np.float32)


def test_each_filter_is_measured_for_itself(kernel, rng):
    after = kernel + rng.normal(size=kernel.shape)
    found = filter_changes(kernel, after)
    for k in range(5):
        old, new = kernel[..., k].ravel().astype(float), after[..., k].ravel()
        assert found.norm[k] == pytest.approx(np.sqrt(((new - old) ** 2).sum()))
        assert found.relative[k] == pytest.approx(found.norm[k] / np.sqrt((old**2).sum()))
        assert found.cosine[k] == pytest.approx(np.corrcoef(*_mirrored(old, new))[0, 1])


def _mirrored(*vectors):
    """With its mirror image each vector has mean 0, so that the correlation is the cosine."""
    return [np.concatenate([vector, -vector]) for vector in vectors]


@pytest.mark.parametrize(
    ("factor", "relative", "cosine"), [(1, 0, 1), (3, 2, 1), (-1, 2, -1), (0, 1, np.nan)]
)
def test_scaling_a_filter_has_known_answers(kernel, factor, relative, cosine):
    found = filter_changes(kernel, factor * kernel)
    np.testing.assert_allclose(found.relative, np.full(5, relative), atol=1e-12)
    np.testing.assert_allclose(found.cosine, np.full(5, cosine))


def test_a_right_angle_has_cosine_0():
    found = filter_changes(np.array([[1.0], [0.0]]), np.array([[0.0], [2.0]]))
    assert (found.cosine[0], found.norm[0]) == (0, pytest.approx(np.sqrt(5)))


def test_a_filter_that_was_0_moved_infinitely_far_for_its_length():
    found = filter_changes(np.zeros((2, 2)), np.array([[0.0, 1.0], [0.0, 0.0]]))
    assert found.relative.tolist() == [0, np.inf]


def test_lengths_that_overflow_when_squared_keep_their_direction():
    before = np.array([[3e200], [4e200]])
    assert filter_changes(before, before * 2).cosine[0] == pytest.approx(1)
    assert filter_changes(before * 1e-400, before).cosine.shape == (1,)


def test_weights_that_are_no_numbers_are_no_exception(kernel):
    broken = kernel.copy()
    broken[0, 0, 0, 2] = np.nan
    found = filter_changes(kernel, broken)
    assert np.flatnonzero(np.isnan(found.norm)).tolist() == [2]
    assert np.flatnonzero(np.isnan(found.cosine)).tolist() == [2]


def test_only_kernels_of_equal_shape_are_compared(kernel):
    before = {"c/kernel": kernel, "c/bias": np.ones(5), "d/kernel": np.ones((4, 3)), "e": kernel}
    after = {"c/kernel": kernel + 1, "c/bias": np.zeros(5), "d/kernel": np.ones((4, 2))}
    frame = kernel_changes(before, after)
    assert set(frame["tensor"]) == {"c/kernel"}
    assert frame["filter"].tolist() == [1, 2, 3, 4, 5]
    assert len(kernel_changes(before, {})) == 0
    assert len(moved_most(kernel_changes(before, {}), 3)) == 0


def test_those_that_moved_most_come_first_and_lost_ones_before_all(kernel):
    after = kernel * np.array([1, 1.5, 1.1, np.nan, 4])
    frame = kernel_changes({"k": kernel}, {"k": after})
    assert moved_most(frame, 4)["filter"].tolist() == [4, 5, 2, 3]


def test_other_shapes_are_refused(kernel):
    with pytest.raises(ValueError, match=r"after \(3, 3, 2, 4\)"):
        filter_changes(kernel, kernel[..., :4])
