"""Pictures for people, as arrays of pixels."""

import numpy as np

TILE_PIXELS = 56
GAP_PIXELS = 4


def sample_grid(
    images: np.ndarray, labels: np.ndarray, *, num_rows: int = 10, num_columns: int = 14
) -> np.ndarray:
    """Lay images out in a grid, a row a class, spread evenly over the images of the class.

    Args:
        images: uint8 pixels. (images, height, width, channels)
        labels: Class of every image. (images,)
        num_rows: The most classes shown, the first ones.
        num_columns: The most images of a class shown.

    Returns:
        Pixels with an alpha channel; gaps are transparent. (height, width, 4)
    """
    rows = [
        _row(images, np.flatnonzero(labels == label), num_columns)
        for label in np.unique(labels)[:num_rows]
    ]
    width = max(row.shape[1] for row in rows)
    padded = [np.pad(row, ((0, GAP_PIXELS), (0, width - row.shape[1]), (0, 0))) for row in rows]
    return np.concatenate(padded)[:-GAP_PIXELS, :-GAP_PIXELS]


def _row(images, positions, num_columns):
    chosen = positions[np.linspace(0, len(positions) - 1, num_columns).astype(int)]
    tiles = [_tile(images[position]) for position in np.unique(chosen)]
    return np.concatenate([np.pad(tile, ((0, 0), (0, GAP_PIXELS), (0, 0))) for tile in tiles], 1)


def _tile(image):
    """Enlarge pixels by a whole number, so that they stay crisp, and add an alpha channel."""
    scale = max(1, round(TILE_PIXELS / image.shape[0]))
    color = np.broadcast_to(image, (*image.shape[:2], 3))
    opaque = np.concatenate([color, np.full_like(color[..., :1], 255)], axis=-1)
    return opaque.repeat(scale, axis=0).repeat(scale, axis=1)
