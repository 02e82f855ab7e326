"""Asking the worker process, one request at a time, and hearing how far it is."""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from explorer.exports.worker import Request
from explorer.paths import PROJECT

SECONDS_TO_WAIT = 60
SECONDS_TO_WORK = 300
_slot = threading.BoundedSemaphore(1)


class ExportError(ValueError):
    """What was asked for could not be made; says why."""


@dataclass(frozen=True)
class Stage:
    """How far a request is.

    Args:
        share: From 0 to 1.
        words: What is being done.
        content: What was asked for, in the last stage; `None` before.
    """

    share: float
    words: str
    content: bytes | None = None


def prepare(request: Request) -> Iterator[Stage]:
    """Have something made; close the iterator to give up.

    Raises:
        ExportError: It could not be made, or others wait already.
    """
    yield Stage(0.0, "Waiting for a free place")
    if not _slot.acquire(timeout=SECONDS_TO_WAIT):
        raise ExportError("Something else is being prepared. Try again in a minute.")
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "made"
            yield from _stages(request, path)
            yield Stage(1.0, "Ready", path.read_bytes())
    finally:
        _slot.release()


def _stages(request, path):
    yield Stage(0.0, "Starting")
    process = _start(path)
    watch = threading.Timer(SECONDS_TO_WORK, process.kill)
    watch.start()
    error = ""
    try:
        with suppress(BrokenPipeError):  # it has ended already: its status tells why
            process.stdin.write(request.to_json())
            process.stdin.close()
        for line in process.stdout:
            told = json.loads(line)
            error = told.get("error", "")
            if not error:
                yield Stage(told["share"], told["words"])
        status = process.wait()
    finally:
        watch.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
    if status:
        raise ExportError(error or _ended(status))


def _ended(status):
    if status == -9:
        return (
            f"It took longer than {SECONDS_TO_WORK} seconds or more memory than there is. "
            "Choose a smaller tensor, or make it from a shell with: python -m explorer report."
        )
    return f"The process that makes it ended without a word, with status {status}."


def _start(path):
    return subprocess.Popen(
        [sys.executable, "-m", "explorer.exports.worker", str(path)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
