"""How much of the server's memory uploads may fill, and how long room is kept for them."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from explorer import limits
from explorer.web.answers import refuse
from explorer.web.headers import header_of, visitor_in
from explorer.web.pace import LEAST_BYTES_A_SECOND, TooSlowError, in_time

ROUTE = "/_stcore/upload_file/"


class Upload(NamedTuple):
    """Who sends how many bytes, in which session."""

    visitor: str
    session: str
    size: int


class Uploads:
    """Refuses an upload for which there is no room, before any of it is read.

    One that does not come as fast as a slow line is ended, so that nobody keeps room for nothing.

    Args:
        app: An ASGI app.
        held: Returns how many bytes of uploads some of its sessions hold; of all without any.
    """

    def __init__(self, app, held: Callable[[Iterable[str] | None], int]):
        self._app, self._held = app, held
        self._coming: Counter[str] = Counter()
        self._sessions: dict[str, set[str]] = {}

    async def __call__(self, scope, receive, send):
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "PUT" or ROUTE not in scope["path"]:
            await self._app(scope, receive, send)
            return
        upload = _announced(scope)
        if upload is None:
            await refuse(send, 411, "An upload has to say how long it is.")
            return
        try:
            why, seconds = self._why_not(upload), limits.upload_seconds()
        except ValueError as error:  # of who runs the server: a setting
            await refuse(send, 500, str(error))
            return
        if why:
            await refuse(send, 413, why)
        else:
            await self._take(upload, seconds, scope, receive, send)

    async def _take(self, upload, seconds, scope, receive, send):
        """Let an upload through, and keep its room until it is there or has ended."""
        self._coming[upload.visitor] += upload.size
        try:
            await self._app(scope, in_time(receive, seconds), send)
        except TooSlowError:
            await refuse(send, 408, _too_slow(seconds))
        finally:
            self._coming[upload.visitor] -= upload.size
            self._forget_those_who_left()

    def _why_not(self, upload) -> str:
        visitor, session, size = upload
        sessions = self._sessions.get(visitor, set()) | {session}
        own = self._held(sessions) + self._coming.get(visitor, 0) + size
        if own > (most := limits.uploads_bytes()):
            return (
                f"With this file, your uploads would fill {own / 1e6:,.0f} MB of the server's "
                f"memory. One visitor may fill {most / 1e6:,.0f} MB. Remove others, or give a "
                "smaller file."
            )
        if self._held(None) + self._coming.total() + size > limits.all_uploads_bytes():
            return "The server has no room for this file at the moment. Try again in some minutes."
        self._sessions[visitor] = sessions
        return ""

    def _forget_those_who_left(self):
        """Forget the sessions that hold nothing: they have ended, or their files were taken."""
        for visitor, sessions in list(self._sessions.items()):
            if not self._coming[visitor]:
                del self._coming[visitor]
                sessions -= {one for one in sessions if not self._held([one])}
                if not sessions:
                    del self._sessions[visitor]


def _announced(scope) -> Upload | None:
    """Return what a request says of its upload; `None` where it does not say how long it is.

    Beside chunks, of which any number may come, a length does not count.
    """
    size = header_of(scope, b"content-length")
    if not size.isdecimal() or header_of(scope, b"transfer-encoding"):
        return None
    session = scope["path"].split("/")[-2]
    return Upload(visitor_in(header_of(scope, b"cookie")) or session, session, int(size))


def _too_slow(seconds):
    return (
        f"The upload stood still for {seconds} seconds, or came that much later than at "
        f"{LEAST_BYTES_A_SECOND / 1e3:.0f} kB a second, and was ended. Send it again, or over a "
        "faster line."
    )
