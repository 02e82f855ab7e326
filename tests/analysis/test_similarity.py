import numpy as np
import pytest

from explorer.analysis.similarity import (
    centred,
    cka_matrix,
    gram,
    gram_cka,
    linear_cka,
    shuffled,
)

SHAPES = [(60, 7), (20, 50)]  # fewer and more features than images


def plain_cka(x, y):
    """Average over pairs of images, as plainly as possible: correlation of all inner products."""
    n = len(x)
    centring = np.eye(n) - np.ones((n, n)) / n
    k, j = centring @ x @ x.T @ centring, centring @ y @ y.T @ centring
    return np.trace(k @ j) / np.sqrt(np.trace(k @ k) * np.trace(j @ j))


def plain_unbiased(k, j):
    """Sum over quadruples of different images (Song et al. 2012, theorem 2), term by term."""
    n = len(k)
    pairs = [(a, b) for a in range(n) for b in range(n) if a != b]
    one = sum(k[a, b] * j[a, b] for a, b in pairs) / len(pairs)
    triples = [(a, b, c) for a, b in pairs for c in range(n) if c not in (a, b)]
    two = sum(k[a, b] * j[a, c] for a, b, c in triples) / len(triples)
    fours = [(*t, d) for t in triples for d in range(n) if d not in t]
    three = sum(k[a, b] * j[c, d] for a, b, c, d in fours) / len(fours)
    return one - 2 * two + three


@pytest.fixture(params=SHAPES, ids=str)
def features(request, rng):
    x = rng.normal(size=request.param)
    mixed = x @ rng.normal(size=(request.param[1], 9)) + rng.normal(size=(request.param[0], 9))
    return x, mixed


def test_both_forms_equal_the_plain_definition(features):
    x, y = features
    assert linear_cka(x, y) == pytest.approx(plain_cka(x, y))
    assert gram_cka(gram(x), gram(y)) == pytest.approx(plain_cka(x, y))


def test_debiased_form_equals_the_sum_over_quadruples(rng):
    x, y = rng.normal(size=(7, 4)), rng.normal(size=(7, 30))
    k, j = x @ x.T, y @ y.T
    expected = plain_unbiased(k, j) / np.sqrt(plain_unbiased(k, k) * plain_unbiased(j, j))
    assert linear_cka(x, y, debiased=True) == pytest.approx(expected)


@pytest.mark.parametrize("debiased", [False, True])
def test_a_layer_is_wholly_like_itself(features, debiased):
    x, _ = features
    assert linear_cka(x, x, debiased=debiased) == pytest.approx(1)


@pytest.mark.parametrize("debiased", [False, True])
def test_rotation_scale_shift_and_order_of_features_do_not_matter(features, debiased, rng):
    x, y = features
    rotation, _ = np.linalg.qr(rng.normal(size=(x.shape[1], x.shape[1])))
    expected = linear_cka(x, y, debiased=debiased)
    for changed in (x @ rotation, -3.5 * x, x + 40, x[:, ::-1]):
        assert linear_cka(changed, y, debiased=debiased) == pytest.approx(expected)
    assert linear_cka(y, x, debiased=debiased) == pytest.approx(expected)


def test_stretching_one_feature_does_matter(features):
    x, y = features
    stretched = x * np.where(np.arange(x.shape[1]) == 0, 30, 1)
    assert abs(linear_cka(stretched, y) - linear_cka(x, y)) > 0.05


def test_noise_looks_alike_to_the_plain_estimate_and_not_to_the_debiased_one(rng):
    pairs = [(rng.normal(size=(80, 300)), rng.normal(size=(80, 300))) for _ in range(20)]
    biased = [linear_cka(x, y) for x, y in pairs]
    debiased = [linear_cka(x, y, debiased=True) for x, y in pairs]
    assert np.mean(biased) == pytest.approx(0.78, abs=0.02)
    assert abs(np.mean(debiased)) < 0.01
    assert np.min(debiased) < 0


def test_maps_are_compared_as_one_row_an_image(rng):
    maps, units = rng.normal(size=(12, 4, 4, 3)), rng.normal(size=(12, 5))
    assert linear_cka(maps, units) == pytest.approx(linear_cka(maps.reshape(12, -1), units))


@pytest.mark.parametrize("debiased", [False, True])
@pytest.mark.parametrize("value", [0.0, 0.1, 1e30])
def test_a_layer_that_says_the_same_of_every_image_is_like_nothing(rng, debiased, value):
    dead, live = np.full((11, 6), value), rng.normal(size=(11, 6))
    rounded = np.float32(dead) * (1 + rng.choice([0, 1e-7], size=dead.shape))
    for one in (dead, rounded):
        assert np.isnan(linear_cka(one, live, debiased=debiased))
        assert np.isnan(linear_cka(one, one, debiased=debiased))


def test_single_precision_agrees_with_double(features):
    single = [(1e25 * values).astype(np.float32) for values in features]
    for debiased in (False, True):
        expected = linear_cka(*features, debiased=debiased)
        assert linear_cka(*single, debiased=debiased) == pytest.approx(expected, abs=1e-5)
    assert gram(single[0]) == pytest.approx(gram(1e25 * features[0]), rel=1e-4, abs=1e46)


def test_small_variation_of_a_large_value_is_seen(rng):
    x = rng.normal(size=(30, 4))
    assert linear_cka(1000 + x, x) == pytest.approx(1)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("debiased", [False, True])
def test_values_that_are_no_numbers_make_it_undefined(rng, bad, debiased):
    x = rng.normal(size=(9, 3))
    broken = x.copy()
    broken[4, 1] = bad
    assert np.isnan(linear_cka(broken, x, debiased=debiased))


def test_too_few_images_for_the_debiased_form_make_it_undefined(rng):
    x = rng.normal(size=(3, 3))
    assert np.isnan(linear_cka(x, x, debiased=True))


def test_the_matrix_has_a_row_a_layer_of_a_and_a_column_a_layer_of_b(rng):
    layers = [rng.normal(size=(15, size)) for size in (3, 4, 20)]
    grams = [gram(values) for values in layers]
    matrix = cka_matrix(grams[:2], grams, debiased=True)
    assert matrix.shape == (2, 3)
    assert matrix[1, 2] == linear_cka(layers[1], layers[2], debiased=True)
    assert cka_matrix(grams, []).shape == (3, 0)


def test_shuffled_images_are_the_same_images_in_another_order(rng):
    x = rng.normal(size=(200, 5))
    mixed = shuffled(gram(x), rng)
    assert np.trace(mixed) == pytest.approx(np.trace(gram(x)))
    assert gram_cka(gram(x), mixed, debiased=True) == pytest.approx(0, abs=0.1)


def test_centring_leaves_the_mean_of_every_feature_at_0(rng):
    np.testing.assert_allclose(centred(rng.normal(5, 2, size=(30, 4))).mean(axis=0), 0, atol=1e-14)


def test_other_images_are_refused(rng):
    with pytest.raises(ValueError, match="8 images and features_b 9"):
        linear_cka(rng.normal(size=(8, 2)), rng.normal(size=(9, 2)))
    with pytest.raises(ValueError, match="at least one image"):
        gram(np.zeros((0, 3)))
