"""What the words of a verdict mean and how it is made, folded on the page."""

import streamlit as st

from explorer.analysis.glossary import DOCUMENT, TITLE, glossary


def show_words():
    """Offer the words and rules behind the cards, folded."""
    with st.expander(TITLE, icon=":material/menu_book:"):
        st.markdown(_told(DOCUMENT.stat().st_mtime_ns))


@st.cache_data(show_spinner=False)
def _told(changed):
    return "\n\n".join(f"#### {name}\n\n{words}" for name, words in glossary().items())
