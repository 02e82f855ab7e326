"""A run as a TensorBoard log: its scalars and its histograms, written by TensorBoard itself.

In a process of its own, or the shell's: TensorBoard is told that there is no TensorFlow.
"""

import datetime
import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from explorer import runs
from explorer.imports.events import use_tensorboard_alone
from explorer.runs import sketch
from explorer.runs.hidden import hidden_folder

BINS = 64
TRAIN, VALIDATION = "train", "validation"
TRAIN_TAGS = ("loss", "accuracy", "learning_rate", "gradient_norm")
VALIDATION_TAGS = ("loss", "accuracy")
NONFINITE = ("nan", "positive_infinity", "negative_infinity")
QUEUE = 1000
LONGEST_NAME = 40
EXPORTING = ".exporting-"


def export(run: runs.Run, folder: str | Path) -> Path:
    """Write a run as a log.

    Each recorded tensor has the tag `weights/conv_1/kernel`, and so on, with a histogram at
    every recorded step. Values that are not finite have no place in a histogram: a scalar
    `not_finite/weights/conv_1/kernel` counts them where there are any.

    Args:
        run: The run.
        folder: Of logs; a folder with the name of the run, and its id where that is taken, is
            made in it, whole or not at all.

    Returns:
        The folder that was made.

    Raises:
        ValueError: It is there already, the run has nothing to write, or TensorBoard is missing.
        OSError: The folder cannot be written.
    """
    use_tensorboard_alone()
    folder, metrics = Path(folder), run.metrics()
    if not (len(run.steps) or len(metrics.train) or len(metrics.validation)):
        raise ValueError(f"Run {run.name!r} has recorded nothing yet that could be written.")
    target = _target(folder, run)
    folder.mkdir(parents=True, exist_ok=True)
    with hidden_folder(folder, EXPORTING) as hidden:
        made, began, ending = hidden / target.name, _began(run), _ending(run)
        _write(made / TRAIN, began, _train_events(run, metrics), ending)
        validation = _scalars(metrics.validation, VALIDATION_TAGS)
        _write(made / VALIDATION, began, validation, ending)
        if not made.exists():
            raise ValueError(f"Run {run.name!r} has recorded nothing that a log could hold.")
        made.rename(target)
    return target


def _target(folder, run) -> Path:
    """Return a folder that is not there yet, under the name that TensorBoard is to show."""
    name = re.sub(r"[^\w.-]+", "-", run.name)[:LONGEST_NAME].strip("-.") or run.id
    for target in (folder / name, folder / f"{name}-{run.id}"):
        if not target.exists():
            return target
        if any(file.name.endswith(_ending(run)) for file in target.glob("*/*")):
            break
    raise ValueError(f"{str(target)!r} is there already. Delete it, or name another folder.")


def _ending(run) -> str:
    """Tell the files of a run from those of another of the same name."""
    return f".{run.id}.explorer"


def _began(run) -> float:
    try:
        return datetime.datetime.fromisoformat(run.description["created"]).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError, OSError):  # before any calendar
        return 0.0


def _write(folder, began, events: Iterator[tuple], ending):
    """Write events, if there are any. [(step, seconds since the beginning, summary)]."""
    from tensorboard.compat.proto import event_pb2
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    first = next(events, None)
    if first is None:
        return
    folder.mkdir(parents=True)
    writer = EventFileWriter(str(folder), max_queue_size=QUEUE)
    try:
        for step, seconds, summary in (first, *events):
            event = event_pb2.Event(step=step, wall_time=began + seconds, summary=summary)
            writer.add_event(event)
    finally:
        writer.close()
    for number, file in enumerate(sorted(folder.iterdir())):  # its name names this machine
        file.rename(folder / f"events.out.tfevents.{int(began):010d}.{number}{ending}")


def _train_events(run, metrics):
    """Yield everything of a training, scalars first."""
    train = metrics.train
    yield from _scalars(train, TRAIN_TAGS)
    times = np.nan_to_num(train["seconds"].to_numpy(float)).cumsum()
    places = np.searchsorted(train["step"].to_numpy(), run.steps)
    seconds = np.concatenate([[0.0], times])[np.minimum(places, len(times))]
    for kind in runs.KINDS:
        for tensor in run.tensors(kind):
            yield from _tensor_events(run, kind, tensor, seconds)


def _scalars(frame, tags):
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb

    known = frame["seconds"] if "seconds" in frame else np.zeros(len(frame))
    seconds = np.nan_to_num(np.asarray(known, float)).cumsum()
    for tag in tags:
        values = frame[tag].to_numpy(float)
        if np.isnan(values).all() and tag != "loss":  # a loss that is nowhere a number is lost
            continue
        for step, time, value in zip(frame["step"].tolist(), seconds, values, strict=True):
            yield step, float(time), scalar_pb(tag, value)


def _tensor_events(run, kind, tensor, seconds):
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb

    moments, knots = run.sketches(kind, tensor)
    lost = moments[list(NONFINITE)].sum(axis=1).to_numpy()
    for place, step in enumerate(run.steps.tolist()):
        low, high = moments["minimum"].iloc[place], moments["maximum"].iloc[place]
        if lost.any() and moments["size"].iloc[place] > 0:
            yield step, seconds[place], scalar_pb(f"not_finite/{kind}/{tensor}", lost[place])
        if math.isfinite(low) and math.isfinite(high):
            one = moments[list(sketch.MOMENTS)].iloc[place].to_numpy(float)
            values = run.values(kind, tensor, [step]) if _is_whole(run, kind, tensor) else None
            buckets = buckets_of(one, knots[place], values)
            yield step, seconds[place], _histogram(f"{kind}/{tensor}", buckets)


def _is_whole(run, kind, tensor):
    return run.tensors(kind)[tensor].is_whole


def buckets_of(moments: np.ndarray, knots: np.ndarray, values: np.ndarray | None) -> np.ndarray:
    """Count a tensor in buckets of equal width, as TensorBoard does.

    Args:
        moments: As recorded. (10,)
        knots: As recorded. (257,)
        values: All values, where they were kept: they are counted then, and else estimated to
            within half a percent of all. (...)

    Returns:
        Left border, right border and count; a single bucket where all values are one.
        (buckets, 3)
    """
    low, high = (moments[sketch.MOMENTS.index(name)] for name in ("minimum", "maximum"))
    size = float(sketch.finite_size(moments))
    if low == high:
        return np.array([[low, high, size]])
    edges = np.linspace(low, high, BINS + 1)
    if values is not None:
        counts = np.histogram(values[np.isfinite(values)], edges)[0].astype(float)
    else:
        inside, below, above = sketch.histogram(knots[None], np.array([size]), edges)
        counts = inside[0]
        counts[0] += below[0]
        counts[-1] += above[0]
    return np.column_stack([edges[:-1], edges[1:], counts])


def _histogram(tag, buckets):
    from tensorboard.compat.proto import summary_pb2
    from tensorboard.plugins.histogram import metadata
    from tensorboard.util import tensor_util

    summary = summary_pb2.Summary()
    summary.value.add(
        tag=tag,
        metadata=metadata.create_summary_metadata(display_name=None, description=None),
        tensor=tensor_util.make_tensor_proto(buckets, dtype=np.float64),
    )
    return summary
