"""How often a network's answer stays when images are moved, and how often it is right."""

import numpy as np
import streamlit as st

from explorer import runs
from explorer.ui import text
from explorer.ui.asking import answer

DISTANCES = (3, 6)


def show(chosen: list[runs.Run], sources: list[dict], reach: int):
    """Ask every network about moved validation images, and show a number for each.

    Args:
        chosen: One or two runs.
        sources: What names them to the inference process.
        reach: Pixels an image is moved by at most.
    """
    st.markdown(
        "**Over many images**: how often does the answer stay when an image is moved, and how "
        "often is it right?"
    )
    distances = [far for far in DISTANCES if far <= reach] or [reach]
    found = []
    for number in range(len(chosen)):
        one = answer("shift_share", networks=sources, number=number, distances=distances)
        if one is None:
            return
        found.append(one)
    places = st.columns(max(2, len(found)))
    for place, run, one in zip(places, chosen, found, strict=False):
        with place:
            st.metric(f"Same answer after a shift: {text.plain(run.name)}", _stays(one))
            st.caption(_right(one))
    st.caption(f"{_which(chosen, found[0])} {_how(found[0], distances)}")


def _stays(one) -> str:
    return text.percent(float(np.mean(one["moved"] == one["unmoved"][:, None])), 1)


def _right(one) -> str:
    labels = one["labels"]
    unmoved = text.percent(float(np.mean(one["unmoved"] == labels)), 1)
    after = text.percent(float(np.mean(one["moved"] == labels[:, None])), 1)
    return f"Right: {unmoved} of the images unmoved, {after} of them moved."


def _which(chosen, one) -> str:
    """Say which images these are."""
    asked, total, why_kept = len(one["labels"]), int(one["total"]), str(one["why_kept"])
    name = text.plain(chosen[0].name)
    if why_kept:
        return (
            f"Over the {text.count(asked, 'image')} that the run {name} was recorded on, which it "
            f"was not trained on; its validation images are not at hand: {text.plain(why_kept)}"
        )
    some = f"{asked:,} of the {total:,}" if asked < total else f"the {asked:,}"
    spread = ", as many of every class" if asked < total else ""
    neither = " that neither network was trained on" if len(chosen) > 1 else ""
    return f"Over {some} validation images of the run {name}{neither}{spread}."


def _how(one, distances) -> str:
    far = " and ".join(map(str, distances))
    return (
        f"Each is moved by {far} pixels in eight directions: {text.count(one['moved'].size)} moved "
        "images. A slanting shift goes that far both ways. A network that always answers the same "
        "would keep every answer: so look at how often it is right as well."
    )
