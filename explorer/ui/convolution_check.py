"""The numbers of the page beside those of Keras' own layer, when asked."""

import numpy as np
import streamlit as st

from explorer.analysis.convolution import Sliding, convolve
from explorer.ui.asking import answer, is_asked, known_answer

WHAT_KERAS_IS = (
    "Keras is the library that trains the networks here. It computes all sums of this chart, and "
    "the page shows how far it is from its own."
)


def check_with_keras(
    image: np.ndarray, kernels: np.ndarray, bias: np.ndarray, sliding: Sliding, key: str
):
    """Offer to let Keras compute the same; then show the largest difference.

    Args:
        image: (height, width, channels)
        kernels: (size, size, channels, filters)
        bias: (filters,)
        sliding: How the kernels slide.
        key: Of the button, one for each check on the page.
    """
    if sliding.stride > 1 and sliding.dilation > 1:
        st.caption("Keras has no layer with a stride and a dilation both above 1 to compare with.")
        return
    asked = {
        "image": image.tolist(),
        "kernels": kernels.tolist(),
        "bias": bias.tolist(),
        "stride": sliding.stride,
        "padding": sliding.padding,
        "dilation": sliding.dilation,
    }
    kind = "keras_convolution"
    is_known = known_answer(kind, **asked) is not None or is_asked(kind, **asked)
    if not is_known and not st.button(
        "Check with Keras", key=key, icon=":material/fact_check:", help=WHAT_KERAS_IS
    ):
        return
    found = answer(kind, **asked)
    if found is None:
        return
    ours = convolve(image, kernels, bias, sliding)
    difference = np.abs(ours - found["feature_maps"]).max()
    st.caption(
        f"Keras' own layer, `Conv2D`, computes the same {ours.size:,} sums: the largest "
        f"difference is **{difference:.1g}**, among sums of up to {np.abs(ours).max():.3g}. Keras "
        "keeps seven digits of a number, this page sixteen."
    )
