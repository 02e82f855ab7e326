"""Closing the run of a training that was interrupted: Keras tells no callback of an exception.

In a notebook, or in a script that goes on after the exception, the process lives and its run
would be shown as running for as long.
"""

import threading
import weakref
from contextlib import suppress

from filelock import BaseFileLock

from explorer.runs.read import open_run
from explorer.runs.write import RunWriter
from explorer.training.background import Background

DETAIL = "The training was interrupted before its end."
_closers: dict[int, weakref.finalize] = {}


def close_later(
    owner: object, writer: RunWriter, lock: BaseFileLock, background: Background
) -> weakref.finalize:
    """See to it that a run is closed, if its training does not come to do so itself.

    It is closed when the next training begins in the same thread, when its owner is deleted, or
    when the interpreter exits, whichever is first.

    Args:
        owner: What records the run.
        writer: Writes the run.
        lock: Held while the run is recorded.
        background: What still writes recorded steps.

    Returns:
        Its `detach()` is to be called at the regular end of the training.
    """
    thread = threading.get_ident()
    if thread in _closers:
        _closers[thread]()  # does nothing when detached, or called before
    _closers[thread] = weakref.finalize(owner, _close, writer, lock, background)
    return _closers[thread]


def _close(writer, lock, background):
    detail = DETAIL
    try:
        background.wait()
    except Exception as error:  # whatever it was, it belongs to this run and not to the next
        detail = f"{DETAIL} Its last recorded steps could not be written: {error}"
    try:
        with suppress(OSError, ValueError):  # the folder was deleted, or the disk is full
            # A job says itself why it ended.
            if open_run(writer.folder).description.get("status") == "running":
                writer.describe(status="stopped", detail=detail)
    finally:
        writer.close()
        lock.release()
