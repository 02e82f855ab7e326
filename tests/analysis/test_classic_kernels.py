"""Kernels drawn by hand do what their names say."""

import numpy as np
import pytest

from explorer.analysis.classic_kernels import CLASSICS, DRAWN, classic, drawn
from explorer.analysis.convolution import Sliding, convolve


def response(name, image, size=3):
    kernel = classic(name, size)[:, :, None, None]
    return convolve(image[..., None], kernel, np.zeros(1), Sliding(size))[..., 0]


@pytest.mark.parametrize("size", range(1, 8))
@pytest.mark.parametrize("name", CLASSICS)
def test_every_kernel_has_the_size_asked_for(name, size):
    assert classic(name, size).shape == (size, size)


@pytest.mark.parametrize("size", range(3, 8))
@pytest.mark.parametrize("name", ["edges", "sobel_x", "sobel_y", "laplacian"])
def test_kernels_of_edges_see_nothing_where_nothing_changes(name, size):
    assert np.abs(response(name, np.full((9, 9), 0.7), size)).max() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("size", range(1, 8))
@pytest.mark.parametrize("name", ["identity", "blur", "sharpen", "emboss"])
def test_the_others_keep_an_even_image_as_bright(name, size):
    if name in ("sharpen", "emboss") and size < 3:
        return
    np.testing.assert_allclose(response(name, np.full((9, 9), 0.7), size), 0.7, atol=1e-12)


def test_identity_returns_the_image(rng):
    image = rng.random((6, 6))
    np.testing.assert_array_equal(response("identity", image), image[1:-1, 1:-1])


def test_sobel_sees_edges_of_its_own_direction_alone():
    edge = drawn("Edge", 8)
    assert np.abs(response("sobel_x", edge)).max() == 4
    assert np.abs(response("sobel_y", edge)).max() == 0
    assert np.abs(response("sobel_y", edge.T)).max() == 4


@pytest.mark.parametrize("size", [4, 9, 48])
@pytest.mark.parametrize("name", DRAWN)
def test_pictures_have_numbers_one_can_read(name, size):
    picture = drawn(name, size)
    assert picture.shape == (size, size)
    assert picture.min() >= 0
    assert picture.max() <= 1
    assert np.ptp(picture) >= 0.3
    np.testing.assert_array_equal(picture, picture.round(1))
