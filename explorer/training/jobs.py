"""Trainings as jobs: start, stop, go on, rename, delete. TensorFlow stays in the job's process.

A job is a detached process, `python -m explorer.training.worker RUN_FOLDER`, that outlives whoever
started it. It and the rest of the world talk through the run folder alone: the job writes its
status and recording there, and looks there for a request to stop.
"""

import os
import secrets
import shutil
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

from filelock import Timeout

from explorer import runs
from explorer.data import SOURCES
from explorer.paths import runs_dir
from explorer.runs import files
from explorer.runs.hidden import DELETED
from explorer.runs.lock import writer_lock
from explorer.runs.writable import check_can_begin, check_can_change
from explorer.runs.write import update_description
from explorer.training import allowance, processes, queue, room
from explorer.training.queue import num_slots
from explorer.training.spec import TrainingSpec

__all__ = [
    "begin",
    "delete",
    "num_slots",
    "prepare",
    "queue_place",
    "rename",
    "request_stop",
    "resume",
    "submit",
]

RESUMABLE = ("stopped", "failed")
MOST_NAME_CHARACTERS = 100
POLITE = 10
LEAVING_SECONDS = 10  # a job that is done, or asked to stop, still has to end
POLL_SECONDS = 0.1


def submit(
    spec: TrainingSpec,
    root: str | Path | None = None,
    *,
    nice: int = POLITE,
    owner: str = queue.SHELL,
    num_bytes: int | None = None,
) -> runs.Run:
    """Queue a training and return its run at once.

    Args:
        spec: What to train.
        root: The runs folder; the configured one by default.
        nice: How far the job steps back for other processes, such as the server of the page.
        owner: Who asks for it, see `queue`.
        num_bytes: What its recording will take, if that is known.

    Raises:
        OSError: The runs folder cannot be written.
        ValueError: It is read-only, the owner has as many in line as allowed, there is no room on
            the disk, or a setting such as `EXPLORER_JOBS` is no number.
    """
    entries = {} if num_bytes is None else {room.EXPECTED: num_bytes}
    with allowance.admitted(owner, num_bytes=num_bytes, root=root):
        return begin(prepare(spec, root, **entries), nice=nice, owner=owner)


def prepare(spec: TrainingSpec, root: str | Path | None = None, **entries) -> Path:
    """Write the folder of a run that waits, and return it; somebody has to begin it.

    Args:
        spec: What to train.
        root: The runs folder; the configured one by default.
        **entries: More for `run.json`, such as the sweep that the run belongs to.

    Raises:
        OSError: The runs folder cannot be written; nothing is left in it.
        ValueError: It is read-only.
    """
    check_can_begin(root)
    folder = runs.new_folder(root)
    spec = replace(spec, data=_absolute_source(spec.data), groups=_absolute(spec.groups))
    known = {"name": spec.name, "spec": spec.to_dict(), "status": "waiting", "detail": ""}
    try:
        update_description(folder, **known, **entries)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def begin(folder: Path, *, nice: int = POLITE, owner: str = queue.SHELL) -> runs.Run:
    """Queue the training of a prepared folder and return its run at once.

    Args:
        folder: From `prepare`.
        nice: As for `submit`.
        owner: As for `submit`.

    Raises:
        OSError: Its process cannot be started; the run says so.
    """
    _start(folder, nice, owner)
    return runs.open_run(folder)


def request_stop(run: runs.Run) -> None:
    """Ask a job to stop after the present step; what it recorded stays.

    Raises:
        ValueError: There is nothing to stop.
    """
    run = runs.open_run(run.folder)
    if not run.is_live:
        raise ValueError(f"Run {run.name!r} is {run.status}. Only a live run can be stopped.")
    check_can_change(run)
    (run.folder / files.STOP).touch()


def resume(run: runs.Run, *, nice: int = POLITE, owner: str = queue.SHELL) -> runs.Run:
    """Queue a stopped or failed training again; it goes on where its state was saved last.

    Args:
        run: The run.
        nice: As for `submit`.
        owner: As for `submit`.

    Raises:
        ValueError: The run is live, finished, or was not trained by the explorer, the owner has as
            many in line as he may, or a setting such as `EXPLORER_JOBS` is no number.
    """
    run = runs.open_run(run.folder)
    if run.status not in RESUMABLE:
        raise ValueError(
            f"Run {run.name!r} is {run.status}. Only a stopped or failed run can be resumed."
        )
    if not run.spec:
        raise ValueError(
            f"Run {run.name!r} was recorded by a script of its own. Resume it with that script."
        )
    TrainingSpec.from_dict(run.spec)
    check_can_change(run)
    with allowance.admitted(owner):
        (run.folder / files.STOP).unlink(missing_ok=True)
        update_description(run.folder, status="waiting", detail="")
        _start(run.folder, nice, owner)
    return runs.open_run(run.folder)


