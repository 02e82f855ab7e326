"""A canvas for cartoons: outlined, softly shaded shapes, placed by one affine transformation.

Shapes are arrays of points in the units of a figure that stands between y = -1 (top) and
y = 1 (feet), with x to the right and y downwards.
"""

import colorsys
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

Color = tuple[int, int, int]

_ANGLES = np.linspace(0, 2 * np.pi, 28, endpoint=False)
_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)


def hsv(hue: float, saturation: float, value: float) -> Color:
    """Convert hue (any number, in turns), saturation and value (cut to 0..1) to 8-bit RGB."""
    clipped = min(max(saturation, 0.0), 1.0), min(max(value, 0.0), 1.0)
    return tuple(round(255 * part) for part in colorsys.hsv_to_rgb(hue % 1.0, *clipped))


def mix(color: Color, other: Color, share: float) -> Color:
    """Blend `share` of `other` into `color`."""
    return tuple(round(a + (b - a) * share) for a, b in zip(color, other, strict=True))


def darker(color: Color, share: float = 0.25) -> Color:
    """Blend a warm black into a colour."""
    return mix(color, (24, 12, 40), share)


def lighter(color: Color, share: float = 0.4) -> Color:
    """Blend white into a colour."""
    return mix(color, (255, 255, 250), share)


def oval(x: float, y: float, radius_x: float, radius_y: float, turn: float = 0.0) -> np.ndarray:
    """Return the outline of an ellipse, turned by `turn` radians. (points, 2)"""
    points = _CIRCLE * (radius_x, radius_y)
    if turn:
        cos, sin = np.cos(turn), np.sin(turn)
        points = points @ np.array([[cos, sin], [-sin, cos]])
    return points + (x, y)


def smooth(*corners: tuple[float, float]) -> np.ndarray:
    """Return a closed curve through all corners (a Catmull-Rom spline). (points, 2)"""
    return _spline(len(corners)) @ np.asarray(corners, dtype=float)


def curve(*corners: tuple[float, float], num_points: int = 9) -> np.ndarray:
    """Return the open Bezier curve that three or four corners control. (points, 2)"""
    return _bezier(len(corners), num_points) @ np.asarray(corners, dtype=float)


def box(x: float, y: float, width: float, height: float, taper: float = 0.0) -> np.ndarray:
    """Return a rounded box around (x, y); a positive `taper` makes the top narrower. (points, 2)"""
    top, bottom, half = width / 2 * (1 - taper), width / 2 * (1 + taper), height / 2
    round_by = 0.22 * min(width, height)
    corners = [(x - top, y - half), (x + top, y - half), (x + bottom, y + half)]
    return _round_corners(np.array([*corners, (x - bottom, y + half)]), round_by)


def taper(points: np.ndarray, start: float, end: float) -> np.ndarray:
    """Return the outline of a tail along `points` whose width goes from `start` to `end`."""
    along = np.gradient(points, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    across /= np.hypot(*along.T)[:, None] + 1e-9
    across *= np.linspace(start, end, len(points))[:, None] / 2
    return np.concatenate([points + across, (points - across)[::-1]])


@cache
def _spline(num_corners: int, steps: int = 5) -> np.ndarray:
    t = np.arange(steps) / steps
    weights = np.stack(
        [-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2]
    )
    matrix = np.zeros((num_corners, steps, num_corners))
    for corner in range(num_corners):
        for offset in range(4):
            matrix[corner, :, (corner + offset - 1) % num_corners] += weights[offset] / 2
    return matrix.reshape(-1, num_corners)


@cache
def _bezier(num_corners: int, num_points: int) -> np.ndarray:
    t = np.linspace(0, 1, num_points)[:, None]
    if num_corners == 3:
        return np.hstack([(1 - t) ** 2, 2 * t * (1 - t), t**2])
    return np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])


def _round_corners(corners: np.ndarray, radius: float) -> np.ndarray:
    before, after = np.roll(corners, 1, axis=0) - corners, np.roll(corners, -1, axis=0) - corners
    starts = corners + before * (radius / np.hypot(*before.T)[:, None])
    ends = corners + after * (radius / np.hypot(*after.T)[:, None])
    controls = np.stack([starts, corners, ends], axis=1)
    return (_bezier(3, 5) @ controls).reshape(-1, 2)


class Canvas:
    """Draws shapes given in figure units onto an image.

    Args:
        image: RGB image that is drawn on.
        matrix: Linear part of the transformation from figure units to pixels. (2, 2)
        origin: Where the figure's (0, 0) lies, in pixels. (2,)
        ink: Colour of all outlines.
        light: Where the light comes from, in figure units; the far side is shaded. (2,)
    """

    def __init__(
        self,
        image: Image.Image,
        matrix: np.ndarray,
        origin: np.ndarray,
        *,
        ink: Color = (30, 20, 40),
        light: tuple[float, float] = (-0.5, -0.8),
    ):
        self.image, self.matrix, self.origin = image, matrix, origin
        self.ink, self.light = ink, np.asarray(light)
        self.unit = float(np.sqrt(abs(np.linalg.det(matrix))))
        self.ink_width = max(2, round(0.034 * self.unit))
        self._draw = ImageDraw.Draw(image)

    def shape(self, points: np.ndarray, color: Color, *, shade: bool = False, inked: bool = True):
        """Fill a closed outline; `shade` darkens the side that is turned from the light."""
        flat = self._pixels(points)
        self._draw.polygon(flat, fill=darker(color) if shade else color)
        if shade:
            middle = (points.min(axis=0) + points.max(axis=0)) / 2
            reach = np.ptp(points, axis=0).min()
            lit = middle + (points - middle) * 0.84 + self.light * (0.075 * reach)
            self._draw.polygon(self._pixels(lit), fill=color)
        if inked:
            self._draw.line(flat + flat[:4], fill=self.ink, width=self.ink_width)

    def line(self, points: np.ndarray, width: float = 0.035, color: Color | None = None):
        """Draw an open stroke in ink or another colour."""
        self._draw.line(self._pixels(points), color or self.ink, max(1, round(width * self.unit)))

    def dot(self, x: float, y: float, radius: float, color: Color):
        """Draw a small disc without outline."""
        centre_x, centre_y = self._pixels(np.array([[x, y]]))
        size = max(radius * self.unit, 1)
        edges = (centre_x - size, centre_y - size, centre_x + size, centre_y + size)
        self._draw.ellipse(edges, fill=color)

    def tube(self, points: np.ndarray, width: float, color: Color):
        """Draw a limb: a thick stroke with round ends and an outline."""
        flat, inner = self._pixels(points), max(2, round(width * self.unit))
        for size, fill in ((inner + 2 * self.ink_width, self.ink), (inner, color)):
            self._draw.line(flat, fill=fill, width=size)
            for x, y in (flat[:2], flat[-2:]):
                self._draw.ellipse(
                    (x - size / 2, y - size / 2, x + size / 2, y + size / 2), fill=fill
                )

    def cluster(self, circles: list[tuple[float, float, float]], color: Color):
        """Draw discs (x, y, radius) that melt into one outlined, shaded form, as a cloud does."""
        edge = self.ink_width / self.unit
        for x, y, radius in circles:
            self.dot(x, y, radius + edge, self.ink)
        for x, y, radius in circles:
            self.dot(x, y, radius, darker(color, 0.2))
        for x, y, radius in circles:
            self.dot(*((x, y) + self.light * (0.16 * radius)), radius * 0.86, color)

    def _pixels(self, points: np.ndarray) -> list[float]:
        return (points @ self.matrix.T + self.origin).ravel().tolist()
