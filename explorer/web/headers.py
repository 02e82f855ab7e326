"""Headers that every answer of the server carries, and the cookie that tells visitors apart."""

import re
import secrets
from http.cookies import CookieError, SimpleCookie

COOKIE = "explorer_visitor"
VALUE = re.compile(r"[A-Za-z0-9_-]{22}")
# Streamlit's page has a script and styles within it, and the explorer's own parts of pages come as
# `blob:`. Expressions of charts are interpreted, never compiled. Nothing comes from elsewhere.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
HEADERS = {
    "content-security-policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
}
ENCODED = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Headers:
    """Adds the headers to what an app answers, and the cookie to pages of who has none yet.

    The cookie is forgotten when the browser is closed. It serves fairness, not safety: who throws
    it away counts as somebody new.

    Args:
        app: An ASGI app.
    """

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_more(message):
            if message["type"] == "http.response.start":
                given = [pair for pair in message["headers"] if pair[0].lower() not in NAMES]
                message = {**message, "headers": [*given, *ENCODED, *_cookie(scope, given)]}
            await send(message)

        await self._app(scope, receive, send_more)


NAMES = {name for name, _ in ENCODED}


def visitor_in(cookies: str) -> str | None:
    """Return the visitor that a header `Cookie` names, if it is one of ours.

    >>> visitor_in("a=b; explorer_visitor=abcdefghijklmnopqrstuv")
    'abcdefghijklmnopqrstuv'
    >>> visitor_in("explorer_visitor=../..") is None
    True
    """
    try:
        found = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        return None
    return found.value if found is not None and VALUE.fullmatch(found.value) else None


def header_of(scope, name: bytes) -> str:
    """Return a header of a request, empty when it is not there."""
    return dict(scope["headers"]).get(name, b"").decode("latin-1")


def _cookie(scope, headers):
    """Return the header that sets the cookie, if the answer is a page for somebody new."""
    is_page = dict(headers).get(b"content-type", b"").startswith(b"text/html")
    if not is_page or visitor_in(header_of(scope, b"cookie")):
        return []
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    value = f"{COOKIE}={secrets.token_urlsafe(16)}; Path=/; HttpOnly; SameSite=Lax{secure}"
    return [(b"set-cookie", value.encode())]
