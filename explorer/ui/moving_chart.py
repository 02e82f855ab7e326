"""A chart with a slider over the steps inside, its play button, and the step beside the slider."""

from collections.abc import Callable

import streamlit as st

from explorer.ui import text
from explorer.ui.play import play_button


def show_moving_chart(
    place: str,
    draw: Callable[[int], dict],
    *,
    alt: str,
    words: list[str] | None = None,
    **play,
):
    """Show a chart as wide as the page, or why there is none.

    Args:
        place: Key of the container it stands in; its own key is `"<place>_chart"`.
        draw: Takes the width in pixels and returns a specification; it may raise a `ValueError`
            or an `OSError`, which is said in place of the chart.
        alt: What the chart shows, for those who do not see it.
        words: What each place of the slider is called.
        **play: What else `play_button` takes.
    """
    if words is not None and len(words) < 2:
        play["shown"] = False  # there is nothing to play
    with st.container(key=place):
        width = play_button(place, [], words=[words] if words else [], **play)
        try:
            chart = draw(width)
        except (ValueError, OSError) as error:
            st.error(text.plain(error), icon=":material/error:")
            return
        st.vega_lite_chart(spec=chart, width="content", key=f"{place}_chart", alt=alt)
