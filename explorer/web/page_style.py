"""A rule of style that the page has from its first frame on.

A chart is drawn as wide as the server thinks the window is; until the browser has told, that may
be too wide, and the whole page would scroll sideways. Streamlit's own way to add style, `st.html`,
loads a script of its own first: on a busy machine that comes later than the chart.
"""

STYLE = (
    b"<style>.stElementContainer:has(.stVegaLiteChart) { max-width: 100%; overflow-x: clip; }"
    b"</style>"
)
END = b"</head>"
# With these the page would come compressed, or in part.
LEFT_OUT = {b"accept-encoding", b"range"}


class PageStyle:
    """Adds the rule to the head of every page; other answers stay as they are.

    Args:
        app: An ASGI app.
    """

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        """Answer one request."""
        headers = scope.get("headers", [])
        if scope["type"] != "http" or b"text/html" not in dict(headers).get(b"accept", b""):
            await self._app(scope, receive, send)
            return
        whole = [pair for pair in headers if pair[0] not in LEFT_OUT]
        await self._app({**scope, "headers": whole}, receive, _Page(send))


class _Page:
    """Passes on what an app sends; of a page, all at once when it is there."""

    def __init__(self, send):
        self._send = send
        self._start, self._parts = None, []

    async def __call__(self, message):
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is not None and message["type"] == "http.response.body":
            await self._collect(message)
        else:
            await self._send(message)

    async def _collect(self, message):
        self._parts.append(message.get("body", b""))
        if message.get("more_body"):
            return
        body = b"".join(self._parts)
        styled = body.replace(END, STYLE + END, 1)
        # The answer to HEAD tells the length of a page that it does not hold.
        more = len(styled) - len(body) if body else len(STYLE)
        await self._send({**self._start, "headers": _longer(self._start["headers"], more)})
        await self._send({**message, "body": styled})


def _is_page(start):
    return start["status"] == 200 and dict(start["headers"]).get(b"content-type", b"").startswith(
        b"text/html"
    )


def _longer(headers, more):
    return [
        (name, str(int(value) + more).encode() if name == b"content-length" else value)
        for name, value in headers
    ]
