"""What the methods of attribution are called, how they are drawn, and what their maps mean."""

from dataclasses import dataclass

import numpy as np

from explorer.analysis.agreement import ALIKE
from explorer.charts.attribution import limit_of
from explorer.ui.text import percent, shape

RANKS = (
    "The rank correlation compares two maps of an image: 1 when they put its places in the same "
    "order, from weak to strong; about 0 when they have nothing to do with each other."
)
NO_ORDER = (
    "One of the two maps, the trained or the untrained, is the same everywhere, so that there is "
    "no order to compare."
)
FULL = 1.0
MOST = 0.99  # of the pixels lie below the full colour, where single pixels stand out


@dataclass(frozen=True)
class Method:
    """A method of attribution.

    Args:
        name: For people.
        meaning: What its map shows, in one plain sentence.
        full: What the full colour means; `{}` stands for the value.
        quantile: Share of a map's values that lie below the full colour.
        nothing: What it means that a map is 0 everywhere.
    """

    name: str
    meaning: str
    full: str
    quantile: float
    nothing: str


INSENSITIVE = "no pixel changes this class's score: the layers before it are dead"
METHODS = {
    "grad_cam": Method(
        "Grad-CAM",
        "Places whose features, in the last feature maps, speak for the class.",
        "Full orange: {}, the strongest place.",
        FULL,
        "no positive evidence: nothing in the last feature maps speaks for this class",
    ),
    "occlusion": Method(
        "Occlusion",
        "How much probability the class loses when a patch of the image is hidden.",
        "Full orange: it loses {} percentage points; full blue: it gains as much.",
        FULL,
        "hiding any part changes nothing",
    ),
    "saliency": Method(
        "Saliency",
        "Pixels whose smallest change moves the class's score most, up or down.",
        "Full orange: the score moves by {} a grey level, or more (1 % of the pixels).",
        MOST,
        INSENSITIVE,
    ),
    "smooth_grad": Method(
        "SmoothGrad",
        "Saliency, with its gradient averaged over 50 noisy copies of the image.",
        "Full orange: the score moves by {} a grey level, or more (1 % of the pixels).",
        MOST,
        INSENSITIVE,
    ),
    "integrated_gradients": Method(
        "Integrated gradients",
        "What every pixel adds to the class's score on the way from the baseline to the image.",
        "Full orange: it adds {}, or more (1 % of the pixels); full blue: it takes off as much.",
        MOST,
        INSENSITIVE,
    ),
}
STARTS = {"black": "Black", "grey": "Mid-grey", "blurred": "The image, blurred"}
PATCHES = {0.25: "A quarter of the width", 0.125: "An eighth of the width"}
FILLS = {"mean": "The data's mean colour", "grey": "Mid-grey"}


def scale(method: str, maps: np.ndarray) -> str:
    """Say what the full colour of a picture means. (images, map height, map width)."""
    about = METHODS[method]
    limits = [limit_of(one, about.quantile) for one in maps]
    seen = sorted(limit for limit in limits if limit > 0)
    if not seen:
        return ""
    numbers = [
        f"{one * 100:.1f}" if method == "occlusion" else f"{one:.2g}" for one in (seen[0], seen[-1])
    ]
    if len(seen) == 1 or numbers[0] == numbers[1]:
        return about.full.format(numbers[0])
    return f"{about.full.format(' to '.join(numbers))} Each image has its own scale."


def details(method: str, found: dict, size: int) -> str:
    """Say what else belongs to the maps of a method.

    Args:
        method: A key of `METHODS`.
        found: The answer of the inference process.
        size: Width of the image, in pixels.
    """
    if method == "grad_cam":
        rows, columns = found["maps"].shape[1:]
        return (
            f"The map of layer {found['layer']} has {shape((rows, columns))} places for "
            f"{shape((size, size))} pixels."
        )
    if method == "occlusion":
        color = ", ".join(f"{value:.0f}" for value in found["fill"])
        return (
            f"The patch is {int(found['patch'])} pixels wide, moves by {int(found['stride'])} and "
            f"has the colour ({color})."
        )
    return ""


def completeness(names: list[str], found: dict) -> list[str]:
    """Say for every image how far the map's sum is from what it should be."""
    lines = []
    for name, total, rise in zip(names, found["totals"], found["rises"], strict=True):
        share = f", {percent(abs(total - rise) / abs(rise), 1)} of it" if rise else ""
        way = "rises" if rise >= 0 else "falls"
        lines.append(
            f"{name}: the score {way} by {abs(rise):.2f} from the baseline, the map adds up to "
            f"{total:.2f}. Gap: {abs(total - rise):.3f}{share}."
        )
    return lines


def without_evidence(method: str, names: list[str], maps: np.ndarray) -> list[str]:
    """Say for which images the map is 0 everywhere or not a number, and what that means."""
    lines = []
    for name, one in zip(names, maps, strict=True):
        if not np.isfinite(one).all():
            lines.append(f"{name}: the map is not a number; the weights are damaged.")
        elif not one.any():
            lines.append(f"{name}: {METHODS[method].nothing}.")
    return lines


def agreement(values: np.ndarray, names: list[str]) -> str:
    """Say what the rank correlations with the maps of the untrained network mean.

    Args:
        values: From `rank_correlation`, one an image. (images,)
        names: Of the images; one alone needs no name.
    """
    known = np.isfinite(values)
    if not known.any():
        return f":material/help: {NO_ORDER}"
    numbers = [
        f"{name} {_number(one)}" if len(names) > 1 else _number(one)
        for name, one in zip(names, values.tolist(), strict=True)
        if np.isfinite(one)
    ]
    words = f"Rank correlation with the untrained network's map: {', '.join(numbers)}."
    alike, total = int((values >= ALIKE).sum()), int(known.sum())
    rest = "" if known.all() else f" {_without_order(names, known)}"
    if not alike:
        which = "the map has" if total == 1 else "the maps have"
        return f":material/check: {words} Below {ALIKE}: {which} changed with training.{rest}"
    which = "The map looks" if total == 1 else f"{alike} of {total} maps look"
    return (
        f":material/warning: {words} {which} much the same on untrained weights ({ALIKE} or "
        f"more): the image's own shapes explain it as well as what was learned.{rest}"
    )


def _number(value):
    return f"{value:.2f}".replace("-", "\u2212")


def _without_order(names, known):
    which = ", ".join(name for name, one in zip(names, known.tolist(), strict=True) if not one)
    return f"Not comparable: {which}. {NO_ORDER}"
