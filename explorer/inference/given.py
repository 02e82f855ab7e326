"""Images a visitor gave, kept in the cache so that the inference process can look at them.

Only pixels are kept, as a lossless picture named after its content: nothing of the file that was
uploaded, neither its name nor what else it holds.
"""

import hashlib
import io
import re
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.paths import beyond_newest, cache_dir
from explorer.runs.files import write_atomically

FOLDER = "given"
MOST_KEPT = 500
NAME = re.compile(r"[0-9a-f]{32}")


def keep(pixels: np.ndarray) -> str:
    """Keep an image and return its name.

    Args:
        pixels: As the network will get them, 0 to 255. (height, width, 1 or 3) uint8

    Raises:
        OSError: The cache cannot be written.
    """
    pixels = np.ascontiguousarray(pixels)
    shape = np.array(pixels.shape, np.int64).tobytes()
    name = hashlib.sha256(shape + pixels.tobytes()).hexdigest()[:32]
    path = _path(name)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(buffer, "PNG")
        write_atomically(path, buffer.getvalue())
        _forget_oldest(path.parent)
    return name


def look_up(name: str) -> np.ndarray:
    """Return the pixels of a kept image. (height, width, 1 or 3) uint8.

    Raises:
        ValueError: There is no such image, any more.
    """
    if not NAME.fullmatch(name) or not _path(name).exists():
        raise ValueError("The image is not in the cache any more. Give it again.")
    with Image.open(_path(name), formats=["PNG"]) as image:
        pixels = np.asarray(image)
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _path(name) -> Path:
    return cache_dir() / FOLDER / f"{name}.png"


def _forget_oldest(folder):
    for path in beyond_newest(folder, "*.png", MOST_KEPT):
        path.unlink(missing_ok=True)
