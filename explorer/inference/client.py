"""Asking the warm inference process, without loading TensorFlow oneself.

A request is handed in with `Client.submit` and looked at from time to time: whoever draws a page
must not wait. One request is worked on at a time. A few of each owner may wait in line, and some
of all together; the line is shared fairly, see `explorer.turns`.
"""

import json
import threading

from explorer.inference.request import RUNNING, WAITING, Asker, BusyError, Request
from explorer.inference.warm_process import WarmProcess
from explorer.turns import Place, turn_for

IDLE_SECONDS = 300  # a loaded TensorFlow keeps half a gigabyte
MOST_WAITING = 4  # of one owner
MOST_IN_LINE = 60  # of all together: two of each of a class of thirty
ANYBODY = Asker()


class Client:
    """The one way to the inference process, which it starts when first asked.

    Keep one for the whole server; it may be used from several threads.

    Args:
        kinds: Module that names the functions on offer, see `explorer.inference.kinds`.
        idle_seconds: After so long without a request the process is ended.
    """

    def __init__(
        self, *, kinds: str = "explorer.inference.kinds", idle_seconds: float = IDLE_SECONDS
    ):
        self._process = WarmProcess(kinds)
        self._idle_seconds = idle_seconds
        self._change = threading.Condition()
        self._pending: dict[Place, Request] = {}
        self._numbers = 0
        self._worker: threading.Thread | None = None
        self._closed = False

    def submit(self, kind: str, /, **arguments) -> Request:
        """Hand in a request of nobody in particular, see `submit_for`."""
        return self.submit_for(ANYBODY, kind, **arguments)

    def submit_for(self, asker: Asker, kind: str, /, **arguments) -> Request:
        """Hand in a request; the one that asks for the same already, if there is one.

        Args:
            asker: Who asks.
            kind: What is asked.
            **arguments: Plain values: text, numbers, lists, dictionaries.

        Raises:
            BusyError: The asker has too many in line, or the line is full.
            TypeError: An argument is no plain value.
        """
        json.dumps(arguments)
        with self._change:
            if self._closed:
                raise ValueError("This client is closed. Make another one.")
            self._numbers += 1
            place = Place(turn_for(asker.owner, self._pending, 1), self._numbers, asker.owner)
            same = self.pending(kind, **arguments)
            if same is not None and same.join(asker):
                self._move_up(same, place)
                return same
            self._check_line(asker.owner)
            request = Request(self._numbers, kind, arguments)
            request.join(asker)
            self._pending[place] = request
            self._work()
            self._change.notify_all()
            return request

    def pending(self, kind: str, /, **arguments) -> Request | None:
        """Return the request for this that waits or is worked on, `None` if there is none."""
        wanted = (kind, arguments)
        for request in list(self._pending.values()):
            if (request.kind, request.arguments) == wanted and not request.unwanted:
                return request
        return None

    @property
    def process_id(self) -> int | None:
        """Of the inference process; `None` while there is none."""
        return self._process.id

    def close(self) -> None:
        """Cancel what is in line and end the process."""
        with self._change:
            self._closed = True
            for request in self._pending.values():
                request.cancel()
            self._change.notify_all()
        if self._worker is not None:
            self._worker.join()

    def _move_up(self, request, place):
        """Let a request come as early as the earliest of those who ask for it."""
        former = next(old for old, one in self._pending.items() if one is request)
        if place < former and request.state == WAITING:
            self._pending[place] = self._pending.pop(former)

    def _check_line(self, owner):
        in_line = [place.owner for place, one in self._pending.items() if one.is_pending]
        if (own := in_line.count(owner)) > MOST_WAITING:
            raise BusyError(f"{own} requests of yours are in line already. Try again in a minute.")
        if len(in_line) >= MOST_IN_LINE:
            raise BusyError(
                f"{len(in_line)} requests of all visitors are in line already. Try again in a "
                "minute."
            )

    def _work(self):
        if self._worker is None:
            self._worker = threading.Thread(target=self._run, name="inference", daemon=True)
            self._worker.start()

    def _run(self):
        while begun := self._next():
            place, request = begun
            if request.state == RUNNING:
                self._process.ask(request)
            with self._change:
                del self._pending[place]
        self._process.end()

    def _next(self) -> tuple[Place, Request] | None:
        """Wait for the next request, without the process if it takes long; none at the end."""
        with self._change:
            came = self._change.wait_for(self._has_something_to_do, self._idle_seconds)
        if not came:
            self._process.end()
        with self._change:
            self._change.wait_for(self._has_something_to_do)
            if not self._pending:
                return None
            place, request = min(self._pending.items(), key=lambda item: item[0])
            request.begin()  # under the lock: from now on nobody comes before it
            return place, request

    def _has_something_to_do(self):
        return self._pending or self._closed
