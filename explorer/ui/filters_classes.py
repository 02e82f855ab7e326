"""What a network takes images for."""

import numpy as np
import pandas as pd
import streamlit as st

from explorer.charts import answers
from explorer.ui import text
from explorer.ui.asking import answer
from explorer.ui.filters_images import Shown
from explorer.ui.filters_network import Network

BEST = 5


def show(network: Network, images: list[Shown]):
    """Show the best classes of every image with their probabilities."""
    found = answer("classify_given", network=network.source, images=[one.kept for one in images])
    if found is None:
        return
    for one, logits in zip(images, found["logits"], strict=True):
        _show_one(network, one, logits.astype(np.float64))


def _show_one(network, one, logits):
    if not np.isfinite(logits).all():
        st.warning(
            f"The answer for {text.plain(one.name)} is not a number: the weights of this "
            "checkpoint are damaged by a training that diverged. Choose an earlier one.",
            icon=":material/warning:",
        )
        return
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    order = np.argsort(-shares, kind="stable")[:BEST]
    names = [network.class_names[place] for place in order]
    st.markdown(f"**{text.plain(one.name)}**: {text.plain(names[0])}, {shares[order[0]]:.1%}")
    best = pd.DataFrame({"name": names, "share": shares[order]})
    st.altair_chart(
        answers.best_classes(best),
        key=f"best {one.kept}",
        alt=f"Best classes of {one.name}: "
        + ", ".join(f"{row.name} {row.share:.1%}" for row in best.itertuples(index=False)),
    )
