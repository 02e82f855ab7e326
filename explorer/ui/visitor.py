"""Who looks at the page: told apart for fairness, and known by a pseudonym alone.

Somebody signed in is that person on every device. Anybody else is a browser, known by the cookie
of `explorer.web.headers`, or a window of it where cookies are refused. An address on the network is
no visitor: a whole class may share one.
"""

import hashlib
import json

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.inference.request import Asker
from explorer.web.headers import COOKIE, VALUE

CLAIMS = ("sub", "email", "preferred_username", "name")
LETTERS = 16


def asker() -> Asker:
    """Return whoever looks at the page, and in which window."""
    session = get_script_run_ctx().session_id
    known = _signed_in() or _browser() or f"session {session}"
    return Asker(hashlib.sha256(known.encode()).hexdigest()[:LETTERS], session)


def owner() -> str:
    """Return whoever looks at the page."""
    return asker().owner


def _signed_in() -> str | None:
    """Return what the one who signed in is known by, to the app or to a proxy that it trusts."""
    known = st.user.to_dict()
    if known.get("is_logged_in"):
        claims = [str(known[name]) for name in CLAIMS if known.get(name)]
        return f"user {known.get('iss', '')} {claims[0]}" if claims else None
    told = st.get_option("server.trustedUserHeaders")
    values = {key: known.get(key) for key in told.values()} if isinstance(told, dict) else {}
    return f"user {json.dumps(values, sort_keys=True)}" if any(values.values()) else None


def _browser() -> str | None:
    value = str(st.context.cookies.get(COOKIE, ""))
    return f"browser {value}" if VALUE.fullmatch(value) else None
