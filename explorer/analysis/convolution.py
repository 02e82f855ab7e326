"""Convolution and pooling as layers compute them, in NumPy: window by window, open to inspection.

What deep learning calls convolution is cross-correlation: the kernel is not flipped (Goodfellow,
Bengio, Courville, "Deep Learning", 2016, section 9.1). Sizes and padding are those of Keras: with
`"same"`, of an odd number of added rows the bottom gets one more than the top.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

PADDINGS = ("valid", "same")
ACTIVATIONS = {
    "none": lambda values: values,
    "relu": lambda values: np.maximum(values, 0),
    "sigmoid": lambda values: 1 / (1 + np.exp(-np.clip(values, -700, 700))),
    "tanh": np.tanh,
}


@dataclass(frozen=True)
class Sliding:
    """How a window slides over an image: alike for height and width.

    Args:
        size: Rows and columns of the window, at least 1.
        stride: Cells it moves on at a time, at least 1.
        padding: `"valid"` stays inside the image; `"same"` adds borders, so that with a stride of
            1 as much comes out as went in.
        dilation: Distance between neighbouring cells of the window, at least 1.

    Raises:
        ValueError: A number is below 1, or the padding is unknown.
    """

    size: int
    stride: int = 1
    padding: str = "valid"
    dilation: int = 1

    def __post_init__(self):
        for name in ("size", "stride", "dilation"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"The {name} is {getattr(self, name)}. Give a whole number from 1."
                )
        if self.padding not in PADDINGS:
            raise ValueError(f"The padding is {self.padding!r}. Choose one of {PADDINGS}.")

    @property
    def extent(self) -> int:
        """Rows from the first to the last cell of the window."""
        return self.dilation * (self.size - 1) + 1

    def length(self, given: int) -> int:
        """Return how many places the window has along a side of `given` cells; 0 if none."""
        if self.padding == "same":
            return -(-given // self.stride)
        return max(0, (given - self.extent) // self.stride + 1)

    def borders(self, given: int) -> tuple[int, int]:
        """Return how many rows are added at the top and at the bottom, or left and right."""
        if self.padding == "valid":
            return 0, 0
        added = max(0, (self.length(given) - 1) * self.stride + self.extent - given)
        return added // 2, added - added // 2

    def cells(self, place: int, given: int) -> np.ndarray:
        """Return which cells the window covers; those outside 0 to `given` are border. (size,)"""
        start = place * self.stride - self.borders(given)[0]
        return start + self.dilation * np.arange(self.size)

    def left_out(self, given: int) -> int:
        """Return how many rows at the end no window covers, as the next step would leave the image.

        >>> Sliding(3, stride=4).left_out(9)
        2
        """
        places = self.length(given)
        last = self.cells(places - 1, given)[-1] if places else -1
        return max(0, given - int(last) - 1)

    def skipped(self, given: int) -> int:
        """Return how many rows no window looks at, though later ones are looked at.

        >>> Sliding(2, stride=3).skipped(8)
        2
        """
        covered = {
            int(cell) for place in range(self.length(given)) for cell in self.cells(place, given)
        }
        inside = sum(0 <= cell < given for cell in covered)
        return given - inside - self.left_out(given) if covered else 0

    def reached(self, cell: int, given: int) -> np.ndarray:
        """Return all places at which the window covers a cell, ascending."""
        places = np.arange(self.length(given))
        start = places * self.stride - self.borders(given)[0]
        apart = cell - start
        covered = (apart >= 0) & (apart < self.extent) & (apart % self.dilation == 0)
        return places[covered]


def convolve(
    image: np.ndarray, kernels: np.ndarray, bias: np.ndarray, sliding: Sliding
) -> np.ndarray:
    """Convolve an image with kernels, before the activation function.

    Args:
        image: (height, width, channels)
        kernels: (size, size, channels, filters)
        bias: (filters,)
        sliding: How the kernels slide.

    Returns:
        The feature maps. (rows, columns, filters)

    Raises:
        ValueError: The shapes do not fit each other.

    >>> convolve(np.ones((3, 3, 1)), np.ones((3, 3, 1, 1)), np.zeros(1), Sliding(3)).ravel()
    array([9.])
    """
    if kernels.shape[:3] != (sliding.size, sliding.size, image.shape[-1]):
        raise ValueError(
            f"The kernels have the shape {kernels.shape}; windows of {sliding.size} x "
            f"{sliding.size} on {image.shape[-1]} channels need ({sliding.size}, {sliding.size}, "
            f"{image.shape[-1]}, filters)."
        )
    return np.einsum("rcijk,ijkf->rcf", windows(image, sliding), kernels) + bias


def pool(image: np.ndarray, sliding: Sliding, kind: str) -> np.ndarray:
    """Let a window take the maximum or the mean of each channel. Borders do not count.

    Args:
        image: (height, width, channels)
        sliding: How the window slides.
        kind: `"max"` or `"average"`.

    Returns:
        (rows, columns, channels)

    Raises:
        ValueError: The kind is unknown.

    >>> pool(np.arange(4.0).reshape(2, 2, 1), Sliding(2, 2), "average").ravel()
    array([1.5])
    """
    if kind not in POOLS:
        raise ValueError(f"The kind of pooling is {kind!r}. Choose one of {tuple(POOLS)}.")
    return POOLS[kind](windows(image, sliding, outside=np.nan), axis=(2, 3))


POOLS = {"max": np.nanmax, "average": np.nanmean}


def windows(image: np.ndarray, sliding: Sliding, outside: float = 0.0) -> np.ndarray:
    """Return what the window sees at each of its places.

    Args:
        image: (height, width, channels)
        sliding: How the window slides.
        outside: What stands in added borders.

    Returns:
        (rows, columns, size, size, channels)
    """
    image = np.asarray(image, np.float64)
    rows, columns = (sliding.length(given) for given in image.shape[:2])
    if not rows or not columns:
        return np.zeros((rows, columns, sliding.size, sliding.size, image.shape[-1]))
    borders = [sliding.borders(given) for given in image.shape[:2]]
    padded = np.pad(image, [*borders, (0, 0)], constant_values=outside)
    seen = sliding_window_view(padded, (sliding.extent, sliding.extent), axis=(0, 1))
    seen = seen[:: sliding.stride, :: sliding.stride, :, :: sliding.dilation, :: sliding.dilation]
    return seen.transpose(0, 1, 3, 4, 2)


def receptive_field(chain: list[Sliding]) -> tuple[int, int]:
    """Return how far one cell behind a chain of layers sees, and how far its neighbour is moved.

    After Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks",
    Distill, 2019.

    Args:
        chain: The layers, the first one first.

    Returns:
        Rows of the image that one cell depends on, and rows between neighbouring cells.

    >>> receptive_field([Sliding(3), Sliding(2, 2), Sliding(3)])
    (8, 2)
    """
    field, jump = 1, 1
    for one in chain:
        field += (one.extent - 1) * jump
        jump *= one.stride
    return field, jump


def num_parameters(size: int, channels: int, filters: int) -> int:
    """Return how many numbers a convolution learns: its kernels and a bias each.

    >>> num_parameters(3, 3, 16)
    448
    """
    return size * size * channels * filters + filters


def num_dense_parameters(given: tuple[int, int, int], made: tuple[int, int, int]) -> int:
    """Return how many a dense layer between the same volumes would learn.

    Args:
        given: Height, width and channels of what goes in.
        made: Of what comes out.

    >>> num_dense_parameters((32, 32, 3), (32, 32, 16))
    50348032
    """
    inputs, outputs = np.prod(given, dtype=object), np.prod(made, dtype=object)
    return int(inputs * outputs + outputs)
