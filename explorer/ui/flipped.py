"""The images on which two networks differ, as pictures with both answers."""

import numpy as np
import streamlit as st

from explorer.analysis.confusion import Flips
from explorer.charts.montage import to_png
from explorer.data import ImageSet, open_prepared
from explorer.inference.comparison import Comparison
from explorer.ui import text

PAGE = 18
TILE_PIXELS = 112
DIRECTIONS = {
    "lost": "A right, B wrong",
    "gained": "A wrong, B right",
    "changed": "Both wrong, differently",
}
NONE = {
    "lost": "There is no image that A recognises and B does not.",
    "gained": "There is no image that B recognises and A does not.",
    "changed": "There is no image that both take for something else, each in its own way.",
}


def show_flipped(comparison: Comparison, flips: Flips, chosen: np.ndarray):
    """Show the images that flipped, the surest mistakes first.

    Args:
        comparison: What was compared.
        flips: Places among the chosen images.
        chosen: Places of these in the comparison. (chosen images,)
    """
    st.subheader("Images that flipped")
    direction = st.segmented_control(
        "Which images",
        list(DIRECTIONS),
        format_func=DIRECTIONS.get,
        default="lost",
        required=True,
        key="flipped",
        bind="query-params",
    )
    places = surest_first(comparison, chosen[getattr(flips, direction)], direction)
    if not len(places):
        st.caption(NONE[direction])
        return
    st.caption(
        f"{text.count(len(places), 'image')}, those first whose wrong answer was given with the "
        "highest probability."
    )
    key = f"flipped_shown_{direction}"
    shown = places[: st.session_state.get(key, PAGE)]
    _show_tiles(comparison, shown)
    if len(shown) < len(places):
        left = len(places) - len(shown)
        st.button(
            f"Show {min(PAGE, left)} more of {left:,}",
            key=f"more_{direction}",
            icon=":material/expand_more:",
            on_click=_show_more,
            args=(key,),
        )


@st.cache_resource(max_entries=4, show_spinner=False)
def prepared(key: str) -> ImageSet:
    """Open a prepared set once for all visitors.

    Raises:
        LookupError: It is not in the cache any more.
    """
    return open_prepared(key)


def surest_first(comparison: Comparison, places: np.ndarray, direction: str) -> np.ndarray:
    """Order images by how sure the network that is wrong was; no answer comes last."""
    sure = {
        "lost": comparison.confidence_b,
        "gained": comparison.confidence_a,
        "changed": np.fmax(comparison.confidence_a, comparison.confidence_b),
    }[direction][places]
    return places[np.argsort(-np.nan_to_num(sure, nan=-1.0), kind="stable")]


def _show_more(key):
    st.session_state[key] = st.session_state.get(key, PAGE) + PAGE


def _show_tiles(comparison, places):
    with st.container(horizontal=True, gap="medium"):
        for place in places:
            with st.container(width=TILE_PIXELS + 24, gap="small"):
                _show_tile(comparison, place)


def _show_tile(comparison, place):
    truth = _name(comparison, comparison.labels[place])
    a = _answer(comparison, comparison.answers_a[place], comparison.confidence_a[place])
    b = _answer(comparison, comparison.answers_b[place], comparison.confidence_b[place])
    picture = _picture(comparison, place)
    if picture is not None:
        st.image(picture, width=TILE_PIXELS, alt=f"{truth}; A: {a}; B: {b}")
    st.markdown(f"**{text.plain(truth)}**  \nA: {text.plain(a)}  \nB: {text.plain(b)}")


def _name(comparison, label):
    return comparison.class_names[label] if label >= 0 else "no answer"


def _answer(comparison, label, confidence):
    if label < 0:
        return "no answer"
    return f"{_name(comparison, label)} {text.percent(float(confidence))}"


def _picture(comparison, place) -> bytes | None:
    """Return an image as a PNG, enlarged without blurring; nothing when it is gone."""
    which, row = comparison.places[place]
    try:
        pixels = np.asarray(prepared(comparison.sets[which]).images[row])
    except (LookupError, IndexError):
        return None
    scale = max(1, round(TILE_PIXELS / pixels.shape[0]))
    return to_png(pixels.repeat(scale, axis=0).repeat(scale, axis=1))
