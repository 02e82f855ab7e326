"""Kernels that people have drawn by hand for decades, and pictures small enough to read.

Kernels after Gonzalez and Woods, "Digital Image Processing", 4th edition, 2018, chapter 3.
"""

import numpy as np

CLASSICS: dict[str, tuple[str, list[list[float]]]] = {
    "identity": ("Identity: nothing changes", [[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "blur": ("Blur: the mean of the neighbours", [[1 / 9] * 3] * 3),
    "sharpen": ("Sharpen", [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "edges": ("Edges in every direction", [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    "sobel_x": ("Sobel: left to right", [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "sobel_y": ("Sobel: top to bottom", [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "laplacian": ("Laplacian: where brightness bends", [[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    "emboss": ("Emboss: light from the top left", [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
}


def classic(name: str, size: int) -> np.ndarray:
    """Return a kernel of a given size: larger ones get zeros around, smaller ones its middle.

    Args:
        name: A key of `CLASSICS`.
        size: Rows and columns, 1 to 7.

    Returns:
        (size, size)

    >>> classic("identity", 1)
    array([[1.]])
    """
    if name == "blur":
        return np.full((size, size), 1 / size**2)
    if name == "identity":
        kernel = np.zeros((size, size))
        kernel[(size - 1) // 2, (size - 1) // 2] = 1
        return kernel
    kernel = np.array(CLASSICS[name][1], float)
    if size < 3:
        return kernel[1 : 1 + size, 1 : 1 + size]
    before = (size - 3) // 2
    return np.pad(kernel, (before, size - 3 - before))


def drawn(name: str, size: int) -> np.ndarray:
    """Draw a small picture, dark to light from 0 to 1.

    Args:
        name: A key of `DRAWN`.
        size: Rows and columns.

    Returns:
        (size, size)

    >>> drawn("Edge", 2)
    array([[0., 1.],
           [0., 1.]])
    """
    y, x = np.mgrid[:size, :size]
    return np.clip(DRAWN[name](y, x, size), 0, 1).round(1)


def drawn_in_color(size: int) -> np.ndarray:
    """Draw a circle of red light, a cross of green and a slope of blue. (size, size, 3)"""
    return np.stack([drawn(name, size) for name in ("Circle", "Cross", "Slope")], axis=-1)


DRAWN = {
    "Edge": lambda y, x, size: (x >= size / 2) * 1.0,
    "Cross": lambda y, x, size: (
        (np.minimum(abs(2 * y + 1 - size), abs(2 * x + 1 - size)) <= 2) * 1.0
    ),
    "Diagonal": lambda y, x, size: (abs(x - y) <= 1) * 1.0,
    "Circle": lambda y, x, size: (
        1.0 - abs(np.hypot(y - (size - 1) / 2, x - (size - 1) / 2) - size / 3) / 1.5
    ),
    "Slope": lambda y, x, size: (x + y) / max(1, 2 * size - 2),
}
