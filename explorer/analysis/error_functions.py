"""Error functions of one and two numbers, simple enough to see gradient descent at work.

Each has its gradient and its curvature: the largest eigenvalue of its second derivatives, which
bounds the learning rate. Points are pairs `(x, y)`; functions of one number ignore `y`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

NARROW = 20.0  # curvature across the narrow valley; along it, 1
STEEP = 10.0  # curvature of the narrow valley in one dimension
TILT = 0.1  # lowers the left of the two minima
ACROSS = 2.0  # curvature of the two minima across the line that joins them

Field = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class ErrorFunction:
    """A function to go down on.

    Args:
        name: For code and addresses.
        num_dimensions: 1 or 2.
        reach: How far the drawing goes to each side of 0, in x and in y.
        height: A large error; what is drawn of a function of one number ends there.
        starts: Where x may begin, ascending.
        usual_start: Which of `starts` is shown first.
        start_y: Where y begins.
        minima: The lowest points. (minima, 2)
        value: Points to errors. (..., 2) to (...)
        gradient: Points to gradients. (..., 2) to (..., 2)
        curvature: Points to curvatures. (..., 2) to (...)
    """

    name: str
    num_dimensions: int
    reach: tuple[float, float]
    height: float
    starts: tuple[float, ...]
    usual_start: int
    start_y: float
    minima: np.ndarray
    value: Field
    gradient: Field
    curvature: Field

    def start(self, place: int) -> np.ndarray:
        """Return the start with a number of `starts`. (2,)"""
        return np.array([self.starts[place], self.start_y])

    def above_minimum(self, points: np.ndarray) -> np.ndarray:
        """Return how far errors are above that of the nearest minimum. (..., 2) to (...)"""
        apart = np.linalg.norm(points[..., None, :] - self.minima, axis=-1)
        return self.value(points) - self.value(self.minima)[apart.argmin(axis=-1)]


def quadratic(along: float, across: float) -> tuple[Field, Field, Field]:
    """Return value, gradient and curvature of half the weighted sum of squares."""
    weights = np.array([along, across])
    return (
        lambda points: (weights * np.square(points)).sum(axis=-1) / 2,
        lambda points: weights * points,
        lambda points: np.full(points.shape[:-1], weights.max()),
    )


def plateau(num_dimensions: int) -> tuple[Field, Field, Field]:
    """Return a hollow in a plain: `1 - exp(-r² / 2)`, flat far from its lowest point."""

    def hollow(points):
        return np.exp(-np.square(points).sum(axis=-1) / 2)

    def curvature(points):
        radial = hollow(points) * (1 - np.square(points).sum(axis=-1))
        return radial if num_dimensions == 1 else hollow(points)

    return (
        lambda points: 1 - hollow(points),
        lambda points: points * hollow(points)[..., None],
        curvature,
    )


def two_minima(across: float) -> tuple[Field, Field, Field]:
    """Return two hollows near x = -1 and x = 1, the left one deeper: `(x² - 1)² / 4 + t x`."""

    def value(points):
        x, y = points[..., 0], points[..., 1]
        return (x**2 - 1) ** 2 / 4 + TILT * x + across * y**2 / 2

    def gradient(points):
        x, y = points[..., 0], points[..., 1]
        return np.stack([x**3 - x + TILT, across * y], axis=-1)

    return value, gradient, lambda points: np.maximum(3 * points[..., 0] ** 2 - 1, across)


def _minima_of_two() -> np.ndarray:
    roots = np.sort(np.roots([1, 0, -1, TILT]).real)  # of the derivative: minimum, top, minimum
    return np.stack([roots[[0, 2]], np.zeros(2)], axis=-1)


def _starts(reach: float) -> tuple[float, ...]:
    return tuple(np.round(np.linspace(-reach, reach, 21), 3).tolist())


AT_ZERO = np.zeros((1, 2))

# name, dimensions, reach, height, furthest start, usual start, start in y, minima, the function
_ALL = (
    ("bowl", 1, (2, 0), 2, 2, 19, 0, AT_ZERO, quadratic(1, 0)),
    ("narrow", 1, (2, 0), 2, 0.6, 19, 0, AT_ZERO, quadratic(STEEP, 0)),
    ("plateau", 1, (5, 0), 1.1, 5, 15, 0, AT_ZERO, plateau(1)),
    ("two minima", 1, (2, 0), 1.2, 1.8, 19, 0, _minima_of_two(), two_minima(-1)),
    ("bowl", 2, (2, 1.2), 2, 2, 19, 0.8, AT_ZERO, quadratic(1, 1)),
    ("narrow", 2, (2, 1.2), 2, 2, 19, 0.4, AT_ZERO, quadratic(1, NARROW)),
    ("plateau", 2, (4, 2.4), 1, 4, 15, 1, AT_ZERO, plateau(2)),
    ("two minima", 2, (2, 1.2), 1.2, 1.8, 17, 0.8, _minima_of_two(), two_minima(ACROSS)),
)
FUNCTIONS = {
    (name, dimensions): ErrorFunction(
        name, dimensions, reach, height, _starts(furthest), place, y, minima, *fields
    )
    for name, dimensions, reach, height, furthest, place, y, minima, fields in _ALL
}
