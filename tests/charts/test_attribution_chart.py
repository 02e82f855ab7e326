import numpy as np
import pytest

from explorer.charts.attribution import (
    DARKEST,
    images_alone,
    limit_of,
    maps_alone,
    maps_over_images,
)
from explorer.charts.cells import LEVELS, NAN_INDEX
from explorer.charts.palette import NOT_A_NUMBER, diverging_lookup

COLORS = diverging_lookup(LEVELS)
ZERO, MOST = COLORS[LEVELS // 2], COLORS[-1]
WHITE = np.full((1, 4, 4, 3), 255, np.uint8)


def test_the_full_colour_is_the_largest_strength_of_either_sign():
    assert limit_of(np.array([[1.0, -3.0], [2.0, np.nan]])) == 3


def test_single_pixels_do_not_make_the_others_pale():
    values = np.ones((10, 20))
    values[0, 0] = 1000
    assert limit_of(values, 0.99) == 1
    assert limit_of(values) == 1000


def test_a_map_of_few_values_keeps_a_scale_although_most_are_zero():
    values = np.zeros((20, 20))
    values[0, 0] = 2
    assert limit_of(values, 0.99) == 2


@pytest.mark.parametrize("values", [np.zeros((2, 2)), np.full((2, 2), np.nan)])
def test_without_strength_there_is_no_scale(values):
    assert limit_of(values) == 0


def test_a_map_alone_is_drawn_in_squares_of_its_own_size():
    picture = maps_alone(np.array([[[0.0, 2.0], [-2.0, 1.0]]]), tile=6, columns=1)
    assert picture.shape == (6, 6, 4)
    np.testing.assert_array_equal(picture[0, 0, :3], ZERO)
    assert (picture[:3, 3:, :3] == MOST).all()
    assert (picture[3:, :3, :3] == COLORS[0]).all()


def test_every_map_has_a_scale_of_its_own():
    weak = np.array([[[0.0, 1.0]], [[0.0, 1e-6]]])
    picture = maps_alone(weak, tile=2, columns=1, gap=0)
    np.testing.assert_array_equal(picture[:2], picture[2:])


def test_over_a_white_image_the_colours_are_those_of_the_map_alone():
    values = np.linspace(-1, 1, 16).reshape(1, 4, 4)
    over = maps_over_images(values, WHITE, tile=8, columns=1)
    np.testing.assert_array_equal(over, maps_alone(values, tile=8, columns=1))


def test_the_image_stays_legible_below_its_map():
    half = WHITE.copy()
    half[:, :, 2:] = 0
    over = maps_over_images(np.ones((1, 4, 4)), half, tile=4, columns=1)[..., :3].astype(float)
    np.testing.assert_allclose(over[:, 2:], DARKEST * over[:, :2], atol=1)


def test_a_smaller_map_is_interpolated_and_keeps_its_places():
    small = np.array([[[1.0, 0.0], [0.0, 0.0]]])
    over = maps_over_images(small, WHITE, tile=16, columns=1)[..., :3].astype(int)
    away = np.abs(over - MOST).sum(axis=-1)
    assert away[0, 0] == 0
    assert (np.diff(away[0]) >= 0).all()
    assert len(np.unique(away[0])) > 4


def test_an_empty_map_leaves_the_image_and_nan_is_grey():
    over = maps_over_images(np.zeros((1, 2, 2)), WHITE, tile=4, columns=1)[..., :3]
    assert len(np.unique(over)) == 1
    grey = [int(NOT_A_NUMBER[k : k + 2], 16) for k in (1, 3, 5)]
    broken = maps_alone(np.array([[[np.nan, 1.0]]]), tile=2, columns=1)
    assert broken[0, 0, :3].tolist() == grey
    assert (maps_alone(np.full((1, 1, 1), np.nan), tile=2, columns=1)[..., :3] == grey).all()
    assert NAN_INDEX == LEVELS


def test_grey_images_do_as_well():
    over = maps_over_images(np.ones((1, 4, 4)), WHITE[..., :1], tile=4, columns=1)
    np.testing.assert_array_equal(
        over, maps_over_images(np.ones((1, 4, 4)), WHITE, tile=4, columns=1)
    )


def test_images_and_maps_stand_in_the_same_places(rng):
    images = rng.integers(0, 256, (3, 4, 4, 3), dtype=np.uint8)
    alone = images_alone(images, tile=8, columns=2)
    maps = maps_alone(np.ones((3, 2, 2)), tile=8, columns=2)
    np.testing.assert_array_equal(alone[..., 3], maps[..., 3])
    np.testing.assert_array_equal(alone[:8:2, :8:2, :3], images[0])
