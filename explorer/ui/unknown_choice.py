"""What a page says when a link asks for a choice that is not there."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitAPIException

from explorer.ui import text

LONGEST_SHOWN = 60  # letters of what a link says


def say_unknown_choices(linked: Mapping[str, Sequence[str]]):
    """Say that a link asks for what the page does not offer, before the choice is made anew.

    Args:
        linked: What the page offers, by the name it has in the address.
    """
    for key, options in linked.items():
        asked = st.query_params.get(key)
        if asked is None or asked in options:
            continue
        st.info(
            f"The link asks for “{text.plain(asked[:LONGEST_SHOWN])}” ({key}), which this page "
            f"does not have. There are {', '.join(options)}.",
            icon=":material/link_off:",
        )
        with suppress(StreamlitAPIException):  # its widget is there already, and mends it
            del st.query_params[key]
