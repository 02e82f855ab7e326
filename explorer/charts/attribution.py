"""Maps of what matters in an image, as pictures: over the image, or alone.

Strength is told by colour on the diverging scale of all signed values: orange for, blue against,
and pale where nothing matters. Over the image the colours are multiplied with its brightness, so
that the image stays legible below them.
"""

import numpy as np
from PIL import Image

from explorer.charts import palette
from explorer.charts.cells import LEVELS, NAN_INDEX, indices
from explorer.charts.montage import montage

DARKEST = 0.35  # brightness left of a black pixel, so that colours are seen on it
GREY_WEIGHTS = (0.299, 0.587, 0.114)  # ITU-R BT.601
PALE = 250  # of a map that has no strength at all


def limit_of(values: np.ndarray, quantile: float = 1.0) -> float:
    """Return the strength that takes the full colour.

    Args:
        values: One map. (height, width)
        quantile: Share of the finite strengths that it is not below; under 1, a few extreme
            pixels do not make all others pale.

    Returns:
        A strength above 0; 0 when the map is 0 everywhere or has no finite value.
    """
    strengths = np.abs(values[np.isfinite(values)])
    if not strengths.size:
        return 0.0
    limit = float(np.quantile(strengths, quantile))
    return limit if limit > 0 else float(strengths.max())


def maps_alone(
    maps: np.ndarray, *, tile: int, columns: int, quantile: float = 1.0, gap: int = 4
) -> np.ndarray:
    """Draw maps in their own size, a square a value.

    Args:
        maps: What matters. (images, map height, map width)
        tile: Height of a map in the picture, in pixels.
        columns: Maps in a row.
        quantile: See `limit_of`; every map has a scale of its own.
        gap: Pixels between two maps.

    Returns:
        One picture. (height, width, 4) uint8
    """
    size = (tile, round(tile * maps.shape[2] / maps.shape[1]))
    tiles = [_nearest(_painted(one, quantile), size) for one in maps]
    return montage(np.stack(tiles), columns=columns, gap=gap)


def maps_over_images(
    maps: np.ndarray,
    images: np.ndarray,
    *,
    tile: int,
    columns: int,
    quantile: float = 1.0,
    gap: int = 4,
) -> np.ndarray:
    """Draw maps over their images; a map smaller than its image is interpolated linearly.

    Args:
        maps: What matters. (images, map height, map width)
        images: (images, height, width, 1 or 3) uint8
        tile: Height of an image in the picture, in pixels.
        columns: Images in a row.
        quantile: See `limit_of`; every map has a scale of its own.
        gap: Pixels between two images.

    Returns:
        One picture. (height, width, 4) uint8
    """
    size = (tile, round(tile * images.shape[2] / images.shape[1]))
    tiles = []
    for values, image in zip(maps, images, strict=True):
        fitted = values if values.shape == image.shape[:2] else _linear(values, size)
        colors = _nearest(_painted(fitted, quantile, limit_of(values, quantile)), size)
        light = DARKEST + (1 - DARKEST) * _nearest(_brightness(image), size)
        tiles.append(np.rint(colors * light[..., None]).astype(np.uint8))
    return montage(np.stack(tiles), columns=columns, gap=gap)


def images_alone(images: np.ndarray, *, tile: int, columns: int, gap: int = 4) -> np.ndarray:
    """Draw the images themselves in the same places, to look at beside the maps."""
    size = (tile, round(tile * images.shape[2] / images.shape[1]))
    return montage(np.stack([_nearest(image, size) for image in images]), columns=columns, gap=gap)


def _painted(values, quantile, limit=None):
    """Give every value its colour. (height, width) -> (height, width, 3) uint8."""
    limit = limit_of(values, quantile) if limit is None else limit
    if limit > 0:
        return _COLORS[indices(values, limit)]
    finite = np.isfinite(values)[..., None]
    return np.where(finite, PALE, _COLORS[NAN_INDEX]).astype(np.uint8)


def _brightness(image):
    grey = image[..., 0] if image.shape[-1] == 1 else image @ np.array(GREY_WEIGHTS)
    return grey / 255


def _nearest(picture, size):
    """Enlarge without blurring, to any size."""
    rows = np.arange(size[0]) * picture.shape[0] // size[0]
    columns = np.arange(size[1]) * picture.shape[1] // size[1]
    return picture[rows[:, None], columns]


def _linear(values, size):
    picture = Image.fromarray(np.asarray(values, np.float32))
    return np.asarray(picture.resize(size[::-1], Image.Resampling.BILINEAR))


_GREY = [int(palette.NOT_A_NUMBER[k : k + 2], 16) for k in (1, 3, 5)]
_COLORS = np.vstack([palette.diverging_lookup(LEVELS), _GREY]).astype(np.uint8)
