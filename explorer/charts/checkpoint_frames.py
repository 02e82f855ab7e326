"""The numbers behind the charts of two compared checkpoints, as tidy frames."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.analysis.confusion import confusion_matrix, per_class_accuracy

MOST_CLASSES = 60  # 60 x 61 cells stay below Altair's 5,000 rows
MOST_BARS = 40
MOST_TICKS = 4000
NO_ANSWER = "(no answer)"


@dataclass(frozen=True, eq=False)
class Confusions:
    """What two networks took the same images for.

    Args:
        truths: Name of each row, the right class.
        answers: Name of each column, the answer.
        counts_a: Images of each cell, for A. (truths, answers)
        counts_b: The same for B. (truths, answers)
        num_classes: How many classes there are; with more than are drawn, those on which A and
            B differ most.
    """

    truths: list[str]
    answers: list[str]
    counts_a: np.ndarray
    counts_b: np.ndarray
    num_classes: int

    @property
    def most(self) -> int:
        """The largest count of either network, the end of the scale both share."""
        return int(max(self.counts_a.max(initial=0), self.counts_b.max(initial=0), 1))


def confusions(
    labels: np.ndarray,
    answers_a: np.ndarray,
    answers_b: np.ndarray,
    class_names: Sequence[str],
    most: int = MOST_CLASSES,
) -> Confusions:
    """Count what both networks took the images for, in the same rows and columns.

    Rows are the classes there are images of. Columns are those classes, the others that were
    answered, and the images without an answer if there are any.

    Args:
        labels: The right class of every image. (images,)
        answers_a: What A chose, -1 for nothing. (images,)
        answers_b: What B chose. (images,)
        class_names: Name of every class.
        most: How many classes may be drawn.
    """
    both = (answers_a, answers_b)
    counts = [confusion_matrix(labels, chosen, len(class_names)) for chosen in both]
    totals = counts[0].sum(axis=1)
    rows = np.flatnonzero(totals)
    if len(rows) > most:
        differing = np.abs(counts[1] - counts[0]).sum(axis=1)
        rows = np.sort(rows[np.argsort(-differing[rows], kind="stable")[:most]])
    answered = (counts[0] + counts[1])[rows].sum(axis=0) > 0
    others = [k for k in np.flatnonzero(answered[:-1]) if k not in rows]
    columns = [*rows, *others[: most - len(rows)], *([len(class_names)] if answered[-1] else [])]
    names = [*class_names, NO_ANSWER]
    return Confusions(
        truths=[names[k] for k in rows],
        answers=[names[k] for k in columns],
        counts_a=counts[0][np.ix_(rows, columns)],
        counts_b=counts[1][np.ix_(rows, columns)],
        num_classes=int(np.count_nonzero(totals)),
    )


def cell_frame(pair: Confusions, counts: np.ndarray) -> pd.DataFrame:
    """Return a row a cell: truth, answer, count, share of the images of the true class.

    Args:
        pair: Says what rows and columns are.
        counts: What to lay out, perhaps the difference of two. (truths, answers)
    """
    truths, answers = np.meshgrid(pair.truths, pair.answers, indexing="ij")
    totals = np.maximum(pair.counts_a.sum(axis=1, keepdims=True), 1)
    return pd.DataFrame(
        {
            "truth": truths.ravel(),
            "answer": answers.ravel(),
            "count": counts.ravel(),
            "share": (counts / totals).ravel(),
        }
    ).astype({"truth": str, "answer": str})


def class_frame(
    labels: np.ndarray,
    answers_a: np.ndarray,
    answers_b: np.ndarray,
    class_names: Sequence[str],
    most: int = MOST_BARS,
) -> pd.DataFrame:
    """Return a row a class that has images, where A and B differ most first.

    Columns: name, images, a and b (share recognised), difference (b less a).
    """
    both = (answers_a, answers_b)
    counts = [confusion_matrix(labels, chosen, len(class_names)) for chosen in both]
    a, b = map(per_class_accuracy, counts)
    frame = pd.DataFrame(
        {"name": list(class_names), "images": counts[0].sum(axis=1), "a": a, "b": b}
    ).astype({"name": str})
    frame["difference"] = frame["b"] - frame["a"]
    frame = frame[frame["images"] > 0]
    order = frame["difference"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].head(most).reset_index(drop=True)


def similarity_frame(
    layers_a: Sequence[str],
    layers_b: Sequence[str],
    similarity: np.ndarray,
    biased: np.ndarray,
    by_chance: np.ndarray,
) -> pd.DataFrame:
    """Return a row a pair of layers: a, b, value, plain, chance; NaN where undefined."""
    a, b = np.meshgrid(layers_a, layers_b, indexing="ij")
    return pd.DataFrame(
        {
            "a": a.ravel(),
            "b": b.ravel(),
            "value": np.ravel(similarity),
            "plain": np.ravel(biased),
            "chance": np.ravel(by_chance),
        }
    ).astype({"a": str, "b": str})


def filter_frame(changes: pd.DataFrame, most: int = MOST_TICKS) -> pd.DataFrame:
    """Keep the filters whose change is a number, and name each.

    Args:
        changes: From `changes.kernel_changes`.
        most: How many filters may be drawn.

    Returns:
        The same columns, `layer` (without "/kernel") and `name` ("conv_1, filter 3"); every n-th
        filter of very many.
    """
    kept = changes[np.isfinite(changes["relative"].astype(float))].copy()
    kept["layer"] = kept["tensor"].str.removesuffix("/kernel").astype(str)
    kept["name"] = kept["layer"] + ", " + kept["filter"].astype(str)
    every = max(1, -(-len(kept) // most))
    return kept.iloc[::every]
