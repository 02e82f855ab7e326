"""How a picture that is being made is described and moved about. Loads TensorFlow.

The *regularised* form is that of Olah, Mordvintsev and Schubert, "Feature visualization"
(Distill, 2017), and of their library Lucid: numbers are weights of waves instead of pixels, so
that no wave is favoured; colours vary as those of images do; and the network sees the picture
moved, turned and resized a little at every step, so that it has to work for all of these. The
*plain* form is pixels, each on its own, seen as they are.
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

REGULARISED, PLAIN = "regularised", "plain"
SPREAD = 0.01  # of the numbers at the start, as in Lucid
GREY = 127.5  # what lies beyond the edge of a picture that was moved
MOST_DEGREES = 10
SCALES = np.linspace(0.9, 1.1, 11)
JITTERS = (8 / 128, 4 / 128)  # of the picture's width: Lucid's 8 and 4 pixels for 128
# Lucid's square root of the covariance of colours in ImageNet: (red, green, blue) x 3 directions.
IMAGENET_COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]])


@dataclass(frozen=True)
class Form:
    """The description of square pictures.

    Args:
        way: `"regularised"` or `"plain"`.
        image_size: Width and height, in pixels.
        channels: 1 for grey, 3 for colour.
        colours: The directions in which colours vary, see `colour_directions`; three rows.
    """

    way: str
    image_size: int
    channels: int
    colours: tuple[tuple[float, ...], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the numbers that describe one picture."""
        if self.way == PLAIN:
            return (self.image_size, self.image_size, self.channels)
        return (self.channels, self.image_size, self.image_size // 2 + 1, 2)

    def start(self, rng: np.random.Generator, spread: float = SPREAD) -> np.ndarray:
        """Draw the numbers to begin with; the picture they describe is nearly even grey."""
        return rng.normal(0, spread, self.shape).astype(np.float32)

    def pixels(self, numbers: tf.Tensor) -> tf.Tensor:
        """Return the pictures described.

        Args:
            numbers: (pictures, *shape)

        Returns:
            Pixels, 0 to 255. (pictures, height, width, channels)
        """
        if self.way == PLAIN:
            return 255 * tf.sigmoid(numbers)
        waves = tf.complex(numbers[..., 0], numbers[..., 1]) * wave_scale(self.image_size)
        values = tf.signal.irfft2d(waves, [self.image_size, self.image_size]) / 4
        values = tf.transpose(values, [0, 2, 3, 1])
        if self.channels == 3:
            values = values @ tf.constant(np.transpose(self.colours), tf.float32)
        return 255 * tf.sigmoid(values)

    def moves(self, rng: np.random.Generator, num_steps: int) -> np.ndarray:
        """Draw how the network sees one picture at every step, as `moved` takes it."""
        if self.way == PLAIN:
            return np.tile(np.array(STILL, np.float32), (num_steps, 1))
        angles = np.deg2rad(rng.integers(-MOST_DEGREES, MOST_DEGREES + 1, num_steps))
        scales = rng.choice(SCALES, num_steps)
        shifts = np.zeros((num_steps, 2))
        for share in JITTERS:
            most = max(1, round(share * self.image_size))
            shifts += rng.integers(-most, most + 1, (num_steps, 2))
        return _transforms(angles, scales, shifts, (self.image_size - 1) / 2)


STILL = (1, 0, 0, 0, 1, 0, 0, 0)


def moved(pictures: tf.Tensor, moves: tf.Tensor) -> tf.Tensor:
    """Turn, resize and shift each picture; what comes in from beyond the edge is grey.

    Args:
        pictures: (pictures, height, width, channels)
        moves: From `Form.moves`, one for each picture. (pictures, 8)
    """
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=pictures,
        transforms=moves,
        output_shape=tf.shape(pictures)[1:3],
        fill_value=GREY,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )


def wave_scale(image_size: int) -> np.ndarray:
    """Return the weight of every wave: one over its frequency, as in photographs.

    Returns:
        (image_size, image_size // 2 + 1) complex64
    """
    down, across = np.fft.fftfreq(image_size), np.fft.rfftfreq(image_size)
    frequencies = np.hypot(down[:, None], across[None, :])
    return (image_size / np.maximum(frequencies, 1 / image_size)).astype(np.complex64)


def colour_directions(images: np.ndarray | None) -> tuple[tuple[float, ...], ...]:
    """Return the directions in which colours vary, strongest one at length 1.

    Args:
        images: Images of the network's data; without any, or where they have fewer than three
            independent colours, those of ImageNet stand in. (images, height, width, 3)

    Returns:
        Three rows: red, green and blue; a column is a direction.
    """
    factor = IMAGENET_COLOURS if images is None else _cholesky(images)
    scaled = factor / np.linalg.norm(factor, axis=0).max()
    return tuple(tuple(row) for row in scaled.tolist())


def _cholesky(images):
    covariance = np.cov(np.reshape(images, (-1, 3)).T / 255)
    if np.linalg.matrix_rank(covariance, tol=1e-6) < 3:
        return IMAGENET_COLOURS
    return np.linalg.cholesky(covariance)


def _transforms(angles, scales, shifts, middle) -> np.ndarray:
    """Return where each pixel of the moved picture comes from, about the middle. (moves, 8)."""
    cosines, sines = np.cos(angles) / scales, np.sin(angles) / scales
    left = middle - cosines * middle + sines * middle + shifts[:, 0]
    top = middle - sines * middle - cosines * middle + shifts[:, 1]
    zeros = np.zeros_like(cosines)
    rows = [cosines, -sines, left, sines, cosines, top, zeros, zeros]
    return np.stack(rows, axis=1).astype(np.float32)
