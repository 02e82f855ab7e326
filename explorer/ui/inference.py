"""The one inference process of the server, shared by all visitors."""

import streamlit as st

from explorer.inference.client import Client


@st.cache_resource(show_spinner=False)
def inference() -> Client:
    """Return the way to the process, which is started when it is first asked."""
    return Client()
