"""Where characters stand: backgrounds, things in front of them, and the light of the picture."""

import numpy as np
from PIL import Image, ImageFilter

from explorer.data.character_canvas import Canvas, Color, box, darker, hsv, lighter, oval, smooth


def random_color(rng: np.random.Generator) -> Color:
    """Draw any colour; scenes are paler than figures, so that figures stand out."""
    return hsv(rng.random(), rng.uniform(0.05, 0.42), rng.uniform(0.68, 1.0))


def _gradient(rng: np.random.Generator, size: int) -> Image.Image:
    ends = np.array([random_color(rng), random_color(rng)], dtype=float)
    share = np.linspace(0, 1, size)[:, None]
    column = ends[0] * (1 - share) + ends[1] * share
    return Image.fromarray(column[:, None].astype(np.uint8)).resize((size, size), Image.NEAREST)


def _scene_canvas(image: Image.Image, rng: np.random.Generator) -> Canvas:
    half = image.width / 2
    ink = darker(random_color(rng), 0.4)
    return Canvas(image, np.eye(2) * half, np.array([half, half]), ink=ink)


def _hills(canvas: Canvas, rng: np.random.Generator):
    canvas.shape(oval(*rng.uniform(-0.9, 0.9, 2), 0.2, 0.2), random_color(rng), inked=False)
    for x, y in rng.uniform((-1, -1), (1, -0.2), (int(rng.integers(0, 4)), 2)):
        puffs = [(x, y, 0.14), (x + 0.16, y + 0.03, 0.11), (x - 0.15, y + 0.04, 0.1)]
        canvas.cluster(puffs, lighter(random_color(rng), 0.7))
    for level in (0.2, 0.55):
        heights = rng.uniform(level - 0.2, level + 0.25, 5)
        ridge = [(-1.6, 1.8), *zip(np.linspace(-1.3, 1.3, 5), heights, strict=True), (1.6, 1.8)]
        canvas.shape(smooth(*ridge), random_color(rng), inked=bool(rng.random() < 0.5))


def _trees(canvas: Canvas, rng: np.random.Generator):
    _hills(canvas, rng)
    color = random_color(rng)
    for x, y in rng.uniform((-1, -0.4), (1, 0.5), (int(rng.integers(2, 6)), 2)):
        canvas.tube(np.array([(x, y), (x, y + 0.5)]), 0.09, darker(color, 0.4))
        if rng.random() < 0.5:
            canvas.cluster([(x - 0.13, y, 0.17), (x + 0.13, y, 0.16), (x, y - 0.18, 0.18)], color)
        else:
            crown = np.array([(x, y - 0.55), (x + 0.28, y + 0.1), (x - 0.28, y + 0.1)])
            canvas.shape(crown, color)


def _room(canvas: Canvas, rng: np.random.Generator):
    floor = rng.uniform(0.2, 0.7)
    canvas.shape(np.array([(-2, floor), (2, floor), (2, 2), (-2, 2)]), random_color(rng))
    for x, y in rng.uniform((-0.9, -0.9), (0.9, 0.0), (int(rng.integers(1, 4)), 2)):
        frame = rng.uniform(0.25, 0.6, 2)
        canvas.shape(box(x, y, *frame), random_color(rng))
        canvas.shape(box(x, y, *(0.7 * frame)), random_color(rng), inked=False)
    x, width = rng.uniform(-1, 1), rng.uniform(0.4, 1.0)
    canvas.shape(box(x, floor, width, rng.uniform(0.4, 0.9)), random_color(rng), shade=True)


def _city(canvas: Canvas, rng: np.random.Generator):
    for x in np.arange(-1, 1.2, 0.36) + rng.uniform(-0.1, 0.1):
        top, color = rng.uniform(-0.7, 0.5), random_color(rng)
        sides = x - 0.17, x + 0.17
        canvas.shape(
            np.array([(sides[0], top), (sides[1], top), (sides[1], 2), (sides[0], 2)]), color
        )
        pane = lighter(color, 0.6) if rng.random() < 0.6 else darker(color, 0.4)
        for y in np.arange(top + 0.12, 1, 0.22):
            canvas.dot(x - 0.07, y, 0.04, pane)
            canvas.dot(x + 0.07, y, 0.04, pane)


def _stripes(canvas: Canvas, rng: np.random.Generator):
    angle, color = rng.uniform(0, np.pi), random_color(rng)
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    width = rng.uniform(0.1, 0.35)
    for offset in np.arange(-1.5, 1.5, width * rng.uniform(1.6, 2.6)):
        canvas.line(
            np.array([offset * across - 2 * along, offset * across + 2 * along]), width, color
        )


