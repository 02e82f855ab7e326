"""Moving an image and its feature maps: what is equivariant, and what breaks it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.analysis.classic_kernels import CLASSICS, classic
from explorer.analysis.convolution import Sliding, convolve
from explorer.analysis.shift import (
    EDGE,
    EMPTY,
    OBJECTS,
    POOLED,
    STRIDE_1,
    STRIDE_2,
    WAYS,
    feature_map,
    move_and_watch,
    moved,
    placed,
    shifts_around,
    shifts_within,
)

SIZE = 16
steps = st.integers(-20, 20)
seeds = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("fill", [EMPTY, EDGE])
def test_a_shift_by_nothing_is_the_identity(rng, fill):
    image = rng.normal(size=(7, 5, 3))
    np.testing.assert_array_equal(moved(image, (0, 0), fill), image)


@given(steps, steps, seeds)
def test_every_pixel_comes_from_where_it_was(down, right, seed):
    image = np.random.default_rng(seed).integers(1, 99, (6, 9))
    edge, empty = moved(image, (down, right), EDGE), moved(image, (down, right), EMPTY)
    for y, x in np.ndindex(image.shape):
        from_y, from_x = y - down, x - right
        is_inside = 0 <= from_y < 6 and 0 <= from_x < 9
        assert edge[y, x] == image[min(max(from_y, 0), 5), min(max(from_x, 0), 8)]
        assert empty[y, x] == (image[from_y, from_x] if is_inside else 0)


def test_moving_leaves_the_image_as_it_was(rng):
    image = rng.normal(size=(4, 4))
    before = image.copy()
    moved(image, (1, 1), EMPTY)
    np.testing.assert_array_equal(image, before)


def test_shifts_reach_every_place_once_and_the_middle_is_none():
    shifts = shifts_within(3)
    assert len({tuple(one) for one in shifts.tolist()}) == len(shifts) == 49
    assert shifts[len(shifts) // 2].tolist() == [0, 0]
    assert np.abs(shifts).max() == 3


def test_eight_directions_a_distance():
    around = shifts_around([3, 6])
    assert len({tuple(one) for one in around.tolist()}) == 16
    assert sorted(np.abs(around).max(axis=1).tolist()) == [3] * 8 + [6] * 8


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(list(WAYS)), st.sampled_from([1, 2, 3, 5]), seeds)
def test_the_interior_moves_exactly_for_shifts_by_whole_strides(way, size, seed):
    rng = np.random.default_rng(seed)
    image, kernel = rng.normal(size=(SIZE, SIZE)), rng.normal(size=(size, size))
    found = move_and_watch(image, kernel, way, shifts_within(4))
    assert found.inside[found.is_whole].max() < 1e-12
    np.testing.assert_array_equal(
        found.steps[found.is_whole], found.shifts[found.is_whole] // WAYS[way]
    )
    assert found.is_whole.sum() == (81 if way == STRIDE_1 else 25)


@pytest.mark.parametrize("way", [STRIDE_2, POOLED])
def test_a_shift_by_half_a_stride_is_no_move_of_the_map(rng, way):
    image, kernel = rng.normal(size=(SIZE, SIZE)), rng.normal(size=(3, 3))
    found = move_and_watch(image, kernel, way, shifts_within(3))
    assert found.inside[~found.is_whole].min() > 0.1


@pytest.mark.parametrize("way", list(WAYS))
def test_no_difference_is_larger_than_the_whole_span_of_the_maps(way):
    found = move_and_watch(placed("Ring", SIZE), classic("edges", 3), way, shifts_within(7))
    assert 0.3 < max(found.inside.max(), found.borders.max()) <= 1


def test_of_two_moves_of_the_map_the_nearer_one_is_taken():
    image = np.zeros((SIZE, SIZE))
    image[7, 7] = 1.0  # the second cell of its pair, each way: one further is the next pair
    found = move_and_watch(image, np.ones((1, 1)), POOLED, np.array([[1, 1], [-1, -1]]))
    assert found.steps.tolist() == [[1, 1], [0, 0]]
    assert found.inside.tolist() == [0, 0]


def test_a_shift_by_nothing_changes_nothing(rng):
    image, kernel = rng.normal(size=(SIZE, SIZE)), rng.normal(size=(3, 3))
    for way in WAYS:
        found = move_and_watch(image, kernel, way, np.array([[0, 0]]))
        assert max(found.inside[0], found.borders[0]) < 1e-12
        np.testing.assert_allclose(found.maps[0], feature_map(image, kernel, way), atol=1e-12)


@pytest.mark.parametrize("name", list(OBJECTS))
def test_a_whole_object_loses_nothing_until_it_meets_the_border(name):
    found = move_and_watch(placed(name, SIZE), classic("edges", 3), STRIDE_1, shifts_within(7))
    near = np.abs(found.shifts).max(axis=1) <= 2
    assert found.borders[near].max() < 1e-12
    assert found.borders[~near].max() > 0.1
    assert found.inside.max() < 1e-12


def test_what_is_lost_at_the_border_is_what_left_the_image():
    image = np.zeros((5, 5))
    image[2, 2] = 1.0
    found = move_and_watch(image, np.ones((3, 3)), STRIDE_1, np.array([[2, 0], [3, 0]]))
    assert found.maps[0].sum() == 6  # the row of the map below the image is not there
    assert found.maps[1].sum() == 0  # a moved map would still have a row
    assert (found.borders.tolist(), found.inside.tolist()) == ([0, 1], [0, 0])


@pytest.mark.parametrize("name", list(CLASSICS))
def test_maps_are_those_of_the_convolution(name):
    image, kernel = placed("Cross", SIZE), classic(name, 3)
    known = [kernel[..., None, None], np.zeros(1)]
    full = convolve(image[..., None], *known, Sliding(3, 1, "same"))[..., 0]
    np.testing.assert_allclose(feature_map(image, kernel, STRIDE_1), full, atol=1e-12)
    halved = convolve(image[..., None], *known, Sliding(3, 2, "same"))[..., 0]
    np.testing.assert_allclose(feature_map(image, kernel, STRIDE_2), halved, atol=1e-12)
    four = np.stack([full[i::2, j::2] for i in (0, 1) for j in (0, 1)])
    pooled = feature_map(image, kernel, POOLED)
    np.testing.assert_allclose(pooled, four.max(axis=0), atol=1e-12)


@pytest.mark.parametrize("name", list(OBJECTS))
def test_objects_stand_free_in_the_middle(name):
    picture = placed(name, SIZE)
    assert picture.any()
    assert not picture[:4].any()
    assert not picture[:, :4].any()
    assert not picture[-3:].any()
    assert not picture[:, -3:].any()


def test_an_unknown_fill_is_named():
    with pytest.raises(ValueError, match="'mirror'"):
        moved(np.zeros((2, 2)), (0, 0), "mirror")


@pytest.mark.parametrize("seed", range(30, 50))
@pytest.mark.parametrize("down", [-3, -1, 1, 3])
def test_inside_are_the_cells_whose_window_lies_in_the_image_before_and_after(down, seed):
    """Against a search through every cell, for a kernel wide enough to have borders on top."""
    rng = np.random.default_rng(seed)
    image, kernel, sliding = (
        rng.normal(size=(SIZE, 1)),
        rng.normal(size=(5, 5)),
        Sliding(5, 2, "same"),
    )
    image = np.repeat(image, 40, axis=1)  # alike across, so that only rows matter
    found = move_and_watch(image, kernel, STRIDE_2, np.array([[down, 0]]))
    before = feature_map(image, kernel, STRIDE_2)[:, 10]
    after = feature_map(moved(image, (down, 0), EMPTY), kernel, STRIDE_2)[:, 10]
    tried = []
    for step in (down // 2, down // 2 + 1):
        pairs = [(row, row - step) for row in range(8) if 0 <= row - step < 8]
        apart = [
            abs(after[row] - before[row_before])
            for row, row_before in pairs
            if all(0 <= y < SIZE and 0 <= y - down < SIZE for y in sliding.cells(row, SIZE))
            and all(0 <= y < SIZE for y in sliding.cells(row_before, SIZE))
        ]
        tried.append(max(apart))
    values = [0.0, *feature_map(image, kernel, STRIDE_2).ravel(), *found.maps.ravel()]
    assert found.inside[0] == pytest.approx(min(tried) / (max(values) - min(values)))
