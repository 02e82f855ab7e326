"""The images on which two networks differ, as pictures with both answers."""

import numpy as np
import streamlit as st

from explorer.charts.flipped_images import (
    DIRECTIONS,
    NO_BREAK,
    NONE,
    ORDER,
    TILE_PIXELS,
    flipped,
    lines_of,
    whole_scale,
)
from explorer.charts.montage import to_png
from explorer.data import ImageSet, open_prepared
from explorer.inference.comparison import Comparison
from explorer.ui import text

PAGE = 18


def show_flipped(comparison: Comparison):
    """Show the images that flipped, the surest mistakes first."""
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
    places = flipped(comparison, direction)
    if not len(places):
        st.caption(NONE[direction])
        return
    st.caption(f"{text.count(len(places), 'image')}, {ORDER}.")
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


def _show_more(key):
    st.session_state[key] = st.session_state.get(key, PAGE) + PAGE


def _show_tiles(comparison, places):
    with st.container(horizontal=True, gap="medium"):
        for place in places:
            with st.container(width=TILE_PIXELS + 24, gap="small"):
                _show_tile(comparison, place)


def _show_tile(comparison, place):
    truth, *answers = lines_of(comparison, place)
    picture = _picture(comparison, place)
    if picture is not None:
        st.image(picture, width=TILE_PIXELS, alt="; ".join([truth, *answers]))
    lines = [f"**{text.plain(truth)}**", *map(_answer, answers)]
    st.markdown("  \n".join(lines))


def _answer(line):
    """Escape what was answered, and not the letter of the network before it."""
    side, answer = line.split(": ", 1)
    return f"{side}: {text.plain(answer)}".replace(r" \%", rf"{NO_BREAK}\%")


def _picture(comparison, place) -> bytes | None:
    """Return an image as a PNG, enlarged without blurring; nothing when it is gone."""
    which, row = comparison.places[place]
    try:
        pixels = np.asarray(prepared(comparison.sets[which]).images[row])
    except (LookupError, IndexError):
        return None
    scale = whole_scale(pixels)
    return to_png(pixels.repeat(scale, axis=0).repeat(scale, axis=1))
