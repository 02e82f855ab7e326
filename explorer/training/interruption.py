"""Closing the run of a training that was interrupted: Keras tells no callback of an exception.

In a notebook, or in a script that goes on after the exception, the process lives and its run
would be shown as running for as long.
"""

import threading
import weakref
from collections.abc import Callable
from contextlib import suppress

from filelock import BaseFileLock

from explorer.runs.read import open_run
from explorer.runs.write import RunWriter
from explorer.training.place import give_back

DETAIL = "The training was interrupted before its end."
_closers: dict[int, list[tuple[object, weakref.finalize]]] = {}


def close_later(
    owner: object,
    writer: RunWriter,
    lock: BaseFileLock,
    *finishing: Callable[[], None],
    fit: object = None,
) -> weakref.finalize:
    """See to it that a run is closed, if its training does not come to do so itself.

    It is closed when the next training begins in the same thread, when its owner is deleted, or
    when the interpreter exits, whichever is first.

    Args:
        owner: What records the run.
        writer: Writes the run.
        lock: Held while the run is recorded.
        *finishing: Called first; they write what still waits. They must not know the owner.
        fit: Stands for the call of `fit` that is recorded: several owners may record one.

    Returns:
        Its `detach()` is to be called at the regular end of the training.
    """
    close_former(fit)
    closer = weakref.finalize(owner, _close, writer, lock, finishing)
    _closers.setdefault(threading.get_ident(), []).append((fit, closer))
    return closer


def close_former(fit: object = None) -> None:
    """Close what an interrupted training of this thread left, but not what records this one."""
    known = _closers.get(threading.get_ident(), [])
    for other, closer in known:
        if fit is None or other is not fit:
            closer()  # does nothing when detached, or called before
    known[:] = [(other, closer) for other, closer in known if closer.alive]


def _close(writer, lock, finishing):
    detail = DETAIL
    for finish in finishing:
        try:
            finish()
        except Exception as error:  # whatever it was, it belongs to this run and not to the next
            detail = f"{DETAIL} Its last recorded steps could not be written: {error}"
    try:
        with suppress(OSError, ValueError):  # the folder was deleted, or the disk is full
            # A job says itself why it ended.
            if open_run(writer.folder).description.get("status") == "running":
                writer.describe(status="stopped", detail=detail)
    finally:
        writer.close()
        give_back(writer.folder)
        lock.release()
