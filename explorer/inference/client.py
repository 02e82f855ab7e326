"""Asking the warm inference process, without loading TensorFlow oneself.

A request is handed in with `Client.submit` and looked at from time to time: whoever draws a page
must not wait. One request is worked on at a time, a few may wait in line.
"""

import json
import subprocess
import threading
import time
from multiprocessing import Pipe

import numpy as np

from explorer.inference import wire
from explorer.paths import cache_dir
from explorer.training import processes

IDLE_SECONDS = 300  # a loaded TensorFlow keeps half a gigabyte
MOST_WAITING = 4
LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 10  # until a request that does not end by itself is ended with its process
LOG = "inference.log"  # in the cache folder
POLITE = 5  # ahead of trainings, which are more polite, and behind the page

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"


class BusyError(ValueError):
    """Too many requests wait already."""


class Request:
    """One thing asked of the inference process.

    Read `state`, `share` and `words` whenever you like; they change while others look.

    Args:
        number: Of this request, counted by the client.
        kind: What is asked, a key of the process's `KINDS`.
        arguments: Plain values.
    """

    def __init__(self, number: int, kind: str, arguments: dict):
        self.number, self.kind, self.arguments = number, kind, arguments
        self.state = WAITING
        self.share, self.words = 0.0, "Waiting for its turn"
        self.error = ""
        self.unwanted = False
        self._arrays: dict[str, np.ndarray] = {}
        self._ended = threading.Event()
        self._beginning = threading.Lock()

    @property
    def is_pending(self) -> bool:
        """Whether it waits or is being worked on."""
        return self.state in (WAITING, RUNNING)

    def cancel(self) -> None:
        """Say that the answer is not wanted any more; what is worked on takes a moment to end."""
        self.unwanted = True
        with self._beginning:
            if self.state == WAITING:
                self.end(CANCELLED, error="It was cancelled before it began.")

    def result(self, timeout: float | None = None) -> dict[str, np.ndarray]:
        """Wait for the answer and return it.

        Args:
            timeout: Seconds to wait at most.

        Raises:
            TimeoutError: It is still pending.
            ValueError: It failed or was cancelled; the message says why.
        """
        if not self._ended.wait(timeout):
            raise TimeoutError(f"Request {self.kind!r} is still {self.state}: {self.words}.")
        if self.state != DONE:
            raise ValueError(self.error)
        return self._arrays

    def begin(self) -> bool:
        """Note that it is being worked on; false when it was cancelled while it waited."""
        with self._beginning:
            if self.state != WAITING:
                return False
            self.state, self.words = RUNNING, "Starting"
            return True

    def tell(self, share: float, words: str) -> None:
        """Note how far it is."""
        self.share, self.words = share, words

    def end(self, state: str, *, error: str = "", arrays: dict | None = None) -> None:
        """Note how it ended."""
        self.error, self._arrays = error, arrays or {}
        self.state = state
        self._ended.set()


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
        self._process = _Process(kinds)
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


class _Process:
    """The process and the line to it; used by one thread."""

    def __init__(self, kinds: str):
        self._kinds = kinds
        self._process: subprocess.Popen | None = None
        self._line = None
        self._code: int | None = None

    @property
    def id(self):
        return None if self._process is None else self._process.pid

    def ask(self, request: Request) -> None:
        """Have a request answered; it has ended in any case when this returns."""
        try:
            was_warm = self._process is not None
            begun = self._converse(request)
            if not begun and was_warm:  # it had died while nobody asked it anything
                begun = self._converse(request)
            if request.state == RUNNING:
                raise ValueError(_crash_words(self._code, begun))
        except (OSError, ValueError) as error:
            request.end(FAILED, error=str(error))

    def end(self) -> None:
        """Close the line, upon which the process ends; kill it if it does not."""
        if self._process is None:
            return
        self._line.close()
        try:
            self._code = self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._code = self._process.wait()
        self._process = self._line = None

    def _converse(self, request) -> bool:
        """Send a request and follow it; return whether the process had begun with it."""
        begun = False
        try:
            if self._process is None:
                self._start()
            wire.send(
                self._line,
                {
                    "request": request.number,
                    "kind": request.kind,
                    "arguments": request.arguments,
                },
            )
            while request.state == RUNNING:
                message, arrays = self._next(request)
                begun = True
                _note(request, message, arrays)
        except wire.GONE:
            self.end()
        return begun

    def _next(self, request):
        """Wait for the next message; pass on that the request is unwanted, then lose patience."""
        asked = None
        while not self._line.poll(LOOK_SECONDS):
            if request.unwanted and asked is None:
                asked = time.monotonic()
                wire.send(self._line, {"cancel": request.number})
            if asked is not None and time.monotonic() > asked + PATIENCE_SECONDS:
                request.end(CANCELLED, error="It was cancelled.")
                self._process.kill()
        return wire.receive(self._line)

    def _start(self):
        line, theirs = Pipe()
        arguments = ["--kinds", self._kinds, "--connection", str(theirs.fileno())]
        arguments += ["--nice", str(POLITE)]
        with theirs, _new_log() as log:
            self._process = processes.start(
                "explorer.inference.server", arguments, log=log, descriptor=theirs.fileno()
            )
        self._line = line


def _new_log():
    """Open the log of a process; one that is still written to keeps its own file."""
    path = cache_dir() / LOG
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return path.open("ab")


def _note(request, message, arrays):
    if message.get("progress") == request.number:
        request.tell(message["share"], message["words"])
    elif message.get("done") == request.number:
        request.end(DONE, arrays=arrays)
    elif message.get("failed") == request.number:
        request.end(FAILED, error=message["error"])
    elif message.get("cancelled") == request.number:
        request.end(CANCELLED, error="It was cancelled.")


def _crash_words(code, begun):
    when = "while it worked on this" if begun else "before it had begun"
    why = f"killed by signal {-code}" if code and code < 0 else f"exit status {code}"
    memory = " Perhaps the memory was not enough." if code == -9 else ""
    return (
        f"The inference process ended {when} ({why}).{memory} It starts anew with the next request."
    )
