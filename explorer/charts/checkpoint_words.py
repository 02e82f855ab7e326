"""What is said of two compared checkpoints, on the page and in the report alike."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from explorer import runs
from explorer.analysis.changes import comparable
from explorer.charts.checkpoint_frames import MOST_BARS, Confusions
from explorer.inference.comparison import Comparison

NO_BREAK = "\N{NO-BREAK SPACE}"
BEGINNING = ("model", "filters", "kernel_size", "depth", "image_size", "seed")
CONFUSIONS = (
    "A row a class, a column an answer; both networks on one scale. On the diagonal stands what "
    "was recognised."
)
NOTHING_SHARED = (
    "The two runs have no class in common, so their answers cannot be compared. Their layers "
    "can, see below."
)
NO_SHARED_LAYER = "No layer has the same name and shape in both networks."
LINE = (
    "Mixing the weights of A and B, a little more of B at every place. Where accuracy stays high "
    "all the way, both lie in one valley of the loss. A hill between them says that they lie in "
    "different valleys, or that their filters stand in another order."
)


def answer_words(found: Comparison, names: Sequence[str]) -> str:
    """Tell how many of the images each network recognises, and with which loss."""
    chosen = found.comparable
    sides = ((found.answers_a, found.loss_a), (found.answers_b, found.loss_b))
    told = [
        f"{name} recognises {100 * found.accuracy(answers):.1f}{NO_BREAK}% "
        f"with a loss {_loss(loss)}"
        for name, (answers, loss) in zip(names, sides, strict=True)
    ]
    return f"On {_count(len(chosen), 'image')} that neither was trained on, {' and '.join(told)}."


def _loss(loss):
    return f"of {loss:.3f}" if np.isfinite(loss) else "that is not a number"


def class_words(classes: pd.DataFrame) -> str:
    """Say that some classes are left out, if they are."""
    return (
        f"The {MOST_BARS} classes on which A and B differ most."
        if len(classes) == MOST_BARS
        else ""
    )


def confusion_words(pair: Confusions) -> str:
    """Say what the matrices show, and what they leave out."""
    if pair.num_classes <= len(pair.truths):
        return CONFUSIONS
    left = f"The {len(pair.truths)} of {pair.num_classes} classes on which A and B differ most."
    return f"{CONFUSIONS} {left}"


def similarity_words(found: Comparison) -> str:
    """Say what the similarity of layers means and how it was measured."""
    return (
        "1 means that a layer tells the images apart in the same way in both networks, whatever "
        "the order of its filters; 0 that they have nothing in common. Measured as linear CKA, "
        f"debiased, on {_count(found.similarity_images, 'image')}. The plain estimate is higher "
        "the more values a layer has; the tooltip gives it, and what it says of shuffled images. "
        "Single images far out can dominate it."
    )


def undefined_words(similarity: np.ndarray) -> list[str]:
    """Say which network has layers that cannot be compared with any, and why.

    >>> undefined_words(np.array([[0.5, np.nan], [0.2, np.nan]]))
    ['1 layer of B puts out the same for every image, or what is no number: it is dead.']
    """
    unknown = np.isnan(similarity)
    if unknown.all():
        return [
            "Nothing can be compared: all layers of A, or all of B, put out the same for every "
            "image, or what is no number."
        ]
    counts = {"A": int(unknown.all(axis=1).sum()), "B": int(unknown.all(axis=0).sum())}
    return [
        f"1 layer of {side} puts out the same for every image, or what is no number: it is dead."
        if dead == 1
        else f"{dead} layers of {side} put out the same for every image, or what is no number: "
        "they are dead."
        for side, dead in counts.items()
        if dead
    ]


def line_words(found: Comparison) -> str:
    """Say what lies between the two sets of weights, or why nothing does."""
    if not len(found.line_shares):
        return found.line_note
    return f"{LINE} {found.line_note} On {_count(found.line_images, 'image')}."


def lost_words(loss: np.ndarray) -> str:
    """Say at how many places on the line the loss is not a number, if at any."""
    lost = int(np.count_nonzero(~np.isfinite(loss)))
    return f"At {lost} of {len(loss)} places the loss is not a number." if lost else ""


UNRELATED = (
    "These networks began with different weights, or are built differently: filters of the same "
    "number have nothing to do with each other, and are not compared one by one."
)


def are_unrelated(a: runs.Run, b: runs.Run) -> bool:
    """Say whether two runs began with different weights, so that their filters have no order."""
    return a.id != b.id and _beginning(a) != _beginning(b)


def filter_words(a: runs.Run, b: runs.Run, names: Sequence[str]) -> str:
    """Say how far apart filters are, or why that would mean nothing."""
    if are_unrelated(a, b):
        return UNRELATED
    return (
        f"How far each filter of {names[1]} lies from that of {names[0]}, as a share of its "
        "length there."
    )


def left_out_words(
    changes: pd.DataFrame, before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]
) -> list[str]:
    """Say which filters could not be compared.

    Args:
        changes: From `changes.kernel_changes`.
        before: All weights of checkpoint A, by name.
        after: All weights of checkpoint B, by name.
    """
    lost = int((~np.isfinite(changes["relative"].astype(float))).sum())
    other = [
        name for name in before if before[name].ndim > 1 and not comparable(name, before, after)
    ]
    why = "whose change is not a number, or that began at 0."
    return [
        *([f"Left out: {_count(lost, 'filter')} {why}"] if lost else []),
        *([f"Only in one network, or of another shape: {', '.join(other)}."] if other else []),
    ]


def _beginning(run):
    """Return what decides the weights a run begins with."""
    return [run.spec.get(name) for name in BEGINNING] + [run.data.get("channels")]


def _count(number, noun):
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
