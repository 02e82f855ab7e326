"""Find images that show almost the same picture, so that a split does not tear them apart.

The method is that of the perceptual hash (Zauner, "Implementation and benchmarking of perceptual
image hash functions", 2010): the lowest frequencies of a small grey copy, here kept as numbers
rather than bits, which makes the comparison a matrix product. What looks alike to it is compared
again on a finer copy, once pixel by pixel, and once by the differences of neighbouring pixels:
two landscapes that share nothing but a horizon pass the first of these checks, not the second.
"""

from collections.abc import Generator

import numpy as np

from explorer.data.image_set import Progress

THUMBNAIL = 16
FREQUENCIES = 8
BLOCK = 1024
ROWS = 256
MIN_LIKENESS = 0.97
MAX_DIFFERENCE = 0.2
MIN_DETAIL = 0.8


def find_groups(images: np.ndarray) -> Generator[Progress, None, np.ndarray]:
    """Number the images so that near-copies share a number; yields progress.

    Args:
        images: 0 to 255. (images, height, width, channels)

    Returns:
        The number of the group of every image, ascending from 0. (images,)
    """
    thumbnails = np.empty((len(images), THUMBNAIL, THUMBNAIL), np.float32)
    for start in range(0, len(images), BLOCK):
        yield Progress(start, len(images), "Looking at images for near-copies")
        thumbnails[start : start + BLOCK] = shrink(images[start : start + BLOCK])
    roots = np.arange(len(images))
    for done in _join(roots, thumbnails):
        yield Progress(done, len(images), "Comparing images for near-copies")
    return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def shrink(images: np.ndarray) -> np.ndarray:
    """Average grey copies of `THUMBNAIL` pixels. (images, THUMBNAIL, THUMBNAIL)."""
    num_images, height, width, channels = images.shape
    rows = _averaging(height)
    columns = np.repeat(_averaging(width) / channels, channels, axis=1)
    # The channels of a pixel are averaged in the same product as the pixels of a row.
    narrow = images.reshape(-1, width * channels).astype(np.float32) @ columns.T
    return rows @ narrow.reshape(num_images, height, THUMBNAIL)


def _join(roots, thumbnails):
    """Let near-copies share a root, the smallest index among them; yields how many are done."""
    signatures, index = _signatures(thumbnails)
    # Sorted along the direction of widest spread, an image only has near-copies nearby.
    place = signatures @ _widest_direction(signatures)
    order = np.argsort(place, kind="stable")
    signatures, place, index = signatures[order], place[order], index[order]
    reach = np.sqrt(2 - 2 * MIN_LIKENESS)
    for start in range(0, len(order), ROWS):
        stop = min(start + ROWS, len(order))
        end = np.searchsorted(place, place[stop - 1] + reach, side="right")
        likeness = signatures[start:stop] @ signatures[start:end].T
        later = np.triu(likeness >= MIN_LIKENESS, 1)
        for row in np.flatnonzero(later.any(axis=1)):
            one, others = index[start + row], index[start + np.flatnonzero(later[row])]
            _join_one(roots, thumbnails, one, others[roots[others] != roots[one]])
        yield stop


def _join_one(roots, thumbnails, one, others):
    """Join those of the others that stand a closer look; the known copies are not looked at."""
    near = others[alike(thumbnails[one], thumbnails[others])]
    if len(near):
        joined = np.append(roots[near], roots[one])
        roots[np.isin(roots, joined)] = joined.min()


def alike(one: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Compare one thumbnail with others closely, whatever their brightness and contrast.

    Args:
        one: A thumbnail from `shrink`. (height, width)
        others: Thumbnails to compare it with. (others, height, width)

    Returns:
        Whether each is a near-copy. (others,)
    """
    both = np.concatenate([one[np.newaxis], others])
    pixels = _normalised(both)
    near = np.abs(pixels[1:] - pixels[0]).mean(axis=1) <= MAX_DIFFERENCE
    for axis in (1, 2):
        slopes = _normalised(np.diff(both, axis=axis))
        near &= (slopes[1:] * slopes[0]).mean(axis=1) >= MIN_DETAIL
    return near


def _averaging(length):
    """Return the matrix that averages `length` pixels to `THUMBNAIL`, parts of pixels included."""
    edges = np.linspace(0, length, THUMBNAIL + 1)
    pixels = np.arange(length)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    weights = overlap.clip(0)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _signatures(thumbnails):
    """Return unit vectors of the low frequencies, and the images that have any contrast."""
    waves = np.cos(
        np.pi / THUMBNAIL * np.outer(np.arange(FREQUENCIES), np.arange(THUMBNAIL) + 0.5)
    ).astype(np.float32)
    signatures = (waves @ thumbnails @ waves.T).reshape(-1, FREQUENCIES**2)[:, 1:]
    length = np.linalg.norm(signatures, axis=1)
    kept = np.flatnonzero(length > 1e-3)
    return signatures[kept] / length[kept, None], kept


def _normalised(values):
    """Return rows of mean 0 and standard deviation 1; a constant row becomes zeros."""
    flat = values.reshape(len(values), np.prod(values.shape[1:]))
    flat = flat - flat.mean(axis=1, keepdims=True)
    return flat / np.maximum(flat.std(axis=1, keepdims=True), 1e-6)


def _widest_direction(signatures):
    if not len(signatures):
        return np.zeros(signatures.shape[1], np.float32)
    centred = signatures - signatures.mean(axis=0)
    return np.linalg.eigh(centred.T @ centred)[1][:, -1]
