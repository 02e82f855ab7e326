import numpy as np
from numpy.testing import assert_allclose

from explorer.analysis.contours import contours

X, Y = np.linspace(-2, 2, 41), np.linspace(-3, 3, 61)


def test_lines_of_a_tilted_plane_are_straight_and_whole():
    found = contours(X, Y, 2 * X[None, :] + Y[:, None], [1.0])
    assert (found[:, 0] == 1).all()
    for x, y in (found[:, 1:3].T, found[:, 3:5].T):
        assert_allclose(2 * x + y, 1)
    length = np.hypot(found[:, 3] - found[:, 1], found[:, 4] - found[:, 2]).sum()
    assert_allclose(length, np.hypot(3, 6))  # from (-1, 3) to (2, -3)


def test_lines_of_a_bowl_are_circles():
    found = contours(X, Y, X[None, :] ** 2 + Y[:, None] ** 2, [1.0, 2.25])
    for level, radius in ((1.0, 1.0), (2.25, 1.5)):
        pieces = found[found[:, 0] == level]
        radii = np.hypot(*pieces[:, 1:3].T)
        assert_allclose(radii, radius, atol=0.005)
        length = np.hypot(pieces[:, 3] - pieces[:, 1], pieces[:, 4] - pieces[:, 2]).sum()
        assert_allclose(length, 2 * np.pi * radius, rtol=0.005)


def test_there_are_no_lines_where_there_are_no_heights():
    heights = np.broadcast_to(X, (len(Y), len(X))).copy()
    heights[30:] = np.nan
    found = contours(X, Y, heights, [0.05])
    assert found[:, [2, 4]].max() <= Y[29]
    assert len(contours(X, Y, np.full_like(heights, np.nan), [0.0])) == 0
    assert len(contours(X, Y, heights, [99.0])) == 0
    assert contours(X, Y, heights, []).shape == (0, 5)


def test_a_level_through_corners_gives_each_triangle_one_piece_at_most():
    found = contours(np.arange(3.0), np.arange(3.0), np.add.outer(np.arange(3.0), np.zeros(3)), [1])
    assert_allclose(found[:, [2, 4]], 1)
    assert np.isfinite(found).all()
