"""Gradient descent with momentum, step by step, and what becomes of it.

The update is that of Keras' SGD, called heavy ball: `v <- m v - r g`, `w <- w + v` (B. T. Polyak,
"Some methods of speeding up the convergence of iteration methods", 1964).
"""

from dataclasses import dataclass

import numpy as np

from explorer.analysis.error_functions import ErrorFunction

NUM_STEPS = 60
FAR = 1e6  # a ball so far out stays where it is: it will not come back
CLOSE = 0.01  # of the height of the drawing: so near to the lowest point it has arrived
FLAT = 0.01  # of the height of the drawing a unit: where the gradient is no longer felt
OFTEN = 0.1  # of the steps, from which a path is said to swing
ROUNDING = 1e-9  # of the height of the drawing
OUTCOMES = ("diverges", "thrown", "converges", "swings", "oscillates", "crawls")


@dataclass(frozen=True)
class Descent:
    """A path, or many at once.

    Args:
        points: Where the ball is after each step. (steps + 1, ..., 2)
        overshoots: Steps that ended beyond the lowest point in their direction, before it had
            arrived. (...)
    """

    points: np.ndarray
    overshoots: np.ndarray


def largest_stable_rate(curvature: float, momentum: float = 0.0) -> float:
    """Return the learning rate above which descent on a bowl diverges: `2 (1 + m) / curvature`.

    Source: Polyak (1964); G. Goh, "Why momentum really works", Distill (2017). It holds for all
    momenta from 0 to below 1. Where nothing curves upwards there is no bound.

    >>> largest_stable_rate(4.0), largest_stable_rate(4.0, 0.5)
    (0.5, 0.75)
    """
    return 2 * (1 + momentum) / curvature if curvature > 0 else float("inf")


def descend(
    function: ErrorFunction,
    start: np.ndarray,
    rates: np.ndarray | float,
    momenta: np.ndarray | float = 0.0,
    num_steps: int = NUM_STEPS,
) -> Descent:
    """Let a ball go down from a start at rest; rates and momenta of any shape, one path each.

    Args:
        function: What it goes down on.
        start: Where it begins. (2,)
        rates: Learning rates. (...)
        momenta: From 0 to below 1. (...)
        num_steps: How many updates.
    """
    rates, momenta = np.broadcast_arrays(np.asarray(rates, float), np.asarray(momenta, float))
    points = [np.broadcast_to(np.asarray(start, float), (*rates.shape, 2))]
    speed, overshoots = np.zeros_like(points[0]), np.zeros(rates.shape, int)
    for _ in range(num_steps):
        gone = np.abs(points[-1]).sum(axis=-1) > FAR
        pull = rates[..., None] * function.gradient(points[-1])
        speed = np.where(gone[..., None], speed, momenta[..., None] * speed - pull)
        points.append(np.where(gone[..., None], points[-1], points[-1] + speed))
        beyond = (function.gradient(points[-1]) * speed).sum(axis=-1) > 0
        overshoots = overshoots + (beyond & ~has_arrived(function, points[-1]))
    return Descent(np.stack(points), overshoots)


def has_arrived(function: ErrorFunction, points: np.ndarray) -> np.ndarray:
    """Say whether points are as good as at the lowest one. (..., 2) to (...)"""
    return function.above_minimum(points) < CLOSE * function.height


def outcomes(function: ErrorFunction, descent: Descent) -> np.ndarray:
    """Say what became of each path: one of `OUTCOMES`. (...)

    `"diverges"`: it ends higher than it began. `"thrown"`: likewise, but where it is flat, so that
    it stays there. `"converges"` and `"swings"`: it has arrived, the latter after it overshot in at
    least a tenth of its steps. `"oscillates"`: it has not, and overshoots as often. `"crawls"`:
    it has not, and does not.
    """
    first, last = descent.points[0], descent.points[-1]
    arrived = has_arrived(function, last)
    higher = function.value(last) - function.value(first) > ROUNDING * function.height
    flat = np.linalg.norm(function.gradient(last), axis=-1) < FLAT * function.height
    often = descent.overshoots >= OFTEN * (len(descent.points) - 1)
    cases = {
        "converges": arrived & ~often,
        "swings": arrived,
        "thrown": higher & flat,
        "diverges": higher,
        "oscillates": often,
    }
    return np.select(list(cases.values()), list(cases), "crawls")