def _clutter(canvas: Canvas, rng: np.random.Generator):
    inked = bool(rng.random() < 0.6)
    for x, y in rng.uniform(-1, 1, (int(rng.integers(6, 16)), 2)):
        radii = rng.uniform(0.08, 0.4, 2)
        turn = rng.uniform(0, np.pi)
        points = oval(x, y, *radii, turn)[:: int(rng.choice((1, 1, 5, 7, 9)))]
        canvas.shape(points, random_color(rng), inked=inked, shade=bool(rng.random() < 0.4))


def _noise(canvas: Canvas, rng: np.random.Generator):
    cells = int(rng.integers(4, 24))
    base = np.array(random_color(rng))
    values = base + rng.normal(0, rng.uniform(8, 28), (cells, cells, 3))
    patch = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    how = Image.BICUBIC if rng.random() < 0.7 else Image.NEAREST
    canvas.image.paste(patch.resize(canvas.image.size, how))


SCENES = (_hills, _trees, _room, _city, _stripes, _clutter, _noise)


def background(rng: np.random.Generator, size: int) -> Image.Image:
    """Draw one of the scenes. (size, size) RGB"""
    image = _gradient(rng, size)
    SCENES[rng.integers(len(SCENES))](_scene_canvas(image, rng), rng)
    return image


def _fence(canvas: Canvas, rng: np.random.Generator):
    color, top = random_color(rng), rng.uniform(0.3, 0.7)
    for x in np.arange(-1, 1.2, rng.uniform(0.3, 0.55)) + rng.uniform(-0.2, 0.2):
        canvas.shape(
            np.array(
                [(x - 0.08, 2), (x - 0.08, top), (x, top - 0.12), (x + 0.08, top), (x + 0.08, 2)]
            ),
            color,
        )


def _bush(canvas: Canvas, rng: np.random.Generator):
    spots = rng.uniform((-1, 0.7), (1, 1.1), (int(rng.integers(3, 8)), 2))
    canvas.cluster([(x, y, rng.uniform(0.14, 0.32)) for x, y in spots], random_color(rng))


def _post(canvas: Canvas, rng: np.random.Generator):
    start = rng.uniform(-0.7, 0.7)
    ends = np.array([(start, -1.3), (start + rng.normal(0, 0.4), 1.3)])
    canvas.tube(ends, rng.uniform(0.06, 0.16), random_color(rng))


def _things(canvas: Canvas, rng: np.random.Generator):
    for x, y in rng.uniform(-0.9, 0.9, (int(rng.integers(1, 4)), 2)):
        size = rng.uniform(0.1, 0.22)
        points = oval(x, y, size, size) if rng.random() < 0.5 else box(x, y, 2 * size, 1.6 * size)
        canvas.shape(points, random_color(rng), shade=True)


def _corner(canvas: Canvas, rng: np.random.Generator):
    x, y = rng.choice((-1.05, 1.05), 2)
    for _ in range(4):
        leaf = oval(
            x + rng.normal(0, 0.2), y + rng.normal(0, 0.2), 0.5, 0.14, rng.uniform(0, np.pi)
        )
        canvas.shape(leaf, random_color(rng), shade=True)


FRONTS = (_fence, _bush, _post, _things, _corner)


def foreground(image: Image.Image, rng: np.random.Generator):
    """Draw something in front of the figure, in a fifth of all pictures."""
    if rng.random() < 0.2:
        FRONTS[rng.integers(len(FRONTS))](_scene_canvas(image, rng), rng)


def light(image: Image.Image, rng: np.random.Generator) -> np.ndarray:
    """Light the picture: brightness, contrast, tint, a shadow to one side, blur and grain.

    Returns:
        The lit picture, uint8. (height, width, 3)
    """
    if rng.random() < 0.2:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.6) * image.width / 64))
    values = np.asarray(image, dtype=np.float32)
    tint = rng.uniform(0.82, 1.12) * rng.uniform(0.9, 1.1, 3)
    contrast = rng.uniform(0.9, 1.2)
    values = (values - 128) * contrast + 128
    values *= tint.astype(np.float32) * _shadow(rng, image.width)
    values += rng.normal(0, 1, values.shape).astype(np.float32) * np.float32(rng.uniform(0, 4))
    return np.clip(values, 0, 255).astype(np.uint8)


def _shadow(rng: np.random.Generator, size: int) -> np.ndarray:
    ramp = np.linspace(-1, 1, size, dtype=np.float32)
    x, y = rng.normal(0, 0.12, 2).astype(np.float32)
    return (1 + x * ramp[None, :] + y * ramp[:, None])[:, :, None]
