import io

import numpy as np
import pytest
from PIL import Image

from explorer.charts.montage import montage, to_png


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (5, 4, 3, 3), dtype=np.uint8)


def test_every_image_is_found_again_in_its_place(images):
    grid = montage(images, columns=2, scale=1, gap=1)
    assert grid.shape == (3 * 5 - 1, 2 * 4 - 1, 4)
    np.testing.assert_array_equal(grid[5:9, 4:7, :3], images[3])


def test_enlarging_repeats_pixels(images):
    grid = montage(images[:1], columns=1, scale=3)
    np.testing.assert_array_equal(grid[::3, ::3, :3], images[0])
    np.testing.assert_array_equal(grid[1::3, 2::3, :3], images[0])


def test_gaps_and_unused_places_are_transparent(images):
    opacity = montage(images, columns=2, gap=1)[..., 3]
    assert opacity.sum() == 255 * 5 * 4 * 3
    assert not opacity[-4:, -3:].any()


def test_grey_images_become_equal_colors():
    grid = montage(np.full((1, 2, 2, 1), 7, np.uint8), columns=4)
    assert (grid[..., :3] == 7).all()


def test_png_loses_nothing(images):
    for picture in (montage(images, columns=3), images[0], images[0][..., :1]):
        read = np.asarray(Image.open(io.BytesIO(to_png(picture))))
        np.testing.assert_array_equal(read, np.squeeze(picture))


@pytest.mark.parametrize(
    ("shape", "columns"), [((3, 4, 4), 1), ((2, 4, 4, 2), 1), ((0, 4, 4, 1), 1), ((1, 4, 4, 1), 0)]
)
def test_what_cannot_be_laid_out_is_refused(shape, columns):
    with pytest.raises(ValueError, match="expected"):
        montage(np.zeros(shape, np.uint8), columns=columns)
