"""What a link asked for in vain: said for as long as what was chosen instead stands.

A page is drawn anew on its own, when an answer is there or its width is known. What is said the
first time alone would be gone before anybody has read it.
"""

import streamlit as st

NOTES = "link_missed"


def say_missed(key: str, words: str | None):
    """Say that a link named something that is not here.

    Args:
        key: Of the choice in the session, which already holds what is chosen instead.
        words: What to say; `None` when the link is not the matter now, but may have been before.
    """
    notes = st.session_state.setdefault(NOTES, {})
    chosen = st.session_state.get(key)
    if words is not None:
        notes[key] = (chosen, words)
    if key not in notes:
        return
    if notes[key][0] == chosen:
        st.warning(notes[key][1], icon=":material/link_off:")
    else:
        del notes[key]
