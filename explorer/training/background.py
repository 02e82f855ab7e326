"""Work that need not keep a training waiting: it is done in a thread beside it, in order."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

MOST_WAITING = 4


class Background:
    """Do one thing after the other in one thread; NumPy and files leave the cores to others.

    Args:
        most_waiting: So many things may wait, with the memory they hold; then `do` waits, too.
    """

    def __init__(self, most_waiting: int = MOST_WAITING):
        self._most_waiting = most_waiting
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recorder")
        self._waiting: deque[Future] = deque()

    def do(self, work: Callable[..., None], *arguments) -> None:
        """Hand in work.

        Raises:
            Exception: Whatever earlier work raised; what waited behind it is done all the same.
        """
        while self._waiting and (
            self._waiting[0].done() or len(self._waiting) >= self._most_waiting
        ):
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(work, *arguments))

    def wait(self) -> None:
        """Wait until everything is done.

        Raises:
            Exception: Whatever some work raised.
        """
        while self._waiting:
            self._waiting.popleft().result()

    def end(self) -> None:
        """Wait until everything is done, and end the thread.

        Raises:
            Exception: Whatever some work raised.
        """
        self._thread.shutdown()
        self.wait()
