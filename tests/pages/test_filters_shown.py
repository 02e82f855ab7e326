import numpy as np
import pytest

from explorer.ui.filters_images import LONGEST_NAME, short_name
from explorer.ui.filters_shown import (
    GAP_PIXELS,
    SMALL_TILE_PIXELS,
    Shown,
    shared_remarks,
    side_by_side,
)


@pytest.mark.parametrize("size", [8, 32, 48, 224])
def test_what_the_network_sees_stands_right_in_whole_pixels_or_made_smaller(rng, size):
    pixels = rng.integers(0, 256, (size, size, 1)).astype(np.uint8)
    picture = side_by_side(Shown("a", "a", pixels, pixels))
    tile = len(picture)
    assert picture.shape == (tile, 2 * tile + GAP_PIXELS, 4)
    assert tile <= SMALL_TILE_PIXELS
    seen = picture[:, tile + GAP_PIXELS :]
    assert (seen[..., 3] == 255).all()
    if size <= SMALL_TILE_PIXELS:
        assert tile % size == 0
        assert np.array_equal(seen[:: tile // size, :: tile // size, 0], pixels[..., 0])


@pytest.mark.parametrize(("height", "width"), [(10, 40), (40, 10), (1, 20_000), (7, 7)])
def test_the_original_keeps_its_shape_and_stands_in_the_middle(height, width):
    original = np.full((height, width, 3), (10, 200, 30), np.uint8)
    picture = side_by_side(Shown("a", "a", original, np.zeros((32, 32, 3), np.uint8)))
    tile = len(picture)
    left = picture[:, :tile]
    rows, columns = (np.flatnonzero(left[..., 3].any(axis=axis)) for axis in (1, 0))
    assert (left[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1, 1] == 200).all()
    longest = max(height, width)
    assert len(rows) == max(1, round(height * tile / longest))
    assert len(columns) == max(1, round(width * tile / longest))
    for places in (rows, columns):
        assert abs(places[0] - (tile - 1 - places[-1])) <= 1
    assert not picture[:, tile : tile + GAP_PIXELS, 3].any()


def with_remarks(name, *remarks):
    pixels = np.zeros((1, 1, 1), np.uint8)
    return Shown(name, name, pixels, pixels, remarks)


def test_every_remark_is_said_once_with_the_images_it_is_about():
    shown = [with_remarks("a", "not square"), with_remarks("b"), with_remarks("c", "not square")]
    assert shared_remarks(shown) == ["a, c: Not square\\."]
    assert shared_remarks([shown[0], shown[2]]) == ["All: Not square\\."]
    assert shared_remarks([shown[1]]) == []


@pytest.mark.parametrize("name", ["a.png", "x" * LONGEST_NAME, "begin" + "x" * 300 + "end.png"])
def test_a_name_fits_and_keeps_its_ends(name):
    short = short_name(name)
    assert len(short) <= LONGEST_NAME
    assert (short[:5], short[-5:]) == (name[:5], name[-5:])
    assert (short == name) == (len(name) <= LONGEST_NAME)
