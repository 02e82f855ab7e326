"""The server of the app: Streamlit's own, behind the explorer's guards."""

import logging
from collections.abc import Iterable

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime import get_instance

from explorer.web.headers import Headers
from explorer.web.hosts import Hosts
from explorer.web.page_style import PageStyle
from explorer.web.uploads import Uploads


def guards() -> list[Middleware]:
    """Return what every request passes, the outermost first.

    A line in the log for every file and picture of a page would hide what somebody has to read.
    """
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    return [
        Middleware(Headers),
        Middleware(Hosts, allowed=lambda: st.get_option("server.allowedHosts")),
        Middleware(Uploads, held=held_bytes),
        Middleware(PageStyle),
    ]


def held_bytes(sessions: Iterable[str] | None = None) -> int:
    """Return how many bytes of uploads are held in memory for some sessions, or for all."""
    storage = get_instance().uploaded_file_mgr.file_storage
    chosen = list(storage) if sessions is None else sessions
    held = [list(storage[one].values()) for one in chosen if one in storage]
    return sum(len(file.data) for files in held for file in files)


def say_error(error: Exception) -> bool:
    """Say that a page has failed, without what only the log is for.

    Args:
        error: That nothing else took care of; Streamlit has written it to the log.

    Returns:
        That Streamlit need not show it.
    """
    st.error(
        f"This part of the page has failed ({type(error).__name__}). The server's log has the "
        "details. Load the page again, or choose something else.",
        icon=":material/error:",
    )
    return True
