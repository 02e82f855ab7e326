"""Why a network takes an image for a class: maps of what matters, and whether to trust them."""

import numpy as np
import streamlit as st

from explorer.analysis.agreement import rank_correlation
from explorer.charts import attribution as pictures
from explorer.charts.montage import to_png
from explorer.ui import text
from explorer.ui.asking import answer, has_ended
from explorer.ui.filters_images import ask_for_image
from explorer.ui.filters_network import Network
from explorer.ui.filters_shown import Shown
from explorer.ui.why_words import (
    FILLS,
    METHODS,
    PATCHES,
    RANKS,
    STARTS,
    agreement,
    completeness,
    details,
    scale,
    without_evidence,
)

BEST = -1
OVER, ALONE = "Over the image", "Alone"
TILE, SMALL_TILE = 256, 128  # pixels; the small one when there are several images
CARD_PIXELS = 280
USUAL = ["grad_cam", "occlusion", "integrated_gradients"]
FIRST_STEP = 0


def show(network: Network, images: list[Shown]):
    """Show maps of what in the images speaks for a class, one picture a method."""
    if not images:
        ask_for_image(network, "what in it matters is shown here")
        return
    found = answer("classify_given", network=network.source, images=[one.kept for one in images])
    if found is None:
        return
    if not np.isfinite(found["logits"]).all():
        st.warning(
            "The scores are not numbers: the weights of this checkpoint are damaged by a training "
            "that diverged. Choose an earlier one.",
            icon=":material/warning:",
        )
        return
    methods, chosen, way = _choose(network)
    best = found["logits"].argmax(axis=1).tolist()
    classes = best if chosen == BEST else [chosen] * len(images)
    options, check = _settings(network)
    cards = st.container(horizontal=True, gap="medium")
    _draw_images(cards, network, images, classes)
    asked = {"images": [one.kept for one in images], "classes": classes, **options}
    _draw_methods(cards, network, images, asked, methods, way, check)


def _draw_methods(cards, network, images, asked, methods, way, check):
    """Draw every map, then check it; one question at a time, for others wait for answers, too.

    A method that fails or is stopped says so in its place; the others do not wait for it.
    """
    drawn = {}
    for method in methods:
        question = {"network": network.source, "method": method, **asked}
        card = cards.container(width=CARD_PIXELS, key=f"why_{method}")
        with card:
            st.markdown(f"**{METHODS[method].name}**")
            found = answer("attribute", **question)
            if found is not None:
                _draw(method, found, images, way)
                drawn[method] = (card, found["maps"])
        if found is None and not has_ended("attribute", **question):
            return
    for method, (card, maps) in drawn.items() if check else ():
        with card:
            if maps.size and not _check(network, method, maps, images, asked):
                return


def _choose(network):
    methods = st.pills(
        "Methods",
        list(METHODS),
        selection_mode="multi",
        default=USUAL,
        format_func=lambda method: METHODS[method].name,
        key="why_methods",
        persist_state="session",
    )
    left, right = st.columns(2, vertical_alignment="bottom")
    names = ["The best class of each image", *network.class_names]
    chosen = left.selectbox(
        "Class asked about",
        range(BEST, len(network.class_names)),
        format_func=lambda place: names[place + 1],
        key=f"why_class_{len(network.class_names)}",
        help="The maps explain the score of this class, also where another one is the answer.",
    )
    way = right.segmented_control(
        "Maps", [OVER, ALONE], default=OVER, required=True, key="why_way", persist_state="session"
    )
    return [method for method in METHODS if method in methods], chosen, way


def _settings(network) -> tuple[dict, bool]:
    """Let the visitor change what the methods compare with; return it, and whether to check."""
    can_check = _why_not_checked(network) is None
    check = st.toggle(
        "Check against the untrained network",
        value=can_check,
        disabled=not can_check,
        key=f"why_check_{can_check}",
        help="Draws the same maps from the weights of step 0. A map that hardly changes shows the "
        "image, not what was learned (Adebayo et al., Sanity checks for saliency maps, 2018).",
    )
    if check or not can_check:
        st.caption(RANKS if can_check else _why_not_checked(network))
    with st.expander("Settings of the methods"):
        first, second, third = st.columns(3)
        start = _select(first, "Baseline of integrated gradients", STARTS, "why_start")
        patch = _select(second, "Patch of the occlusion", PATCHES, "why_patch")
        fill = _select(third, "Colour of the patch", FILLS, "why_fill")
    return {"start": start, "patch_share": patch, "fill": fill}, check


def _select(place, label, options, key):
    return place.selectbox(
        label, list(options), format_func=options.get, key=key, persist_state="session"
    )


def _why_not_checked(network) -> str | None:
    """Say why there is no untrained network to compare with; `None` when there is one."""
    if network.run is None:
        return "This network's untrained weights are not known: its maps cannot be checked."
    if FIRST_STEP not in network.run.checkpoints:
        return "This run kept no checkpoint at step 0: its maps cannot be checked."
    if network.step == FIRST_STEP:
        return "This is the untrained network itself: its maps show what is there unlearned."
    return None


def _layout(images) -> dict:
    several, size = len(images) > 1, len(images[0].pixels)
    times = max(1, round((SMALL_TILE if several else TILE) / size))
    return {"tile": times * size, "columns": 2 if several else 1}


def _draw_images(cards, network, images, classes):
    pixels = np.stack([one.pixels for one in images])
    names = [network.class_names[place] for place in classes]
    asked = ", ".join(
        f"{text.plain(one.name)}: {text.plain(name)}"
        for one, name in zip(images, names, strict=True)
    )
    with cards.container(width=CARD_PIXELS, key="why_images"):
        st.markdown("**What the network sees**")
        picture = pictures.images_alone(pixels, **_layout(images))
        alt = ", ".join(one.name for one in images)
        st.image(to_png(picture), output_format="PNG", alt=alt)
        st.caption(f"Class asked about. {asked}.")


def _draw(method, found, images, way):
    about, maps = METHODS[method], found["maps"]
    if not maps.size:
        st.caption("This network has no feature maps for Grad-CAM to weigh.")
        return
    layout = _layout(images) | {"quantile": about.quantile}
    if way == ALONE:
        picture = pictures.maps_alone(maps, **layout)
    else:
        pixels = np.stack([one.pixels for one in images])
        picture = pictures.maps_over_images(maps, pixels, **layout)
    alt = f"{about.name} of {', '.join(one.name for one in images)}"
    st.image(to_png(picture), output_format="PNG", alt=alt)
    names = [text.plain(one.name) for one in images]
    words = [about.meaning, scale(method, maps), details(method, found, len(images[0].pixels))]
    st.caption(" ".join(filter(None, words)))
    for line in without_evidence(method, names, maps):
        st.caption(f":material/info: {line}")
    if method == "integrated_gradients":
        for line in completeness(names, found):
            st.caption(line)


def _check(network, method, maps, images, asked) -> bool:
    """Say how much of a map is there untrained; false while that is still worked on."""
    question = {"network": {**network.source, "step": FIRST_STEP}, "method": method, **asked}
    untrained = answer("attribute", **question)
    if untrained is None:
        return has_ended("attribute", **question)
    values = np.array(
        [rank_correlation(*pair) for pair in zip(maps, untrained["maps"], strict=True)]
    )
    st.caption(agreement(values, [text.plain(one.name) for one in images]))
    return True
