"""Heatmaps as small palette pictures: one PNG a step, one pixel a cell."""

import base64
import io

import numpy as np
from PIL import Image

from explorer.charts import palette

LEVELS = 127
NAN_INDEX = LEVELS  # one more colour, after those of the scale


def encode(values: np.ndarray, limit: float) -> str:
    """Paint a matrix on the diverging scale, one pixel a cell.

    Args:
        values: Signed values; NaN and infinity get a grey of their own. (rows, columns)
        limit: The value at the ends of the scale; larger ones take the colour of the end.

    Returns:
        A `data:` URL of a PNG.
    """
    picture = Image.fromarray(indices(values, limit))
    picture.putpalette(_palette())
    return _url(picture)


def to_url(picture: np.ndarray) -> str:
    """Pack a picture with opacity, (height, width, 4) uint8, into a `data:` URL of a PNG."""
    return _url(Image.fromarray(picture))


def indices(values: np.ndarray, limit: float) -> np.ndarray:
    """Say which colour each value takes: 0 for `-limit`, 63 for 0, 126 for `limit`.

    Args:
        values: Signed values. (rows, columns)
        limit: The value at the ends of the scale, above 0.

    Returns:
        Colour numbers; 127 for what is not a finite number. (rows, columns) uint8
    """
    if not limit > 0:
        raise ValueError(
            f"The colour scale got the limit {limit}; it must be above 0. "
            "Use domains.color_limit(values)."
        )
    finite = np.isfinite(values)
    placed = np.clip(np.where(finite, values, 0) / limit, -1, 1)
    levels = np.rint((placed + 1) / 2 * (LEVELS - 1))
    return np.where(finite, levels, NAN_INDEX).astype(np.uint8)


def thin(values: np.ndarray, max_cells: int) -> tuple[np.ndarray, int]:
    """Keep every n-th row of large matrices, so that a step stays a small picture.

    Args:
        values: Matrices. (steps, rows, columns)
        max_cells: How many cells a picture may have.

    Returns:
        The kept rows and n, which is 1 when all are kept.
    """
    _, rows, columns = values.shape
    every = max(1, -(-rows * columns // max_cells))
    return values[:, ::every], every


def _url(picture):
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=6)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _palette():
    grey = [int(palette.NOT_A_NUMBER[k : k + 2], 16) for k in (1, 3, 5)]
    return [*palette.diverging_lookup(LEVELS).ravel().tolist(), *grey]
