"""The numbers behind the charts of two compared checkpoints, as long tables.

Run A and run B stand in columns `a` and `b`, NaN where something is undefined.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from explorer.analysis.confusion import flips
from explorer.charts.checkpoint_frames import (
    NO_ANSWER,
    cell_frame,
    class_frame,
    confusions,
    similarity_frame,
)
from explorer.inference.comparison import Comparison


def classes_table(found: Comparison) -> pd.DataFrame:
    """Return a row a class: `name`, `images`, `a` and `b` (share recognised), `difference`."""
    names = found.class_names
    return class_frame(*_answered(found), names, most=len(names))


def confusions_table(found: Comparison) -> pd.DataFrame:
    """Return a row a right class and answer: `truth`, `answer`, `a` and `b` (images)."""
    names = found.class_names
    pair = confusions(*_answered(found), names, most=len(names))
    cells = cell_frame(pair, pair.counts_a)[["truth", "answer"]]
    return cells.assign(a=pair.counts_a.ravel(), b=pair.counts_b.ravel())


def images_table(found: Comparison) -> pd.DataFrame:
    """Return a row an image: what both networks took it for, and whether that flipped.

    Returns:
        `image` (its number among those compared, from 1), `truth`, `a` and `b` (answers),
        `confidence_a`, `confidence_b` (probability of the answer), `flip` ("lost": only A is
        right, "gained": only B is, "changed": both are wrong in different ways, empty else).
    """
    labels, *answers = _answered(found)
    names = np.array([*found.class_names, NO_ANSWER], dtype=object)
    kinds = np.full(len(labels), "", dtype=object)
    for kind, places in vars(flips(labels, *answers)).items():
        kinds[places] = kind
    return pd.DataFrame(
        {
            "image": found.comparable + 1,
            "truth": names[labels],
            "a": names[answers[0]],
            "b": names[answers[1]],
            "confidence_a": found.confidence_a[found.comparable],
            "confidence_b": found.confidence_b[found.comparable],
            "flip": kinds,
        }
    )


def similarity_table(found: Comparison) -> pd.DataFrame:
    """Return a row a pair of layers.

    Returns:
        `a`, `b` (layers), `value` (debiased CKA), `plain` (the plain estimate), `chance` (the
        plain estimate with the images of B shuffled).
    """
    return similarity_frame(
        found.layers_a,
        found.layers_b,
        found.similarity,
        found.similarity_biased,
        found.similarity_by_chance,
    )


def line_table(found: Comparison) -> pd.DataFrame:
    """Return a row a place on the straight line: `share` (0 is A), `accuracy`, `loss`."""
    return pd.DataFrame(
        {"share": found.line_shares, "accuracy": found.line_accuracy, "loss": found.line_loss}
    )


def _answered(found):
    chosen = found.comparable
    return found.labels[chosen], found.answers_a[chosen], found.answers_b[chosen]


TABLES: dict[str, Callable[[Comparison], pd.DataFrame]] = {
    "classes": classes_table,
    "confusions": confusions_table,
    "images": images_table,
    "similarity": similarity_table,
    "line": line_table,
}
