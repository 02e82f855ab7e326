"""Choosing a layer; the choice is part of the address."""

from collections.abc import Sequence

import streamlit as st

from explorer.ui.link_missed import say_missed


def choose_layer(names: Sequence[str], place, *, key: str, unknown: str) -> str:
    """Let the visitor choose a layer; a link that names another one is told so.

    Args:
        names: Layers or tensors of layers, at least one.
        place: Where the choice stands.
        key: Of the choice, in the session and in the address.
        unknown: What to say when the link names none of `names`.
    """
    missed = None
    if st.session_state.get(key) not in names:
        asked = None if key in st.session_state else st.query_params.get(key)
        if asked is not None and asked not in names:
            missed = f"{unknown} The first one is shown."
        st.session_state[key] = asked if asked in names else names[0]
    say_missed(key, missed)
    chosen = place.selectbox(
        "Layer",
        names,
        format_func=lambda name: name.rpartition("/")[0] or name,
        key=key,
        persist_state="session",
    )
    st.query_params[key] = chosen
    return chosen
