"""Work that need not keep a training waiting: it is done in a thread beside it, in order."""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

MOST_WAITING = 2
NICENESS = 15


class Background:
    """Do one thing after the other in one thread, in what time the training leaves.

    Once something has gone wrong, nothing more is done: what follows would leave a gap.

    Args:
        most_waiting: So many things may wait, with the memory they hold; then `do` waits, too.
    """

    def __init__(self, most_waiting: int = MOST_WAITING):
        self._most_waiting = most_waiting
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="recorder", initializer=_give_way)
        self._waiting: deque[Future] = deque()
        self._thread: int | None = None
        self._failed = False

    def do(self, work: Callable[..., None], *arguments) -> None:
        """Hand in work.

        Raises:
            Exception: Whatever earlier work raised.
        """
        while self._waiting and (
            self._waiting[0].done() or len(self._waiting) >= self._most_waiting
        ):
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(self._run, work, arguments))

    def wait(self) -> None:
        """Wait until everything is done; in the thread itself, nothing can be waited for.

        Raises:
            Exception: Whatever some work raised.
        """
        while self._waiting and threading.get_ident() != self._thread:
            self._waiting.popleft().result()

    def end(self) -> None:
        """Wait until everything is done, and end the thread.

        Raises:
            Exception: Whatever some work raised.
        """
        self._pool.shutdown()
        self.wait()

    def _run(self, work, arguments):
        self._thread = threading.get_ident()
        if self._failed:
            return
        self._failed = True
        work(*arguments)
        self._failed = False


def _give_way():
    """Lower the priority of this thread, on the system that tells threads apart."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        niceness = max(NICENESS, os.getpriority(os.PRIO_PROCESS, thread))
        os.setpriority(os.PRIO_PROCESS, thread, niceness)
