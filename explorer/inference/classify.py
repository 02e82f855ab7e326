"""What a network sees in single images."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer import data
from explorer.inference.network import Trained, probabilities

MOST_FILE_BYTES = 50_000_000


@dataclass(frozen=True)
class Classified:
    """The answer for one image.

    Args:
        image: The file, as it was given.
        classes: Names and probabilities, best first; empty for an image that cannot be read.
        error: Why it cannot be read, or nothing.
    """

    image: str
    classes: tuple[tuple[str, float], ...] = ()
    error: str = ""


def classify(trained: Trained, files: list[str]) -> list[Classified]:
    """Classify image files, prepared exactly as the images of the run.

    Args:
        trained: The network.
        files: Paths of images.
    """
    return [_classify_one(trained, file) for file in files]


def _classify_one(trained, file):
    options = trained.run.data
    try:
        image = data.decode_image(
            _read(Path(file)),
            image_size=options["image_size"],
            channels=options["channels"],
            fit=options["fit"],
        )
    except (ValueError, OSError) as error:
        return Classified(file, error=_why(error))
    shares = probabilities(trained.logits(image[None]).astype(np.float64))[0]
    order = np.argsort(-shares, kind="stable")
    names = trained.run.class_names
    return Classified(file, tuple((names[i], float(shares[i])) for i in order))


def _read(path):
    if path.is_dir():
        raise ValueError("This is a folder. Name the image files in it.")
    if path.stat().st_size > MOST_FILE_BYTES:
        raise ValueError(f"The file is larger than {MOST_FILE_BYTES // 1_000_000} MB.")
    return path.read_bytes()


def _why(error):
    if isinstance(error, OSError) and error.strerror:
        return f"The file cannot be read ({error.strerror})."
    return " ".join(str(error).split())
