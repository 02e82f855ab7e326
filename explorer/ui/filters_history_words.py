"""What is said of an image through training, beside its chart."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer.analysis.agreement import rank_correlation
from explorer.charts.history import History
from explorer.ui import text
from explorer.ui.why_words import RANKS, agreement

FEW = 3  # checkpoints; lines between so few suggest more than is known
GRAD_CAM = (
    "Grad-CAM weighs the last feature maps with how much each one raises the score of the class: "
    "orange places speak for it. The colour scale of a run is the same at all its checkpoints, and "
    "ends at the highest value of any of them."
)


def say_what_is_shown(names: Sequence[str], chosen: str, histories: Sequence[History]):
    """Say above the chart what it means, and what is missing in it.

    Args:
        names: Of one or two runs. (runs,)
        chosen: Name of the class that is looked at.
        histories: What each run made of the image. (runs,)
    """
    for name, one in zip(names, histories, strict=True):
        for words in missing(chosen, one):
            st.caption(f"{text.plain(name)}: {words}")
    if any(one.maps is not None for one in histories):
        st.caption(GRAD_CAM)


def missing(chosen: str, one: History) -> list[str]:
    """Say what a chart of a history cannot show.

    Args:
        chosen: Name of the class that is looked at.
        one: What a run made of the image.
    """
    lines = []
    if one.unread:
        steps = ", ".join(f"{step:,}" for step in one.unread)
        lines.append(f"its checkpoints at these steps are damaged, and left out: {steps}.")
    if chosen not in one.class_names:
        lines.append(f"it does not know the class {text.plain(chosen)}.")
    elif one.maps is None:
        lines.append("no feature maps, only dense layers: there is no Grad-CAM to show.")
    if np.isnan(one.probabilities).any():
        lines.append(
            "where a line is missing, the scores are not numbers; the training has diverged."
        )
    if 1 < len(one.steps) <= FEW:
        lines.append(
            f"{len(one.steps)} checkpoints were kept. The lines only join them; what happened in "
            "between is not known."
        )
    return lines


def say_whether_learned(names: Sequence[str], histories: Sequence[History]):
    """Say below the chart whether the last maps differ from those of the untrained networks.

    Args:
        names: Of one or two runs. (runs,)
        histories: What each run made of the image. (runs,)
    """
    pairs = list(zip(map(text.plain, names), histories, strict=True))
    with_maps = [(name, one) for name, one in pairs if one.maps is not None]
    compared = [(name, one) for name, one in with_maps if _has_both_ends(one)]
    if compared:
        st.markdown("**Was the map learned?** The last checkpoint against step 0, before training")
        values = [rank_correlation(one.maps[-1], one.maps[0]) for _, one in compared]
        st.caption(agreement(np.array(values), [name for name, _ in compared]))
        st.caption(RANKS)
    for name, one in with_maps:
        if not _has_both_ends(one):
            st.caption(
                f"{name}: without a checkpoint at step 0 and a later one it cannot be checked "
                "whether the map was learned."
            )


def _has_both_ends(one) -> bool:
    return len(one.steps) > 1 and int(one.steps[0]) == 0
