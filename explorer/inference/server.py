"""The warm process that works with networks: `python -m explorer.inference.server`.

`client` starts it and talks to it. It loads TensorFlow once, does one request after the other,
and ends when the connection is closed, which also happens when the process that started it dies.
"""

import argparse
import importlib
import os
import sys
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection

import numpy as np

from explorer.inference import wire

LOOK_SECONDS = 2.0
TELL_SECONDS = 0.1

Kinds = dict[str, Callable[..., dict[str, np.ndarray]]]


class Cancelled(Exception):
    """Nobody wants the answer any more."""


class Progress:
    """What a request calls to tell how far it is; it raises `Cancelled` to end the request.

    Args:
        connection: Leads to whoever asked.
        number: Number of the request.
    """

    def __init__(self, connection: Connection, number: int):
        self._connection = connection
        self._number = number
        self._told = 0.0

    def __call__(self, share: float, words: str) -> None:
        """Tell how much is done, from 0 to 1, and what is being done."""
        while self._connection.poll():
            message, _ = wire.receive(self._connection)
            if message.get("cancel") == self._number:
                raise Cancelled
        if time.monotonic() >= self._told + TELL_SECONDS:
            self._told = time.monotonic()
            values = {"progress": self._number, "share": share, "words": words}
            wire.send(self._connection, values)


def main(arguments: list[str] | None = None) -> int:
    """Answer requests until there is nobody to ask."""
    options = _parser().parse_args(arguments)
    os.nice(options.nice)
    parent = os.getppid()
    connection = Connection(options.connection)
    try:
        while _wait(connection, parent):
            message, _ = wire.receive(connection)
            if "request" in message:  # a request to cancel what has ended already says nothing
                _answer(connection, message, options.kinds)
    except wire.GONE:
        return 0
    return 0


def _wait(connection, parent) -> bool:
    """Wait for a message; false when the parent has died and something else keeps the line open."""
    while not connection.poll(LOOK_SECONDS):
        if os.getppid() != parent:
            return False
    return True


def _answer(connection, message, kinds_module):
    number = message["request"]
    wire.send(connection, {"begun": number})
    progress = Progress(connection, number)
    try:
        if kinds_module not in sys.modules:
            progress(0.0, "Loading TensorFlow")
        kinds: Kinds = importlib.import_module(kinds_module).KINDS
        arrays = kinds[message["kind"]](progress, **message["arguments"])
    except Cancelled:
        wire.send(connection, {"cancelled": number})
    except wire.GONE:
        raise
    except Exception as error:
        traceback.print_exc()
        wire.send(connection, {"failed": number, "error": explain(error)})
    else:
        wire.send(connection, {"done": number}, arrays)


def explain(error: Exception) -> str:
    """Say in one line what went wrong.

    >>> explain(ValueError("There is no such run."))
    'There is no such run.'
    >>> explain(KeyError("x"))
    "KeyError: 'x'"
    """
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return "The memory is not enough for these networks. Close what else runs, and try again."
    line = " ".join(str(error).split())[:500]
    return line if isinstance(error, ValueError) and line else f"{type(error).__name__}: {line}"


def _parser():
    parser = argparse.ArgumentParser(prog="python -m explorer.inference.server")
    parser.add_argument("--connection", type=int, required=True, help="descriptor of the line")
    parser.add_argument("--kinds", required=True, help="module with the functions to offer")
    parser.add_argument("--nice", type=int, default=0)
    return parser


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # TensorFlow takes seconds to put itself away, and there is nothing to save
