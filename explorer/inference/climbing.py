"""Changing pictures step by step so that they excite a part of a network. Loads TensorFlow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import keras
import numpy as np
import tensorflow as tf

from explorer.inference.picture_forms import SPREAD, Form, moved

Tell = Callable[[float, str], None]

RATE, KEEP_MEAN, KEEP_SQUARE, TINY = 0.05, 0.9, 0.999, 1e-8  # Adam
CHUNK = 16  # steps between two looks at whether anybody still waits
PATIENCE = 64  # steps after which pictures that change nothing at all are given up
SPREADS = (SPREAD, 1.0)  # of the start, at the first and the second try
CHANNEL, UNIT = "channel", "unit"


@dataclass(frozen=True, eq=False)
class Climbed:
    """The pictures found, and how strongly they excite what they were made for.

    Args:
        pictures: (pictures, height, width, channels) uint8
        activations: Of the pictures as they are, not moved. (pictures,)
        dead: Whether nothing that was tried changed the activation. (pictures,)
    """

    pictures: np.ndarray
    activations: np.ndarray
    dead: np.ndarray


@dataclass(frozen=True)
class Climb:
    """What is climbed: the activation of channels of one layer, by changing pictures.

    Args:
        model: From images with values 0 to 255 to the outputs of the layer, channels last.
        form: How the pictures are described.
        part: `"channel"` for the mean over all places of the layer's output, `"unit"` for the
            place in the middle. Layers without places have units alone, and both are the same.
        num_steps: How often each picture is changed.
        seed: Decides how pictures begin and are moved; each channel has its own sequence.
    """

    model: keras.Model
    form: Form
    part: str
    num_steps: int
    seed: int = 0

    def run(self, channels: Sequence[int], tell: Tell) -> Climbed:
        """Make one picture for each channel; those that nothing excites are tried once more.

        ReLU and pooling let no gradient through where they put out nothing. The second try
        begins with another seed and a picture of strong contrast.

        Args:
            channels: Which channels, units or classes. (pictures,)
            tell: Called with the share done and words.

        Raises:
            ValueError: The network puts out what is not a number.
        """
        channels = np.asarray(channels, np.int64)
        numbers = np.zeros((len(channels), *self.form.shape), np.float32)
        dead = np.full(len(channels), True)
        for number, spread in enumerate(SPREADS):
            again = np.flatnonzero(dead)
            if len(again):
                numbers[again], dead[again] = self._try(channels[again], number, spread, tell)
        pictures = np.rint(self.form.pixels(tf.constant(numbers))).astype(np.uint8)
        return Climbed(pictures, self.activations(pictures, channels), dead)

    def activations(self, pictures: np.ndarray, channels: np.ndarray) -> np.ndarray:
        """Measure how strongly each picture excites its channel. (pictures,)."""
        outputs = self.model(np.asarray(pictures, np.float32), training=False)
        return np.asarray(excitation(outputs, channels, self.part))

    def _try(self, channels, number, spread, tell):
        """Return the numbers that describe the pictures, and which of them changed nothing."""
        rngs = [np.random.default_rng([self.seed, number, channel]) for channel in channels]
        numbers = np.stack([self.form.start(rng, spread) for rng in rngs])
        moves = np.stack([self.form.moves(rng, self.num_steps) for rng in rngs], axis=1)
        advance = _advance(self.model, self.form, self.part)
        state = tuple(tf.constant(part) for part in (numbers, 0 * numbers, 0 * numbers))
        lowest, highest = np.full(len(channels), np.inf), np.full(len(channels), -np.inf)
        for start in range(0, self.num_steps, CHUNK):
            share = (number + start / self.num_steps) / len(SPREADS)
            tell(share if number else start / self.num_steps, "Making pictures")
            chunk = moves[start : start + CHUNK]
            state, seen = advance(state, chunk, tf.constant(start), channels)
            seen = np.asarray(seen)
            _check_numbers(seen)
            lowest = np.minimum(lowest, seen.min(axis=0))
            highest = np.maximum(highest, seen.max(axis=0))
            if start >= PATIENCE and (lowest == highest).all():
                break
        return np.asarray(state[0]), lowest == highest


def excitation(outputs: tf.Tensor, channels: np.ndarray, part: str) -> tf.Tensor:
    """Return how strongly each image excites its channel.

    Args:
        outputs: Of a layer. (images, ..., channels)
        channels: One for each image. (images,)
        part: `"channel"` or `"unit"`, see `Climb`.

    Returns:
        (images,)
    """
    return tf.gather(strengths(outputs, part), channels, axis=1, batch_dims=1)


def strengths(outputs: tf.Tensor, part: str) -> tf.Tensor:
    """Return how strongly each image excites every channel, see `Climb`. (images, channels)."""
    places = outputs.shape[1:-1]
    if part == CHANNEL:
        return tf.reduce_mean(outputs, axis=list(range(1, 1 + len(places))))
    for length in places:
        outputs = outputs[:, length // 2]
    return outputs


@lru_cache(maxsize=8)
def _advance(model, form, part):
    """Compile some steps of Adam on all pictures at once."""

    def step(k, state, moves, start, channels):
        numbers, mean, square = state
        with tf.GradientTape() as tape:
            tape.watch(numbers)
            images = moved(form.pixels(numbers), moves[k])
            strength = excitation(model(images, training=False), channels, part)
            loss = -tf.reduce_sum(strength)
        slope = tape.gradient(loss, numbers)
        mean = KEEP_MEAN * mean + (1 - KEEP_MEAN) * slope
        square = KEEP_SQUARE * square + (1 - KEEP_SQUARE) * slope**2
        done = tf.cast(start + k + 1, tf.float32)
        direction = mean / (1 - KEEP_MEAN**done)
        size = tf.sqrt(square / (1 - KEEP_SQUARE**done)) + TINY
        return (numbers - RATE * direction / size, mean, square), strength

    @tf.function(reduce_retracing=True, autograph=False)
    def advance(state, moves, start, channels):
        count = tf.shape(moves)[0]

        def one_more(k, state, seen):
            state, strength = step(k, state, moves, start, channels)
            return k + 1, state, seen.write(k, strength)

        begun = (tf.constant(0), state, tf.TensorArray(tf.float32, count))
        _, state, seen = tf.while_loop(lambda k, *_: k < count, one_more, begun)
        return state, seen.stack()

    return advance


def _check_numbers(seen):
    if not np.isfinite(seen).all():
        raise ValueError(
            "The network puts out what is not a number: the weights of this checkpoint are damaged "
            "by a training that diverged. Choose an earlier checkpoint."
        )
