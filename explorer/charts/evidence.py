"""Maps of evidence laid over an image, as small pictures."""

import numpy as np
from PIL import Image

from explorer.charts import cells, palette

MOST_PIXELS = 160  # of a side: a picture for every checkpoint is held by the browser
STRONGEST = 0.85  # how much of the colour covers the image where the evidence is highest
MAP_COLORS = (palette.MUTED, palette.HIGHLIGHT)
GREY_WEIGHTS = (0.299, 0.587, 0.114)  # of red, green and blue (ITU-R BT.601)


def pictures(image: np.ndarray, maps: np.ndarray | None = None, limit: float = 1.0) -> list[str]:
    """Paint maps over an image made grey; or the image alone, as it is.

    Args:
        image: As the network sees it. (height, width, 1 or 3) uint8
        maps: At least 0, in a size of their own; NaN is painted grey. (maps, rows, columns)
        limit: The value that gets the full colour.

    Returns:
        A `data:` URL of a PNG for every map.
    """
    colour = _fitted(np.broadcast_to(image, (*image.shape[:2], 3)))
    if maps is None:
        return [cells.to_url(colour)]
    grey = (colour @ np.array(GREY_WEIGHTS))[..., None]
    return [cells.to_url(_painted(grey, one, limit)) for one in maps]


def enlarged(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Enlarge a map bilinearly. (rows, columns) -> (height, width) float32.

    Args:
        values: The map.
        size: Height and width.
    """
    picture = Image.fromarray(np.asarray(values, np.float32))
    return np.asarray(picture.resize(size[::-1], Image.Resampling.BILINEAR))


def _painted(grey, values, limit):
    if not np.isfinite(values).all():
        flat = np.array([int(palette.NOT_A_NUMBER[k : k + 2], 16) for k in (1, 3, 5)], np.uint8)
        return np.broadcast_to(flat, (*grey.shape[:2], 3)).copy()
    share = np.clip(enlarged(values, grey.shape[:2]) / limit, 0, 1)[..., None] * STRONGEST
    full = np.array([int(palette.HIGHLIGHT[k : k + 2], 16) for k in (1, 3, 5)])
    return np.rint(grey * (1 - share) + full * share).astype(np.uint8)


def _fitted(pixels):
    """Make an image no larger than a chart can hold many of."""
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture.thumbnail((MOST_PIXELS, MOST_PIXELS), Image.Resampling.LANCZOS)
    return np.asarray(picture)
