import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.decomposition import PCA

from explorer.analysis import plane as planes
from explorer.analysis.plane import bounds, filter_normalised, principal_plane, random_directions


@pytest.fixture
def points(rng):
    """Return two paths from one start, far from the origin of the space."""
    paths = [np.cumsum(rng.normal(0, scale, (6, 400)), axis=0) for scale in (1, 3)]
    return (np.concatenate(paths) + rng.normal(0, 10, 400)).astype(np.float32)


def same_up_to_sign(found, expected, **tolerance):
    signs = np.sign(np.sum(found * expected, axis=-1, keepdims=True))
    assert_allclose(found, signs * expected, **tolerance)


def test_the_plane_is_that_of_sklearns_principal_components(points):
    reference = PCA(2, svd_solver="full").fit(points.astype(np.float64))
    found = principal_plane(points, points[5])
    same_up_to_sign(found.directions, reference.components_, atol=1e-5)
    assert_allclose(found.explained, reference.explained_variance_ratio_, rtol=1e-5)


def test_the_plane_is_that_of_a_decomposition_of_all_coordinates(points, monkeypatch):
    monkeypatch.setattr(planes, "CHUNK", 7)  # many pieces, the last one shorter
    wide = points.astype(np.float64)
    _, lengths, directions = np.linalg.svd(wide - wide.mean(axis=0), full_matrices=False)
    found = principal_plane(wide, wide[0])
    same_up_to_sign(found.directions, directions[:2], atol=1e-9)
    assert_allclose(found.explained, lengths[:2] ** 2 / np.sum(lengths**2))
    assert_allclose(found.directions @ found.directions.T, np.eye(2), atol=1e-12)


def test_projecting_gives_the_nearest_place_and_how_far_it_is(points):
    plane = principal_plane(points.astype(np.float64), points[5].astype(np.float64))
    places, off = plane.project(points)
    for point, place, distance in zip(points, places, off, strict=True):
        nearest, residual, *_ = np.linalg.lstsq(plane.directions.T, point - plane.origin)
        assert_allclose(place, nearest, atol=1e-4)
        assert_allclose(distance, np.sqrt(residual[0]) if len(residual) else 0, atol=1e-3)
    assert_allclose(places[5], 0, atol=1e-12)
    assert off[5] == 0


def test_points_of_the_plane_are_projected_onto_themselves(points):
    plane = principal_plane(points, points[0])
    places, off = plane.project(np.stack([plane.at(3.0, -2.0), plane.at(0, 0)]))
    assert_allclose(places, [[3, -2], [0, 0]], atol=1e-3)
    assert_allclose(off, 0, atol=1e-2)


def test_each_direction_points_to_whoever_went_furthest(points):
    places, _ = principal_plane(points, points[5]).project(points)
    furthest = np.take_along_axis(places, np.abs(places).argmax(axis=0)[None], axis=0)
    assert (furthest > 0).all()


def test_points_that_span_no_plane_are_refused(points):
    with pytest.raises(ValueError, match="needs 3 checkpoints or more, and there are 2"):
        principal_plane(points[:2], points[0])
    line = np.outer([0.0, 1.0, 3.0, 4.0], points[0])
    with pytest.raises(ValueError, match="one straight line"):
        principal_plane(line, line[0])
    with pytest.raises(ValueError, match="all the same"):
        principal_plane(np.stack([points[0]] * 4), points[0])


@pytest.mark.parametrize("shape", [(3, 3, 2, 5), (7, 4)])
def test_filters_are_normalised_as_li_defines_it(shape, rng):
    direction, weights = rng.normal(size=shape), rng.normal(size=shape)
    found = filter_normalised(direction, weights)
    for number in range(shape[-1]):
        drawn, own = direction[..., number].ravel(), weights[..., number].ravel()
        length_drawn = sum(value**2 for value in drawn.tolist()) ** 0.5
        length_own = sum(value**2 for value in own.tolist()) ** 0.5
        expected = [value / (length_drawn + 1e-10) * length_own for value in drawn.tolist()]
        assert_allclose(found[..., number].ravel(), expected)


def test_biases_and_filters_of_zeros_do_not_move(rng):
    assert filter_normalised(rng.normal(size=4), rng.normal(size=4)).tolist() == [0, 0, 0, 0]
    weights = rng.normal(size=(6, 2))
    weights[:, 1] = 0
    assert (filter_normalised(rng.normal(size=(6, 2)), weights)[:, 1] == 0).all()


def test_two_directions_of_a_seed_differ_and_come_again(rng):
    weights = [rng.normal(size=(3, 3, 1, 4)), rng.normal(size=4)]
    first, second = random_directions(weights, seed=3)
    assert first.shape == (40,)
    assert abs(first @ second) < 0.9 * (first @ first)
    assert_allclose(random_directions(weights, seed=3), [first, second])
    assert not np.allclose(random_directions(weights, seed=4)[0], first)


def test_the_window_has_a_margin_also_around_places_on_a_line():
    low, high = bounds(np.array([[0.0, 5.0], [10.0, 5.0]]), 0.1)
    assert_allclose(low, [-1, 4])
    assert_allclose(high, [11, 6])
