"""The bundled set: nine cartoon characters of our own, drawn from a seed.

They differ in form. Pose, scale, place, expression, colours, clothes, background, light and
what stands in front of them are drawn at random for every image, so that neither colour nor
place gives a character away.
"""

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from explorer.data.character_canvas import Canvas, darker
from explorer.data.character_cast import CAST
from explorer.data.character_parts import random_palette, random_pose
from explorer.data.character_scenes import background, foreground, light

_FIGURES = {figure.__name__: (figure, hue) for figure, hue in CAST.items()}
CHARACTERS: tuple[str, ...] = tuple(sorted(_FIGURES))

DRAWN_SIZE = 192  # Pixels; a multiple of the usual image sizes, so that edges come out smooth.
WORTH_HELPERS = 900  # Images; fewer are drawn sooner than processes start.
MAX_HELPERS = 8
PROJECT = Path(__file__).resolve().parents[2]


def draw_one(character: str, rng: np.random.Generator, image_size: int = 64) -> np.ndarray:
    """Draw one picture of a character.

    Args:
        character: One of `CHARACTERS`.
        rng: Decides everything that varies.
        image_size: Width and height of the picture, in pixels.

    Returns:
        The picture, uint8. (image_size, image_size, 3)
    """
    if character not in _FIGURES:
        known = ", ".join(CHARACTERS)
        raise ValueError(f"There is no character {character!r}; choose one of {known}.")
    figure, hue = _FIGURES[character]
    image = background(rng, DRAWN_SIZE)
    palette = random_palette(rng, hue)
    figure(_figure_canvas(image, rng, palette.main), random_pose(rng), palette)
    foreground(image, rng)
    return light(image.resize((image_size, image_size), Image.BOX), rng)


def _figure_canvas(image: Image.Image, rng: np.random.Generator, color) -> Canvas:
    """Place a figure: how large, where, how tilted, and whether mirrored."""
    half = image.width / 2
    unit = half * min(max(rng.normal(0.88, 0.1), 0.4), 1.1)
    spread = half * (0.4 if rng.random() < 0.06 else 0.12)
    origin = half + np.clip(rng.normal(0, spread, 2), -0.7 * half, 0.7 * half)
    tilt, mirror = rng.normal(0, 0.09), rng.choice((-1.0, 1.0))
    squash = rng.normal(1, 0.05)
    turn = np.array([[math.cos(tilt), -math.sin(tilt)], [math.sin(tilt), math.cos(tilt)]])
    matrix = turn @ np.diag([mirror * unit * squash, unit / squash])
    side = (rng.choice((-0.6, 0.6)), -0.8)
    ink = darker(color, rng.uniform(0.65, 0.95))
    return Canvas(image, matrix, origin, ink=ink, light=side)


def draw_number(index: int, image_size: int, seed: int) -> np.ndarray:
    """Draw one image of the set: image `index // 9` of class `index % 9`."""
    number, label = divmod(index, len(CHARACTERS))
    rng = np.random.default_rng((seed, label, number))
    return draw_one(CHARACTERS[label], rng, image_size)


def draw_characters(
    images_per_class: int = 1200,
    image_size: int = 64,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Draw the whole set. Image `i` of a class depends only on the seed, the class and `i`.

    Args:
        images_per_class: How many pictures of each character.
        image_size: Width and height of the pictures, in pixels.
        seed: Decides the whole set.
        progress: Called now and then with the numbers of images done and in all.

    Returns:
        Images, uint8 (images, image_size, image_size, 3); labels, int64 (images,), which run
        from 0 to 8 over and over; and the names of the nine classes.
    """
    total = images_per_class * len(CHARACTERS)
    images = np.empty((total, image_size, image_size, 3), dtype=np.uint8)
    for index, image in enumerate(iter_characters(images_per_class, image_size, seed)):
        images[index] = image
        if progress and ((index + 1) % 90 == 0 or index + 1 == total):
            progress(index + 1, total)
    return images, np.arange(total, dtype=np.int64) % len(CHARACTERS), CHARACTERS


def iter_characters(
    images_per_class: int = 1200,
    image_size: int = 64,
    seed: int = 0,
    *,
    num_helpers: int | None = None,
) -> Iterator[np.ndarray]:
    """Yield the images of `draw_characters` one by one, drawn by helper processes.

    The helpers are plain processes, not `multiprocessing`, whose children would import the
    program they were started from. What a helper fails to deliver is drawn here.

    Args:
        images_per_class: How many pictures of each character.
        image_size: Width and height of the pictures, in pixels.
        seed: Decides the whole set.
        num_helpers: How many processes; by default one on each core, or none for a small set.
    """
    total = images_per_class * len(CHARACTERS)
    if num_helpers is None:
        num_helpers = min(os.cpu_count() or 1, MAX_HELPERS) if total >= WORTH_HELPERS else 0
    shares = [range(first, total, num_helpers) for first in range(num_helpers)]
    with ExitStack() as stack:
        pipes = [stack.enter_context(_helper(share, image_size, seed)) for share in shares]
        for index in range(total):
            data = pipes[index % num_helpers].read(image_size**2 * 3) if pipes else b""
            if len(data) == image_size**2 * 3:
                yield np.frombuffer(data, np.uint8).reshape(image_size, image_size, 3)
            else:
                yield draw_number(index, image_size, seed)


@contextmanager
def _helper(share: range, image_size: int, seed: int) -> Iterator[BinaryIO]:
    """Start a process that draws the images of an index range, and yield its output."""
    command = [sys.executable, "-m", "explorer.data.character_worker"]
    numbers = [share.start, share.stop, share.step, image_size, seed]
    try:
        process = subprocess.Popen(
            [*command, *map(str, numbers)],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        yield BytesIO()
        return
    try:
        yield process.stdout
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
