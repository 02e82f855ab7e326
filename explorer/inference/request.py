"""One thing asked of the inference process: how far it is, and its answer. No TensorFlow."""

import threading
from typing import NamedTuple

import numpy as np

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"


class BusyError(ValueError):
    """Too many requests wait already."""


class Asker(NamedTuple):
    """Who asks.

    Args:
        owner: Among whom the line is shared.
        session: One of the owner's windows, which gives up for itself alone.
    """

    owner: str = ""
    session: str = ""


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
        self.share, self.words = 0.0, "Waiting until what was asked before is answered"
        self.error = ""
        self.unwanted = False
        self._arrays: dict[str, np.ndarray] = {}
        self._ended = threading.Event()
        self._beginning = threading.Lock()
        self._askers: set[Asker] = set()

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

    def join(self, asker: Asker) -> bool:
        """Note that somebody wants the answer, too; false when it is not to be had any more."""
        with self._beginning:
            if self.unwanted or not self.is_pending:
                return False
            self._askers.add(asker)
            return True

    def is_of(self, owner: str) -> bool:
        """Say whether somebody has asked for it, in whichever window."""
        return any(asker.owner == owner for asker in self._askers)

    def give_up(self, asker: Asker) -> "Request":
        """Say that somebody does not want the answer any more; the others still get it.

        Returns:
            What this asker looks at from now on: the request, or one that is cancelled.
        """
        with self._beginning:
            self._askers.discard(asker)
            if self._askers:
                left = Request(self.number, self.kind, self.arguments)
                left.end(CANCELLED, error="It was cancelled.")
                return left
        self.cancel()
        return self

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
