"""Pictures made for a part of a network, and the images of the data that excite it."""

from collections import Counter

import numpy as np
import streamlit as st

from explorer.charts.maximise import times
from explorer.charts.montage import montage, to_png
from explorer.ui import text
from explorer.ui.filters_network import Network

PICTURE_PIXELS = 256
TILE_PIXELS = 72

Found = dict[str, np.ndarray]


def show_pictures(network: Network, found: Found, ranked: Found | None, name: str):
    """Show the two pictures, or say that nothing excites this part of the network.

    Args:
        network: The network.
        found: The answer to `maximise`.
        ranked: The answer to `exciting`, if there is one.
        name: What the pictures were made for.
    """
    if found["regularised_dead"][0, 0] and found["plain_dead"][0, 0]:
        st.warning(_dead_words(ranked, name), icon=":material/heart_broken:")
        return
    steps = int(found["num_steps"])
    st.markdown(f"**Made to excite {name}**: grey at first, then changed {steps} times")
    left, right = st.columns(2, gap="medium")
    strength = {way: float(found[f"{way}_activations"][0, 0]) for way in ("regularised", "plain")}
    with left:
        _picture(found["regularised_pictures"][0, 0], "Kept from turning into noise")
        st.caption(
            f"Made of waves{_colours(network)}; the network sees it shifted, turned and resized a "
            f"little at every step. Activation {_number(strength['regularised'])}"
            f"{_beside(ranked)}."
        )
    with right:
        _picture(found["plain_pictures"][0, 0], "The same without all this")
        st.caption(
            "Every pixel on its own, always seen as it is. "
            f"Activation {_number(strength['plain'])}{_plain_words(strength)}."
        )


def _dead_words(ranked, name) -> str:
    words = (
        f"{name[0].upper() + name[1:]} is dead: no picture that was tried changes its output, "
        "with two different beginnings."
    )
    if ranked is None or not ranked["num_images"]:
        return words
    if ranked["most_activations"][0] == ranked["least_activations"][0]:
        return words + f" None of {int(ranked['num_images']):,} images does, either."
    return words + " But some images do: see below. It answers to what the pictures missed."


def _colours(network) -> str:
    if network.channels == 1:
        return ""
    return " in the colours of the data" if network.run else " in colours as photographs have them"


def _beside(ranked) -> str:
    """Compare with the best image."""
    if ranked is None or not ranked["num_images"]:
        return ""
    best = float(ranked["most_activations"][0])
    return f"; the most exciting of {int(ranked['num_images']):,} images reaches {_number(best)}"


def _plain_words(strength) -> str:
    if strength["plain"] > strength["regularised"]:
        return ", which is more: nothing kept it to what images look like"
    return ", which is less"


def _picture(picture, words):
    scale = times(picture.shape[0], PICTURE_PIXELS)
    large = picture.repeat(scale, axis=0).repeat(scale, axis=1)
    st.image(to_png(large), width=large.shape[1], output_format="PNG", caption=words)


def show_images(network: Network, ranked: Found):
    """Show the nine images that excite it most, and the nine that do least.

    Args:
        network: The network.
        ranked: The answer to `exciting`.
    """
    if not ranked["num_images"]:
        st.caption("There are no images of the network's own to set beside it.")
        return
    if ranked["most_activations"][0] == ranked["least_activations"][0]:
        value = _number(ranked["most_activations"][0])
        st.caption(
            f"No image excites it more than another: activation {value} for {_which(ranked)}."
        )
        return
    st.markdown(f"**Images that excite it most and least**, of {_which(ranked)}")
    left, right = st.columns(2, gap="medium")
    for place, side in ((left, "most"), (right, "least")):
        with place:
            _nine(network, ranked, side)


def _which(ranked) -> str:
    count, total = int(ranked["num_images"]), int(ranked["num_total"])
    if str(ranked["kind"]) == "probe":
        return (
            f"the {text.count(count, 'image')} in the run folder: its validation images are not "
            "in the cache"
        )
    known = text.count(total, "validation image")
    return f"all {known}" if count == total else f"{count:,} of {known}"


def _nine(network, ranked, side):
    images, values = ranked[f"{side}_images"], ranked[f"{side}_activations"]
    scale = times(images.shape[1], TILE_PIXELS)
    picture = montage(images, columns=3, scale=scale)
    labels = Counter(network.class_names[label] for label in ranked[f"{side}_labels"].tolist())
    classes = ", ".join(f"{text.plain(name)} {count}" for name, count in labels.most_common())
    first, last = _number(values[0]), _number(values[-1])
    words = f"**{side.capitalize()}**: activation {first} to {last}. {classes}."
    lowest = int(ranked["num_lowest"])
    if side == "least" and lowest > len(images):
        words += f" {lowest:,} images leave it at {first}; {len(images)} of them are shown."
    st.image(to_png(picture), width=picture.shape[1], output_format="PNG", alt=words)
    st.caption(words)


def _number(value) -> str:
    return f"{value:.3g}".replace("-", "\u2212")
