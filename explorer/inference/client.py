"""Asking the warm inference process, without loading TensorFlow oneself.

A request is handed in with `Client.submit` and looked at from time to time: whoever draws a page
must not wait. One request is worked on at a time, a few may wait in line.
"""

import json
import threading

from explorer.inference.request import BusyError, Request
from explorer.inference.warm_process import WarmProcess

IDLE_SECONDS = 300  # a loaded TensorFlow keeps half a gigabyte
MOST_WAITING = 4


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
        self._pending: list[Request] = []
        self._numbers = 0
        self._worker: threading.Thread | None = None
        self._closed = False

    def submit(self, kind: str, /, **arguments) -> Request:
        """Hand in a request; the one that asks for the same already, if there is one.

        Args:
            kind: What is asked.
            **arguments: Plain values: text, numbers, lists, dictionaries.

        Raises:
            BusyError: The line is full.
            TypeError: An argument is no plain value.
        """
        json.dumps(arguments)
        with self._change:
            if self._closed:
                raise ValueError("This client is closed. Make another one.")
            if same := self.pending(kind, **arguments):
                return same
            in_line = sum(request.is_pending for request in self._pending)
            if in_line > MOST_WAITING:
                raise BusyError(f"{in_line} requests are in line already. Try again in a minute.")
            self._numbers += 1
            request = Request(self._numbers, kind, arguments)
            self._pending.append(request)
            self._work()
            self._change.notify_all()
            return request

    def pending(self, kind: str, /, **arguments) -> Request | None:
        """Return the request for this that waits or is worked on, `None` if there is none."""
        wanted = (kind, arguments)
        for request in list(self._pending):
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
            for request in self._pending:
                request.cancel()
            self._change.notify_all()
        if self._worker is not None:
            self._worker.join()

    def _work(self):
        if self._worker is None:
            self._worker = threading.Thread(target=self._run, name="inference", daemon=True)
            self._worker.start()

    def _run(self):
        while request := self._next():
            if request.begin():
                self._process.ask(request)
            with self._change:
                self._pending.remove(request)
        self._process.end()

    def _next(self) -> Request | None:
        """Wait for the next request, without the process if it takes long; none at the end."""
        with self._change:
            came = self._change.wait_for(self._has_something_to_do, self._idle_seconds)
        if not came:
            self._process.end()
        with self._change:
            self._change.wait_for(self._has_something_to_do)
            return self._pending[0] if self._pending else None

    def _has_something_to_do(self):
        return self._pending or self._closed
