"""The images on which two networks differ: which, in what order, and what is said of each."""

import numpy as np

from explorer.analysis.confusion import flips
from explorer.analysis.findings import percent
from explorer.inference.comparison import Comparison

DIRECTIONS = {
    "lost": "A right, B wrong",
    "gained": "A wrong, B right",
    "changed": "Both wrong, differently",
}
NONE = {
    "lost": "There is no image that A recognises and B does not.",
    "gained": "There is no image that B recognises and A does not.",
    "changed": "There is no image that both take for something else, each in its own way.",
}
ORDER = "those first whose wrong answer was given with the highest probability"
TILE_PIXELS = 112
NO_BREAK = "\N{NO-BREAK SPACE}"  # between a number and its sign, below a narrow picture


def flipped(found: Comparison, direction: str) -> np.ndarray:
    """Return the places in a comparison of the images that flipped, the surest mistakes first.

    Args:
        found: What two networks made of the same images.
        direction: A key of `DIRECTIONS`.
    """
    chosen = found.comparable
    answered = found.labels[chosen], found.answers_a[chosen], found.answers_b[chosen]
    return surest_first(found, chosen[getattr(flips(*answered), direction)], direction)


def surest_first(found: Comparison, places: np.ndarray, direction: str) -> np.ndarray:
    """Order images by how sure the network that is wrong was; no answer comes last."""
    sure = {
        "lost": found.confidence_b,
        "gained": found.confidence_a,
        "changed": np.fmax(found.confidence_a, found.confidence_b),
    }[direction][places]
    return places[np.argsort(-np.nan_to_num(sure, nan=-1.0), kind="stable")]


def lines_of(found: Comparison, place: int) -> tuple[str, str, str]:
    """Return the right class of an image, and what A and B take it for and how surely."""
    a = _answer(found, found.answers_a[place], found.confidence_a[place])
    b = _answer(found, found.answers_b[place], found.confidence_b[place])
    return found.class_names[found.labels[place]], f"A: {a}", f"B: {b}"


def whole_scale(pixels: np.ndarray) -> int:
    """Return how many times an image is enlarged to about the size of a tile."""
    return max(1, round(TILE_PIXELS / max(pixels.shape[:2])))


def _answer(found, label, confidence):
    if label < 0:
        return "no answer"
    share = percent(float(confidence)).replace(" ", NO_BREAK)
    return f"{found.class_names[label]}, {share}"
