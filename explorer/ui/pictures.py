"""Samples of a data set as one picture."""

import numpy as np

from explorer.charts.montage import montage

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
    scale = max(1, round(TILE_PIXELS / images.shape[1]))
    rows = []
    for label in np.unique(labels)[:num_rows]:
        positions = np.flatnonzero(labels == label)
        spread = np.linspace(0, len(positions) - 1, num_columns).astype(int)
        chosen = images[positions[np.unique(spread)]]
        rows.append(montage(chosen, columns=num_columns, scale=scale, gap=GAP_PIXELS))
    return np.concatenate([_framed(row, max(row.shape[1] for row in rows)) for row in rows])


def _framed(row, width):
    """Make a row as wide as the others, with a gap below."""
    return np.pad(row, ((0, GAP_PIXELS), (0, width - row.shape[1]), (0, 0)))
