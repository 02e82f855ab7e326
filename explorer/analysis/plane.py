"""The plane on which the paths of trainings are drawn, and random directions for another.

Sources: Li, Xu, Taylor, Studer and Goldstein, "Visualizing the loss landscape of neural nets"
(NeurIPS 2018), sections 4 and 7. A network is a point whose coordinates are its weights. The
checkpoints of a training lie in a space of a hundred thousand dimensions; the plane that keeps
most of their spread is that of the first two principal components. What a surface over this plane
shows under a projected checkpoint is not the loss of that checkpoint: it stands off the plane.
"""

from dataclasses import dataclass

import numpy as np

FEWEST_POINTS = 3  # two lie on a line
FLAT = 1e-6  # share of the longest spread under which there is no second direction
TINY = 1e-10
CHUNK = 1 << 20  # coordinates that are multiplied at once, in double precision


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane in the space of all weights.

    Args:
        origin: The point at (0, 0). (weights,)
        directions: Two vectors; for principal components of length 1 and at right angles.
            (2, weights)
        explained: Share of the points' variance along each direction; NaN where there are none.
            (2,)
    """

    origin: np.ndarray
    directions: np.ndarray
    explained: np.ndarray

    def at(self, x: float, y: float) -> np.ndarray:
        """Return the point of the plane with these coordinates. (weights,)."""
        return self.origin + np.float32(x) * self.directions[0] + np.float32(y) * self.directions[1]

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the places on the plane that are nearest to points.

        For a plane whose directions have length 1 and stand at right angles.

        Args:
            points: (points, weights)

        Returns:
            Coordinates (points, 2); how far each point is from the plane (points,).
        """
        away = np.stack([point - self.origin for point in points]).astype(np.float64)
        places = away @ self.directions.T.astype(np.float64)
        length = np.einsum("ij,ij->i", away, away) - np.einsum("ij,ij->i", places, places)
        return places, np.sqrt(np.maximum(length, 0.0))


def principal_plane(points: np.ndarray, origin: np.ndarray) -> Plane:
    """Lay a plane along the two directions in which points are spread most.

    The components come from the inner products of the points with each other, a small table,
    instead of the points themselves: a decomposition in as many dimensions as points.

    Args:
        points: Where trainings were; all finite. (points, weights)
        origin: The point that the plane goes through. (weights,)

    Raises:
        ValueError: The points are fewer than three, or lie on a line.
    """
    if len(points) < FEWEST_POINTS:
        raise ValueError(
            f"A plane needs {FEWEST_POINTS} checkpoints or more, and there are {len(points)}."
        )
    centred = np.eye(len(points)) - 1.0 / len(points)
    inner = centred @ _inner_products(points) @ centred
    variances, mixes = np.linalg.eigh(inner)
    variances, mixes = variances[::-1], mixes[:, ::-1]
    if not variances[1] > FLAT**2 * variances[0]:
        raise ValueError(
            "The checkpoints lie on one straight line, or are all the same: there is no plane."
        )
    mixes = (centred @ mixes[:, :2]) / np.sqrt(variances[:2])
    directions = np.stack([_mixed(points, mix) for mix in mixes.T])
    return Plane(origin, _pointing(directions, points, origin), variances[:2] / variances.sum())


def _inner_products(points):
    """Multiply differences from the first point, so that no digits are lost to their common part.

    (points, points) float64
    """
    products = np.zeros((len(points), len(points)))
    for start in range(0, points.shape[1], CHUNK):
        part = points[:, start : start + CHUNK].astype(np.float64)
        part -= part[0].copy()
        products += part @ part.T
    return products


def _mixed(points, mix):
    """Return the weighted sum of points, whose weights sum to 0, as a direction of length 1."""
    direction = np.zeros(points.shape[1])
    for weight, point in zip(mix, points, strict=True):
        direction += weight * (point.astype(np.float64) - points[0])
    return (direction / np.linalg.norm(direction)).astype(points.dtype)


def _pointing(directions, points, origin):
    """Turn each direction towards the point that is furthest along it; a sign is else chance."""
    along = np.stack([(point - origin) @ directions.T for point in points])
    furthest = np.take_along_axis(along, np.abs(along).argmax(axis=0)[None], axis=0)[0]
    return directions * np.where(furthest < 0, -1, 1).astype(directions.dtype)[:, None]


def filter_normalised(direction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Give every filter of a random direction the length of the network's own filter.

    Networks with ReLU compute the same when one layer is scaled up and the next one down.
    Directions of one length for all would make the scaled network look flat, or steep.

    Args:
        direction: Random numbers; the last axis counts filters, as in Keras. (..., filters)
        weights: Of the same shape. Biases and the numbers of normalisation, which have one axis,
            do not move: their direction is 0.
    """
    if np.ndim(weights) <= 1:
        return np.zeros_like(weights)
    axes = tuple(range(np.ndim(weights) - 1))
    own = np.sqrt(np.sum(np.square(weights, dtype=np.float64), axis=axes))
    drawn = np.sqrt(np.sum(np.square(direction, dtype=np.float64), axis=axes))
    return (direction * (own / (drawn + TINY))).astype(weights.dtype)


def random_directions(weights: list[np.ndarray], seed: int) -> np.ndarray:
    """Draw two filter-normalised directions from a network.

    Args:
        weights: Its trainable weights, tensor by tensor.
        seed: Decides what is drawn.

    Returns:
        (2, weights)
    """
    rng = np.random.default_rng(seed)
    return np.stack([_random_direction(weights, rng) for _ in range(2)])


def _random_direction(weights, rng):
    drawn = [rng.standard_normal(np.shape(one)) for one in weights]
    return np.concatenate(
        [filter_normalised(*pair).ravel() for pair in zip(drawn, weights, strict=True)]
    )


def bounds(places: np.ndarray, margin: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners of a window around places, with a margin as a share of its sides.

    Args:
        places: (places, 2)
        margin: Such as 0.2.

    Returns:
        The lowest and the highest corner. (2,), (2,)
    """
    low, high = places.min(axis=0), places.max(axis=0)
    span = high - low
    wide = np.where(span > 0, span, span.max())
    return low - margin * wide, high + margin * wide
