"""The process that answers, and the line to it: started, asked, followed, ended. No TensorFlow."""

import subprocess
import time
from multiprocessing import Pipe

from explorer.inference import wire
from explorer.inference.request import CANCELLED, DONE, FAILED, RUNNING, Request
from explorer.inference.server import explain
from explorer.paths import cache_dir
from explorer.training import processes

LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 10  # until a request that does not end by itself is ended with its process
LOG = "inference.log"  # in the cache folder
POLITE = 5  # ahead of trainings, which are more polite, and behind the page


class WarmProcess:
    """The process and the line to it; used by one thread.

    Args:
        kinds: Module that names the functions on offer.
    """

    def __init__(self, kinds: str):
        self._kinds = kinds
        self._process: subprocess.Popen | None = None
        self._line = None
        self._code: int | None = None

    @property
    def id(self) -> int | None:
        """Of the process; `None` while there is none."""
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
        except (OSError, ValueError, MemoryError) as error:
            self.end()  # what is left of this answer on the line must not be taken for the next
            request.end(FAILED, error=explain(error))

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
