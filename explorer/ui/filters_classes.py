"""What a network takes images for, and whether they are like anything it was trained on."""

import numpy as np
import pandas as pd
import streamlit as st

from explorer.analysis.probabilities import probabilities
from explorer.charts import answers
from explorer.runs.source import why_no
from explorer.training.networks import is_brought
from explorer.ui import text
from explorer.ui.asking import answer
from explorer.ui.filters_images import ask_for_image
from explorer.ui.filters_network import Network
from explorer.ui.filters_shown import Shown

BEST = 5
IN_A_ROW = 2
CHART_PIXELS = 640  # of the bars of a single image


def show(network: Network, images: list[Shown]):
    """Show the best classes of every image, then whether it is unlike the training data."""
    if not images:
        ask_for_image(network, "what the network takes it for is shown here")
        return
    kept = [one.kept for one in images]
    found = answer("classify_given", network=network.source, images=kept)
    if found is None:
        return
    hints = _show_answers(network, images, probabilities(found["logits"]))
    if network.run is not None and is_brought(network.run):
        why = why_no(network.run, "images")
        st.caption(
            text.plain(f"Whether an image is unlike the training data cannot be told. {why}")
        )
    elif network.run is not None:
        _show_unlike(network, kept, hints)


def _show_answers(network, images, every):
    """Show the answers, a few beside each other; return a place below each for a hint."""
    hints = []
    for first in range(0, len(images), IN_A_ROW):
        row = list(zip(images, every, strict=True))[first : first + IN_A_ROW]
        columns = st.columns(IN_A_ROW, gap="medium") if len(images) > 1 else [_alone()]
        for column, (one, shares) in zip(columns, row, strict=False):
            with column:
                _show_one(network, one, shares, key=f"best {len(hints)} {one.kept}")
                hints.append(st.container())
    return hints


def _alone():
    return st.container(width=CHART_PIXELS)


def _show_one(network, one, shares, key):
    if np.isnan(shares).any():
        st.warning(
            f"The answer for {text.plain(one.name)} is not a number: the weights of this "
            "checkpoint are damaged by a training that diverged. Choose an earlier one.",
            icon=":material/warning:",
        )
        return
    order = np.argsort(-shares, kind="stable")[:BEST]
    names = [network.class_names[place] for place in order]
    st.markdown(
        f"**{text.plain(one.name)}**: {text.plain(names[0])}, {text.percent(shares[order[0]], 1)}"
    )
    if one.label is not None:
        st.caption(_truth(network, one.label, order[0]))
    best = pd.DataFrame({"name": names, "share": shares[order]})
    st.altair_chart(
        answers.best_classes(best),
        key=key,
        alt=f"Best classes of {one.name}: "
        + ", ".join(
            f"{row.name} {text.percent(row.share, 1)}" for row in best.itertuples(index=False)
        ),
    )


def _truth(network, label, answered):
    truth = text.plain(network.class_names[label])
    return f"Right: it is {truth}." if label == answered else f"Wrong: in truth it is {truth}."


def _show_unlike(network, kept, hints):
    """Fill the hints, after the answers: nobody has to wait for them."""
    with st.container():
        found = answer("unlike", network=network.source, images=kept)
    if not found:
        if found is not None:
            st.caption(
                "Whether an image is unlike the training data cannot be told for this checkpoint."
            )
        return
    for place, length in zip(hints, found["unlikeness"].tolist(), strict=True):
        if not length <= float(found["threshold"]):
            place.warning(
                "Unlike anything in the training data: the network must choose one of its classes "
                "all the same. Do not rely on this answer.",
                icon=":material/help:",
            )
    st.caption(_how_measured(found))


def _how_measured(found) -> str:
    """Say how it is told that an image is unlike the training data, and how often that is wrong."""
    flagged, measured = int(found["num_flagged"]), int(found["num_measured"])
    against = "training images" if found["from_training"] else "recorded validation images"
    wrongly = text.percent(flagged / measured, 1)
    words = (
        "An image is called unlike the training data when the last hidden layer puts it farther "
        f"from {against} than it puts 95 % of the validation images (Sun et al., 2022). Wrongly "
        f"called so: {flagged} of {measured} validation images ({wrongly})."
    )
    if found["from_training"]:
        return words
    return f"{words} The images of this run are not prepared here: this is a rough measure."
