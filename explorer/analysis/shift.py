"""What becomes of a feature map when the image is moved: equivariance, and what breaks it.

A map is *equivariant* when moving the image moves the map with it; *invariant* would be a map that
stays as it is. A convolution is equivariant away from the borders; strides and pooling are so only
for shifts by whole strides (Zhang, "Making Convolutional Networks Shift-Invariant Again", ICML
2019).
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from explorer.analysis.convolution import Sliding, convolve, pool, windows

EMPTY, EDGE = "empty", "edge"  # what stands where the image came from: 0, or the nearest pixel
STRIDE_1, STRIDE_2, POOLED = "Stride 1", "Stride 2", "Max pooling"
WAYS = {STRIDE_1: 1, STRIDE_2: 2, POOLED: 2}  # rows of the image between two rows of the map
OBJECTS = {
    "Ring": lambda y, x: abs(np.hypot(y, x) - 2.6) < 0.8,
    "Cross": lambda y, x: (np.minimum(abs(y), abs(x)) < 1) & (np.maximum(abs(y), abs(x)) < 4),
    "Triangle": lambda y, x: (abs(y) < 3) & (abs(x) <= (y + 3) / 2),
    "Square": lambda y, x: np.maximum(abs(y), abs(x)) < 3,
}


@dataclass(frozen=True, eq=False)
class Moved:
    """Feature maps of an image at every shift, and how far they are from the map moved along.

    Args:
        way: A key of `WAYS`.
        shifts: Rows and columns the image is moved by. (shifts, 2)
        maps: Shift, then convolve. (shifts, rows, columns)
        steps: Whole cells the map of the image that stays has to be moved by, to come as near as
            it can: convolve, then shift. (shifts, 2)
        inside: Largest difference between the two where every pixel that is needed lies in the
            image before and after; as a share of how far the smallest and the largest value of all
            the maps are apart, so at most 1. (shifts,)
        borders: The same of all other cells. (shifts,)
    """

    way: str
    shifts: np.ndarray
    maps: np.ndarray
    steps: np.ndarray
    inside: np.ndarray
    borders: np.ndarray

    @property
    def is_whole(self) -> np.ndarray:
        """Whether a shift is a multiple of the stride, both ways. (shifts,)"""
        return (self.shifts % WAYS[self.way] == 0).all(axis=1)


def shifts_within(reach: int) -> np.ndarray:
    """List all shifts of up to `reach` pixels down and right, or up and left. (shifts, 2)

    >>> shifts_within(1)[:4].tolist()
    [[-1, -1], [-1, 0], [-1, 1], [0, -1]]
    """
    return np.array(list(product(range(-reach, reach + 1), repeat=2)))


def shifts_around(distances: list[int]) -> np.ndarray:
    """List the shifts in eight directions; the slanting ones go as far both ways. (shifts, 2)

    >>> len(shifts_around([3, 6]))
    16
    """
    directions = [one for one in product((-1, 0, 1), repeat=2) if any(one)]
    return np.array([[far * d for d in one] for far in distances for one in directions])


def moved(image: np.ndarray, shift: tuple[int, int], fill: str) -> np.ndarray:
    """Move an image; what leaves it is lost.

    Args:
        image: (height, width, ...)
        shift: Rows down and columns right; negative ones go up and left.
        fill: What stands where nothing was: `"empty"` for 0, `"edge"` for the nearest pixel.

    Raises:
        ValueError: The fill is unknown.

    >>> moved(np.array([[1, 2, 3]]), (0, 1), "edge").tolist()
    [[1, 1, 2]]
    """
    if fill not in (EMPTY, EDGE):
        raise ValueError(f"The fill is {fill!r}. Choose {EMPTY!r} or {EDGE!r}.")
    lengths = image.shape[:2]
    rows, columns = (np.arange(n) - by for n, by in zip(lengths, shift, strict=True))
    found = image[np.clip(rows, 0, lengths[0] - 1)][:, np.clip(columns, 0, lengths[1] - 1)]
    if fill == EMPTY:
        found[(rows < 0) | (rows >= lengths[0])] = 0
        found[:, (columns < 0) | (columns >= lengths[1])] = 0
    return found


def placed(name: str, size: int) -> np.ndarray:
    """Draw an object in the middle of an empty picture.

    Args:
        name: A key of `OBJECTS`.
        size: Rows and columns of the picture.

    Returns:
        0 where it is empty, 1 on the object. (size, size)
    """
    y, x = np.mgrid[:size, :size] - (size // 2)
    return OBJECTS[name](y, x) * 1.0


def feature_map(image: np.ndarray, kernel: np.ndarray, way: str) -> np.ndarray:
    """Convolve a grey image, with borders of 0 as Keras adds for `padding="same"`.

    Args:
        image: (height, width)
        kernel: (size, size)
        way: A key of `WAYS`; pooling takes the maximum of 2 x 2 cells of the map.

    Returns:
        (rows, columns)
    """
    sliding = _sliding(kernel, way)
    found = convolve(image[..., None], kernel[..., None, None], np.zeros(1), sliding)
    return (pool(found, Sliding(2, 2), "max") if way == POOLED else found)[..., 0]


def move_and_watch(image: np.ndarray, kernel: np.ndarray, way: str, shifts: np.ndarray) -> Moved:
    """Move an image on an empty background and compare its maps with the unmoved one, moved.

    Args:
        image: (height, width)
        kernel: (size, size)
        way: A key of `WAYS`.
        shifts: Rows and columns. (shifts, 2)
    """
    still = feature_map(image, kernel, way)
    maps = np.stack([feature_map(moved(image, tuple(one), EMPTY), kernel, way) for one in shifts])
    scale = max(_span(maps, still), np.finfo(float).tiny)
    whole = _whole(np.ones(image.shape), kernel, way)
    steps, inside, borders = [], [], []
    for shift, found in zip(shifts, maps, strict=True):
        known = _whole(moved(np.ones(image.shape), tuple(shift), EMPTY), kernel, way)
        tried = [_apart(found, still, known, whole, step) for step in _steps(shift, way)]
        best = min(tried, key=lambda one: one[:2])
        inside.append(best[0] / scale)
        borders.append(best[1] / scale)
        steps.append(best[2])
    return Moved(way, shifts, maps, np.array(steps), np.array(inside), np.array(borders))


def _span(*maps):
    """Return how far values are apart at most; 0, which fills what was moved away, is one."""
    return max(one.max(initial=0) for one in maps) - min(one.min(initial=0) for one in maps)


def _apart(found, still, known, whole, step):
    """Return the largest differences inside and at the borders, and the step."""
    apart = np.abs(found - moved(still, step, EMPTY))
    is_inside = known & moved(whole, step, EMPTY)
    return (apart[is_inside].max(initial=0), apart[~is_inside].max(initial=0), step)


def _steps(shift, way):
    """List the moves of the map that come near a shift: one, or two each way where none fits."""
    ways = [sorted({int(by) // WAYS[way], -(-int(by) // WAYS[way])}) for by in shift]
    return list(product(*ways))


def _whole(known, kernel, way):
    """Say which cells of the map see only pixels that are known. (rows, columns)"""
    found = windows(known[..., None], _sliding(kernel, way)).min(axis=(2, 3))
    if way == POOLED:
        found = windows(found, Sliding(2, 2)).min(axis=(2, 3))
    return found[..., 0] > 0


def _sliding(kernel, way):
    return Sliding(len(kernel), 2 if way == STRIDE_2 else 1, "same")
