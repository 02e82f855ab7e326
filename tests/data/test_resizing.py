import numpy as np
import pytest

from explorer.data.resizing import shrunk


@pytest.mark.parametrize("size", [1, 2, 4, 8])
def test_a_cell_is_the_mean_of_those_it_covers(rng, size):
    image = rng.random((8, 8))
    blocks = image.reshape(size, 8 // size, size, 8 // size)
    np.testing.assert_allclose(shrunk(image, size), blocks.mean(axis=(1, 3)), atol=1e-6)
