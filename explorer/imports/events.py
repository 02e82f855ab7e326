"""Reading event files with TensorBoard's own reader, within limits. Only in a process apart.

TensorBoard's reader is told that there is no TensorFlow, which it can do without. It ends at the
first damaged record of a file without a word: what was left unread is measured here, and said.
"""

import importlib.util
import sys
import types
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import numpy as np

from explorer.imports.buckets import MOST_BUCKETS, Sums, sketch_of
from explorer.imports.errors import ImportFailed
from explorer.imports.tags import Series
from explorer.runs.sketch import Sketch

RECORD_EXTRA = 16  # bytes of a record beside its content
MOST_STEP = 10**12
MOST_POINTS = 50_000  # of a series of numbers
MOST_STEPS = 400  # of a series of histograms
MOST_SERIES = 3_000
MOST_HISTOGRAMS = 400
LONGEST_TAG = 1_000
MISSING = (
    "Reading and writing TensorBoard logs needs the package tensorboard. Install it with "
    "`pip install tensorboard`, in the environment of the explorer."
)


@dataclass
class Log:
    """What the event files of one run hold.

    Args:
        scalars: Numbers by step.
        histograms: Sketches by step.
        others: How many tags of other kinds there are, by kind.
        notes: What could not be read, and what was thinned, in sentences.
    """

    scalars: dict[Series, dict[int, float]] = field(default_factory=dict)
    histograms: dict[Series, dict[int, Sketch]] = field(default_factory=dict)
    others: dict[Series, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    thinned: Counter = field(default_factory=Counter)


def use_tensorboard_alone() -> None:
    """Have TensorBoard do without TensorFlow, which takes seconds and hundreds of megabytes.

    Raises:
        ImportFailed: TensorBoard is not installed.
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise ImportFailed(MISSING)
    # The module that TensorBoard looks for to decide; in its own builds it is an empty one.
    sys.modules.setdefault("tensorboard.compat.notf", types.ModuleType("notf"))


def read_log(parts: dict[str, list[Path]]) -> Log:
    """Read the event files of one run.

    Args:
        parts: The files of each folder, oldest first: what is written twice counts as last
            written.

    Raises:
        ImportFailed: None of them holds anything.
    """
    log = Log()
    for part, files in parts.items():
        for file in files:
            _read_file(log, part, file)
    for series, times in log.thinned.items():
        kind = "histograms" if series in log.histograms else "numbers"
        log.notes.append(f"Of the {kind} {series.text!r} one in {2**times} was kept.")
    return log


def _read_file(log, part, file):
    where = f"{part}/{file.name}" if part else file.name
    read, number, damage = 0, 0, ""
    try:
        for record in _records(file):
            read += len(record) + RECORD_EXTRA
            number += 1
            _take(log, part, record)
    except MemoryError:
        damage = "a record announces more than fits into memory"
    except ValueError as error:  # a record that is no event
        damage = str(error)
    left = file.stat().st_size - read
    if left and number == 0:
        log.notes.append(f"{where} is no event file, or damaged from its beginning on.")
    elif left or damage:
        why = damage or "it was cut short, is damaged there, or was still being written"
        log.notes.append(f"Of {where} {number:,} records were read, and {left:,} bytes not: {why}.")


def _records(file) -> Iterator[bytes]:
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader

    return RawEventFileLoader(str(file)).Load()


def _take(log, part, record):
    from google.protobuf.message import DecodeError
    from tensorboard.compat.proto import event_pb2

    try:
        event = event_pb2.Event.FromString(record)
    except DecodeError as error:
        raise ValueError("a record is no event of TensorBoard") from error
    if not 0 <= event.step <= MOST_STEP:
        if event.HasField("summary"):
            _note_once(log, f"Steps below 0 or above {MOST_STEP:,} were left out.")
        return
    for value in event.summary.value:
        if len(value.tag) > LONGEST_TAG:
            _note_once(log, f"Tags of more than {LONGEST_TAG:,} letters were left out.")
        else:
            _take_value(log, Series(part, value.tag), event.step, value)


def _take_value(log, series, step, value):
    """Keep a number or a histogram; of all else, what kind it is."""
    what, plugin = value.WhichOneof("value"), _plugin(log, series, value)
    if what == "simple_value":
        _put(log, log.scalars, series, step, float(value.simple_value), MOST_POINTS)
    elif what == "histo":
        _put_histogram(log, series, step, value)
    elif what == "tensor" and plugin == "scalars":
        _put_scalar(log, series, step, value.tensor)
    elif what == "tensor" and plugin == "histograms":
        _put_histogram(log, series, step, value)
    elif len(log.others) < MOST_SERIES:
        log.others.setdefault(series, plugin or what or "nothing")


def _plugin(log, series, value):
    """Return the kind of a tag; it is said with the first value of it alone."""
    if value.metadata.plugin_data.plugin_name:
        return value.metadata.plugin_data.plugin_name
    if series in log.scalars:
        return "scalars"
    return "histograms" if series in log.histograms else ""


def _put_scalar(log, series, step, tensor):
    numbers = _array(tensor, 1)
    if numbers is None:
        _note_once(log, f"{series.text!r} holds what is no number; that was left out.")
        return
    _put(log, log.scalars, series, step, float(numbers.reshape(())), MOST_POINTS)


def _put_histogram(log, series, step, value):
    from tensorboard.data_compat import migrate_value

    try:
        sums = _sums(value)
        buckets = _array(migrate_value(value).tensor, 3 * MOST_BUCKETS)
        if buckets is None:
            raise ValueError(f"It is no table of at most {MOST_BUCKETS:,} buckets.")
        found = sketch_of(buckets, sums)
    except ValueError as error:
        _note_once(log, f"A histogram of {series.text!r} was left out. {error}")
        return
    if found is not None:
        _put(log, log.histograms, series, step, found, MOST_STEPS, MOST_HISTOGRAMS)


def _sums(value):
    """Return what older histograms tell beside their buckets; `None` for newer ones."""
    if value.WhichOneof("value") != "histo":
        return None
    old = value.histo
    if max(len(old.bucket), len(old.bucket_limit)) > MOST_BUCKETS:
        raise ValueError(f"It has more than {MOST_BUCKETS:,} buckets.")
    if len(old.bucket) != len(old.bucket_limit):
        raise ValueError("It has not as many counts as borders.")
    return Sums(old.num, old.sum, old.sum_squares)


def _array(tensor, most):
    """Read numbers; `None` for anything else, or for more than there may be.

    A tensor may announce a shape that fills the memory, and hold one number to fill it with.
    """
    from tensorboard.util import tensor_util

    shape = [dim.size for dim in tensor.tensor_shape.dim]
    if any(length < 0 for length in shape) or prod(shape) > most:
        return None
    try:
        values = np.asarray(tensor_util.make_ndarray(tensor))
    except (ValueError, TypeError, KeyError):  # the last of a kind of numbers that is none
        return None
    is_number = values.dtype.kind in "fiu" and (values.size == 1 or most > 1)
    return values.astype(np.float64) if is_number else None


def _put(log, table, series, step, value, most, most_series=MOST_SERIES):
    """Keep a value, the last one of its step; when there are too many, every second one goes."""
    if series not in table and len(table) >= most_series:
        _note_once(log, f"Of more than {most_series:,} tags the first ones were read.")
        return
    kept = table.setdefault(series, {})
    kept[step] = value
    if len(kept) > 2 * most:
        for odd in sorted(kept)[1:-1:2]:
            del kept[odd]
        log.thinned[series] += 1


def _note_once(log, words):
    if words not in log.notes and len(log.notes) < MOST_SERIES:
        log.notes.append(words)
