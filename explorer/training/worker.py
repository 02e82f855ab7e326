"""The process of one training: `python -m explorer.training.worker RUN_FOLDER`.

It is light until the queue gives it a slot: TensorFlow and the images are loaded afterwards.
"""

import argparse
import errno
import os
import time
import traceback
from pathlib import Path

import numpy as np

from explorer import data, runs
from explorer.runs import files
from explorer.runs.lock import writer_lock
from explorer.runs.write import RunWriter
from explorer.training import queue, room
from explorer.training.cost import estimate
from explorer.training.lengths import num_steps
from explorer.training.networks import network_for
from explorer.training.spec import TrainingSpec

LOCK_SECONDS = 10
RESERVE = ".reserve"
RESERVE_BYTES = 65_536
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
PROGRESS_SECONDS = 0.5
STOPPED_WAITING = "Stopped while it waited for its turn."


def main(arguments: list[str] | None = None) -> int:
    """Train the run of a folder, and return the exit status."""
    options = _parser().parse_args(arguments)
    folder = Path(options.folder).resolve()
    ticket = _ticket(options.ticket, folder)
    os.nice(options.nice)
    try:
        with writer_lock(folder).acquire(timeout=LOCK_SECONDS):
            return work(folder, ticket)
    finally:
        ticket.release()


def work(folder: Path, ticket: queue.Ticket | None) -> int:
    """Wait for a slot, train, and leave a status in any case that Python survives.

    Args:
        folder: The run folder, whose lock is held.
        ticket: The place in the queue; without one it is somebody else who says when to begin.

    Returns:
        The exit status.
    """
    writer = RunWriter(folder)
    try:
        (folder / RESERVE).write_bytes(b"\0" * RESERVE_BYTES)
        if not _has_turn(ticket, folder / files.STOP):
            writer.describe(status="stopped", detail=STOPPED_WAITING)
            return 0
        writer.describe(status="starting", detail="")
        log(f"loading TensorFlow, process {os.getpid()}")
        train(folder, writer)
        log("done")
        return 0
    except StoppedEarly:
        writer.describe(status="stopped", detail="Stopped while its images were prepared.")
        return 0
    except Exception as error:
        (folder / RESERVE).unlink(missing_ok=True)  # on a full disk, room for what is told now
        traceback.print_exc()
        writer.describe(status="failed", detail=explain(error, folder))
        return 1
    finally:
        (folder / RESERVE).unlink(missing_ok=True)
        (folder / files.STOP).unlink(missing_ok=True)


class StoppedEarly(Exception):
    """Somebody asked the job to stop while its images were being prepared."""


def train(folder: Path, writer: RunWriter) -> None:
    """Train the run, from the beginning or from its saved state."""
    # Loaded here and not above: a job in line costs 40 MB without TensorFlow, 700 MB with it.
    from explorer.training.fitting import fit

    run = runs.open_run(folder)
    spec = TrainingSpec.from_dict(run.spec)
    images = load_images(run, spec, writer)
    split = images.split(validation_share=spec.validation_share, seed=spec.seed)
    claim_room(folder, spec, images, split, writer)
    writer.describe(data=describe_data(images, split, spec), detail="")
    fit(run, spec, images, split)


def claim_room(
    folder: Path, spec: TrainingSpec, images: data.ImageSet, split: data.Split, writer: RunWriter
) -> None:
    """See that the whole recording fits on the disk, before its first step is written.

    Raises:
        NoRoomError: It does not.
    """
    network = network_for(
        spec,
        image_size=images.images.shape[1],
        channels=images.images.shape[3],
        num_classes=len(images.class_names),
    )
    steps = num_steps(len(split.train), spec.batch_size, spec.epochs)
    room.claim(folder, estimate(network, spec.recording, steps), writer.describe)


def load_images(run: runs.Run, spec: TrainingSpec, writer: RunWriter) -> data.ImageSet:
    """Load the images, leaving the progress in the run's detail.

    Raises:
        DataError: They cannot be used, or are not those that the run began with.
    """
    options = {"image_size": spec.image_size, "color": spec.color, "fit": spec.fit}
    told = time.monotonic()
    for item in data.read(spec.data, groups=spec.groups, **options):
        if (run.folder / files.STOP).exists():
            raise StoppedEarly
        if isinstance(item, data.Progress) and time.monotonic() > told + PROGRESS_SECONDS:
            told = time.monotonic()
            of_all = f" of {item.total:,}" if item.total else ""
            writer.describe(detail=f"{item.what}: {item.done:,}{of_all}")
    began_with = run.data.get("fingerprint")
    if began_with and began_with != item.fingerprint:
        raise data.DataError(
            f"The images in {spec.data} have changed since the run began. Bring the former ones "
            "back to resume it, or train anew."
        )
    return item


def describe_data(images: data.ImageSet, split: data.Split, spec: TrainingSpec) -> dict:
    """Return what `run.json` tells about the images."""
    _, height, _, channels = images.images.shape
    return {
        "name": images.name,
        "source": spec.data,
        "key": images.key,
        "fingerprint": images.fingerprint,
        "class_names": list(images.class_names),
        "class_counts": np.bincount(
            images.labels[split.train], minlength=len(images.class_names)
        ).tolist(),
        "image_size": height,
        "channels": channels,
        "fit": images.fit,
        "num_images": len(images.labels),
        "num_train": len(split.train),
        "num_validation": len(split.validation),
        "num_skipped": len(images.skipped),
        "near_duplicate_share": images.near_duplicate_share,
        "notes": list(images.notes),
    }


def explain(error: Exception, folder: Path) -> str:
    """Say in one line why a training ended, and what to do about it."""
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return (
            f"The disk of {folder.parent} is full ({error.strerror}). What was recorded stays "
            "readable. Make room there, then resume the run."
        )
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return "The memory is not enough. Choose a smaller batch size, image size or network."
    line = " ".join(str(error).split())[:500]
    if isinstance(error, ValueError) and line:
        return line
    return f"{type(error).__name__}: {line} The log has the details."


def log(text: str) -> None:
    """Add a line to the run's log."""
    print(time.strftime("%Y-%m-%d %H:%M:%S"), text, flush=True)


def _has_turn(ticket: queue.Ticket | None, stop: Path) -> bool:
    """Wait for the turn; it does not come when the run is asked to stop."""
    if ticket is None:
        return not stop.exists()
    return queue.wait_for_slot(ticket, give_up=stop.exists)


def _ticket(given: list[str] | None, folder: Path) -> queue.Ticket:
    if given is None:
        return queue.take_ticket(folder.name)
    ticket = queue.Ticket(Path(given[0]), int(given[1]))
    # Processes that the training starts must not hold its place once it is dead.
    os.set_inheritable(ticket.descriptor, False)
    os.register_at_fork(after_in_child=lambda: os.close(ticket.descriptor))
    return ticket


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m explorer.training.worker")
    parser.add_argument("folder")
    parser.add_argument("--ticket", nargs=2, metavar=("FILE", "DESCRIPTOR"))
    parser.add_argument("--nice", type=int, default=0)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