def rename(run: runs.Run, name: str) -> runs.Run:
    """Give a run another name for people; its id stays.

    Raises:
        ValueError: The name is empty or too long, or the run has been deleted or is read-only.
    """
    check_can_change(runs.open_run(run.folder))
    update_description(run.folder, name=checked_name(name))
    return runs.open_run(run.folder)


def delete(run: runs.Run) -> None:
    """Remove a run from the disk; a run that was asked to stop gets a few seconds to end.

    The folder gets a hidden name first, so that no reader ever sees half a run. What an
    interrupted removal left is looked for in the runs folder alone: others are not ours to tidy.

    Raises:
        ValueError: The run is live, read-only, or a link to a run elsewhere.
        OSError: The folder cannot be removed.
    """
    run = _after_stopping(runs.open_run(run.folder))
    if run.is_live and _is_asked_to_stop(run):
        raise ValueError(
            f"Run {run.name!r} was asked to stop, but is {run.status} still: it ends after its "
            "present step. Try again in a minute."
        )
    if run.is_live:
        raise ValueError(f"Run {run.name!r} is {run.status}. Stop it first, then delete it.")
    if run.folder.is_symlink():
        raise ValueError(
            f"Run {run.name!r} is a link to {str(run.folder.resolve())!r}. Delete the run there, "
            "or take away the link."
        )
    check_can_change(run)
    root = run.folder.parent
    hidden = root / f"{DELETED}{run.folder.name}-{secrets.token_hex(4)}"
    try:
        with writer_lock(run.folder).acquire(timeout=LEAVING_SECONDS):
            run.folder.rename(hidden)
    except Timeout:
        raise ValueError(
            f"Run {run.name!r} is still in use. Delete it when it has ended."
        ) from None
    shutil.rmtree(hidden, ignore_errors=True)
    if hidden.exists():
        shutil.rmtree(hidden)  # says what stands in the way
    for left in root.glob(f"{DELETED}*") if root == runs_dir() else ():
        shutil.rmtree(left, ignore_errors=True)


def queue_place(run: runs.Run) -> int | None:
    """Return 0 for a job at work, 1 for the next in line, `None` for a run not in the queue."""
    return queue.places().get(run.folder.name)


def checked_name(name: str) -> str:
    """Return a name on one line.

    Raises:
        ValueError: It is empty or too long.
    """
    line = " ".join(name.split())
    if not 1 <= len(line) <= MOST_NAME_CHARACTERS:
        raise ValueError(
            f"The name has {len(line)} characters. Give between 1 and {MOST_NAME_CHARACTERS}."
        )
    return line


def _after_stopping(run: runs.Run) -> runs.Run:
    """Wait for a run that was asked to stop, though not for long; return it as it is then."""
    end = time.monotonic() + LEAVING_SECONDS
    while run.is_live and _is_asked_to_stop(run) and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
        run = runs.open_run(run.folder)
    return run


def _is_asked_to_stop(run: runs.Run) -> bool:
    return (run.folder / files.STOP).exists()


def _start(folder: Path, nice: int, owner: str) -> None:
    """Start the job's process and hand it a ticket of the queue."""
    try:
        process = _start_with(queue.take_ticket(folder.name, owner=owner), folder, nice)
    except OSError as error:
        update_description(folder, status="failed", detail=f"It could not be started: {error}")
        raise
    # A child that ended stays a zombie until its parent asks for its result.
    threading.Thread(target=process.wait, name=f"job {folder.name}", daemon=True).start()


def _start_with(ticket: queue.Ticket, folder: Path, nice: int) -> subprocess.Popen:
    arguments = [str(folder), "--ticket", str(ticket.path), str(ticket.descriptor)]
    arguments += ["--nice", str(nice)]
    try:
        with (folder / files.LOG).open("ab") as log:
            process = processes.start(
                "explorer.training.worker", arguments, log=log, descriptor=ticket.descriptor
            )
    except OSError:
        ticket.release()
        raise
    os.close(ticket.descriptor)
    return process


def _absolute_source(source: str) -> str:
    return source if source in SOURCES else _absolute(source)


def _absolute(path: str | None) -> str | None:
    return None if path is None else str(Path(path).absolute())
