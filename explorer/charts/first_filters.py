"""The filters that look at the image itself, of two checkpoints, as pictures on one scale."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from explorer.analysis.findings import short
from explorer.charts.domains import color_limit
from explorer.charts.filter_montage import color_sheet, slice_sheet
from explorer.charts.filter_reading import COLORS

IMAGE_CHANNELS = (1, COLORS)
IN_ROW = 8
TILE_PIXELS = 40
MOST_FILTERS = 64


@dataclass(frozen=True, eq=False)
class Sheets:
    """The filters of one layer in two checkpoints.

    Args:
        tensor: Name of the kernel, such as `"conv_1/kernel"`.
        words: What the colours mean.
        pictures: One pixel a weight, of A and of B; `None` where a network has no such filters.
            (2)(height, width, 4) uint8
        scale: By how much to enlarge them.
    """

    tensor: str
    words: str
    pictures: tuple[np.ndarray | None, np.ndarray | None]
    scale: int


def first_filters(
    before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]
) -> list[Sheets]:
    """Draw the filters of every layer that sees grey or colour images, in either checkpoint.

    Both share one scale, so that equal weights have equal colours.

    Args:
        before: All weights of checkpoint A, by name.
        after: All weights of checkpoint B, by name.
    """
    names = dict.fromkeys(name for side in (before, after) for name in side)
    return [
        _sheets(name, before.get(name), after.get(name))
        for name in names
        if any(_sees_images(name, side) for side in (before, after))
    ]


def _sees_images(name, weights):
    shape = np.shape(weights[name]) if name in weights else ()
    return len(shape) == 4 and name.endswith("kernel") and shape[2] in IMAGE_CHANNELS


def _sheets(name, *kernels):
    known = [np.asarray(one, np.float32) for one in kernels if _is_drawn(one)]
    limit = color_limit(*(one[None] for one in known))
    pictures = tuple(_sheet(one, limit) if _is_drawn(one) else None for one in kernels)
    scale = max(1, TILE_PIXELS // known[0].shape[1])
    return Sheets(name, _words(known, limit), pictures, scale)


def _is_drawn(kernel):
    return kernel is not None and kernel.ndim == 4 and kernel.shape[2] in IMAGE_CHANNELS


def _sheet(kernel, limit):
    paint = color_sheet if kernel.shape[2] == COLORS else slice_sheet
    shown = np.asarray(kernel, np.float32)[..., :MOST_FILTERS]
    return paint(shown, limit, min(IN_ROW, shown.shape[3]))


def _words(kernels, limit):
    end = short(float(limit))
    meaning = (
        f"Red, green and blue as in an image: grey is 0, full colour is ±{end}"
        if any(one.shape[2] == COLORS for one in kernels)
        else f"Orange above 0, blue below, full colour at ±{end}"
    )
    most = max(one.shape[3] for one in kernels)
    cut = f" The first {MOST_FILTERS} of {most:,} filters." if most > MOST_FILTERS else ""
    return (
        f"{meaning}, on one scale for both. Filter 1 is at the top left, counted row by row."
        f"{cut}{_broken_words(kernels)}"
    )


def _broken_words(kernels):
    if all(np.isfinite(one).all() for one in kernels):
        return ""
    return " What is not a number is grey as well."
