"""Under which names the server answers: another one is how a stranger's page would reach it."""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from explorer.web.answers import refuse
from explorer.web.headers import header_of

HEALTH = "/_stcore/health"


class Hosts:
    """Refuses requests under a name that the server does not have.

    A page of a stranger can have the browser take the stranger's own name for this machine (DNS
    rebinding), and would then read everything here; but the browser tells the name it used.

    Args:
        app: An ASGI app.
        allowed: Returns the names; none for any, `"*.example.org"` for those below one.
    """

    def __init__(self, app, allowed: Callable[[], Sequence[str]]):
        self._app, self._allowed = app, allowed

    async def __call__(self, scope, receive, send):
        """Answer one request; a program that asks whether the server lives needs no name."""
        host = header_of(scope, b"host") if scope["type"] == "http" else ""
        exempt = scope["type"] != "http" or scope["path"].endswith(HEALTH)
        if exempt or is_allowed(host, self._allowed()):
            await self._app(scope, receive, send)
        else:
            await refuse(
                send,
                421,
                f"This server does not answer under the name {host[:100]!r}. If it is its name, "
                "whoever runs it has to add it to the option server.allowedHosts.",
            )


def is_allowed(host: str, allowed: Sequence[str]) -> bool:
    """Say whether a header `Host` names an allowed host.

    >>> is_allowed("localhost:8501", ["localhost"]), is_allowed("evil.example", ["localhost"])
    (True, False)
    >>> is_allowed("a.example.org", ["*.example.org"]), is_allowed("example.org", ["*.example.org"])
    (True, False)
    >>> is_allowed("[::1]:8501", ["::1"]), is_allowed("", ["localhost"])
    (True, False)
    """
    if not allowed or "*" in allowed:
        return True
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    patterns = [one.strip().lower().rstrip(".") for one in allowed]
    return any(
        name.endswith(one[1:]) if one.startswith("*.") else name == one for one in patterns
    ) and bool(name)
