"""Many small images as one picture: one media request instead of one an image."""

import io

import numpy as np
from PIL import Image

TRANSPARENT = 0


def montage(images: np.ndarray, *, columns: int, scale: int = 1, gap: int = 2) -> np.ndarray:
    """Lay images out in a grid, row by row, enlarged without blurring.

    Args:
        images: Images of one size. (images, height, width, 1 or 3) uint8
        columns: Images in a row.
        scale: How many pixels wide and high a pixel becomes.
        gap: Pixels between two images, transparent like the unused places of the last row.

    Returns:
        One picture. (height, width, 4) uint8, red, green, blue, opacity
    """
    images = np.asarray(images)
    _check(images, columns, scale, gap)
    count, height, width, _ = images.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    tall, wide = height * scale, width * scale
    grid = np.full(
        (rows * (tall + gap) - gap, columns * (wide + gap) - gap, 4), TRANSPARENT, np.uint8
    )
    for place, image in enumerate(images):
        top, left = place // columns * (tall + gap), place % columns * (wide + gap)
        enlarged = image.repeat(scale, axis=0).repeat(scale, axis=1)
        grid[top : top + tall, left : left + wide, :3] = enlarged
        grid[top : top + tall, left : left + wide, 3] = 255
    return grid


def to_png(picture: np.ndarray) -> bytes:
    """Encode a picture without loss.

    Args:
        picture: Grey, colour, or colour with opacity. (height, width[, 1, 3 or 4]) uint8
    """
    picture = np.asarray(picture)
    if picture.ndim == 3 and picture.shape[2] == 1:
        picture = picture[..., 0]
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def _check(images, columns, scale, gap):
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or not len(images):
        raise ValueError(
            f"images has shape {images.shape}; expected (images, height, width, 1 or 3), "
            "with at least one image."
        )
    if images.dtype != np.uint8:
        raise ValueError(f"images has type {images.dtype}; expected uint8, 0 to 255.")
    if columns < 1 or scale < 1 or gap < 0:
        raise ValueError(
            f"columns, scale and gap are {(columns, scale, gap)}; "
            "expected at least 1, at least 1, at least 0."
        )
