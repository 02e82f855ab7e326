"""How alike two layers see the same images: linear centred kernel alignment (CKA).

Source: Kornblith, Norouzi, Lee and Hinton, "Similarity of neural network representations
revisited" (ICML 2019); the debiased form after Song et al., "Feature selection via dependence
maximization" (JMLR 2012). CKA does not change when one layer's features are rotated, reordered
or scaled as a whole, so that two trainings can be compared although their filters stand in
different order. It ignores small differences: a few far-out images can dominate it (Davari et
al., "Reliability of CKA as a similarity measure in deep learning", ICLR 2023).
"""

from collections.abc import Sequence

import numpy as np

FEWEST_IMAGES = 4  # the debiased form divides by images - 3
ROUNDING = 16 * np.finfo(np.float32).eps  # relative; activations come in single precision


def linear_cka(features_a: np.ndarray, features_b: np.ndarray, *, debiased: bool = False) -> float:
    """Compare two layers on the same images.

    The plain estimate is inflated when features outnumber images: two matrices of independent
    noise, 80 images by 300 features, score 0.78. The debiased one stays near 0 for those, and
    may be slightly negative.

    Args:
        features_a: A layer's output, a row an image. (images, ...)
        features_b: Another layer's output for the same images. (images, ...)
        debiased: Whether to take the pull of the number of features out.

    Returns:
        1 for layers that are alike up to rotation and scale. NaN, meaning undefined, when one
        puts out the same for every image (a dead layer) or values that are not finite.

    Raises:
        ValueError: The numbers of images differ.
    """
    if len(features_a) != len(features_b):
        raise ValueError(
            f"features_a has {len(features_a)} images and features_b {len(features_b)}; expected "
            "the same images in both."
        )
    most = max(np.size(features_a), np.size(features_b)) / max(len(features_a), 1)
    if debiased or most > len(features_a):
        return gram_cka(gram(features_a), gram(features_b), debiased=debiased)
    a, b = (centred(np.asarray(values, np.float64)) for values in (features_a, features_b))
    across = np.linalg.norm(a.T @ b) ** 2
    return _ratio(across, np.linalg.norm(a.T @ a), np.linalg.norm(b.T @ b))


def gram_cka(gram_a: np.ndarray, gram_b: np.ndarray, *, debiased: bool = False) -> float:
    """Compare two layers from the inner products of their images.

    Args:
        gram_a: From `gram`. (images, images)
        gram_b: From `gram`, of the same images. (images, images)
        debiased: As in `linear_cka`; undefined for fewer than four images.
    """
    inner = _unbiased if debiased else _biased
    own_a, own_b = inner(gram_a, gram_a), inner(gram_b, gram_b)
    if not (own_a > 0 and own_b > 0):
        return float("nan")
    return _ratio(inner(gram_a, gram_b), np.sqrt(own_a), np.sqrt(own_b))


def gram(features: np.ndarray) -> np.ndarray:
    """Return the inner products of all pairs of images, features centred; what CKA needs.

    Takes less room than the features where these outnumber the images. Features in single
    precision are multiplied in it, which takes half the time.

    Args:
        features: A layer's output, a row an image. (images, ...)

    Returns:
        All 0 for a layer that puts out the same for every image. (images, images) float64
    """
    values = centred(features)
    size = float(max(values.max(), -values.min()))
    if not size > 0:
        return np.full((len(values), len(values)), size)
    values /= size  # so that squares of large values do not overflow
    return (values @ values.T).astype(np.float64) * size**2


def cka_matrix(
    grams_a: Sequence[np.ndarray], grams_b: Sequence[np.ndarray], *, debiased: bool = True
) -> np.ndarray:
    """Compare every layer of one network with every layer of another.

    Args:
        grams_a: One `gram` a layer of network A.
        grams_b: One `gram` a layer of network B, of the same images.
        debiased: As in `linear_cka`.

    Returns:
        (layers of A, layers of B)
    """
    rows = [[gram_cka(a, b, debiased=debiased) for b in grams_b] for a in grams_a]
    return np.array(rows, np.float64).reshape(len(grams_a), len(grams_b))


def shuffled(gram_matrix: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put the images in another order: what CKA says then is what chance alone gives."""
    order = rng.permutation(len(gram_matrix))
    return gram_matrix[np.ix_(order, order)]


def centred(features: np.ndarray) -> np.ndarray:
    """Flatten to a row an image and take off the mean of each feature.

    A feature that is the same for all images up to rounding becomes exactly 0, so that a dead
    layer is known as such. (images, ...) -> (images, features), float32 if it was, else float64
    """
    is_single = np.asarray(features).dtype == np.float32
    values = np.array(features, np.float32 if is_single else np.float64)
    if not values.size:
        raise ValueError(
            f"features has shape {values.shape}; expected at least one image and feature."
        )
    values = values.reshape(len(values), -1)
    values[~np.isfinite(values)] = np.nan
    low, high = (np.float64(bound) for bound in (values.min(axis=0), values.max(axis=0)))
    is_constant = high - low <= ROUNDING * np.maximum(np.abs(low), np.abs(high))
    values -= values[0].copy()  # exact zeros for a constant, which a mean may miss
    values[:, is_constant] = 0.0
    values -= values.mean(axis=0, dtype=np.float64).astype(values.dtype)
    return values


def _biased(gram_a, gram_b):
    return float(np.sum(gram_a * gram_b))


def _unbiased(gram_a, gram_b):
    """Estimate the Hilbert-Schmidt independence criterion without bias (Song et al., eq. 5)."""
    n = len(gram_a)
    if n < FEWEST_IMAGES:
        return float("nan")
    a, b = gram_a - np.diag(np.diag(gram_a)), gram_b - np.diag(np.diag(gram_b))
    sums_a, sums_b = a.sum(axis=0), b.sum(axis=0)
    means = sums_a.sum() * sums_b.sum() / ((n - 1) * (n - 2))
    return float((np.sum(a * b) + means - 2 * (sums_a @ sums_b) / (n - 2)) / (n * (n - 3)))


def _ratio(across, own_a, own_b):
    scale = own_a * own_b
    return float(across / scale) if scale > 0 else float("nan")
