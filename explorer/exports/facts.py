"""What was trained, in rows of words: a name, its value in run A, its value in run B."""

import math
from collections.abc import Sequence
from pathlib import PurePath

from explorer import runs
from explorer.analysis.findings import percent, short
from explorer.runs.metrics import Metrics

UNKNOWN = "–"
MOST_NAMED = 8
APART = ("name",)  # settings that say nothing about the training
PATHS = ("data", "groups")
WORDS = {"optimizer": "Optimiser", "color": "Colour"}


def differing(chosen: Sequence[runs.Run]) -> list[tuple[str, ...]]:
    """Return the settings in which the runs differ; of paths, the last part alone.

    A report is made to be sent: where files lay on someone's disk is nobody else's business.
    """
    if not all(run.spec for run in chosen):  # of a run from elsewhere nobody knows the settings
        return []
    specs = [_flat(run.spec) for run in chosen]
    names = dict.fromkeys(name for spec in specs for name in spec)
    rows = [
        (name, *(_setting(name, spec.get(name)) for spec in specs))
        for name in names
        if name not in APART
    ]
    return [(_words(name), *values) for name, *values in rows if len(set(values)) > 1]


def _setting(name, value):
    if name in PATHS and isinstance(value, str):
        return PurePath(value.replace("\\", "/")).name or UNKNOWN
    return _value(value)


def damaged_words(steps: Sequence[int]) -> str:
    """Name the recorded steps that could not be read, a sentence without its article.

    >>> damaged_words([3])
    'recording of step 3 is damaged and skipped.'
    >>> damaged_words([3, 1200])
    'recordings of steps 3, 1,200 are damaged and skipped.'
    """
    named = ", ".join(f"{step:,}" for step in steps[:MOST_NAMED])
    more = f" and {len(steps) - MOST_NAMED:,} more" if len(steps) > MOST_NAMED else ""
    if len(steps) == 1:
        return f"recording of step {named} is damaged and skipped."
    return f"recordings of steps {named}{more} are damaged and skipped."


def outcomes(chosen: Sequence[runs.Run]) -> list[tuple[str, ...]]:
    """Return images, network and outcome of every run, whether they differ or not."""
    columns = [_outcome(run) for run in chosen]
    return [(name, *(column[name] for column in columns)) for name in columns[0]]


def _outcome(run):
    data, spec, metrics = run.data, run.spec, run.metrics()
    return {
        "Images": _value(data.get("name")),
        "Trained on": _count(data.get("num_train")),
        "Kept for validation": _count(data.get("num_validation")),
        "Classes": _count(len(run.class_names) or None),
        "Image size": f"{data['image_size']} pixels" if data.get("image_size") else UNKNOWN,
        "Architecture": _value(spec.get("model")),
        "Parameters": _count(run.network.get("parameters")),
        "Optimiser": _value(spec.get("optimizer")),
        "Learning rate": _value(spec.get("learning_rate")),
        "Seed": _value(spec.get("seed")),
        "Status": run.status,
        "Weight updates": _count(_updates(metrics)),
        "Recorded steps": _count(len(run.steps)),
        "Training loss at the end": _last(metrics.train["loss"], short),
        "Validation loss at the end": _last(metrics.validation["loss"], short),
        "Validation accuracy at the end": _last(metrics.validation["accuracy"], percent),
        "Made": _value(run.description.get("created")),
    }


def _updates(metrics: Metrics):
    return int(metrics.train["step"].iloc[-1]) + 1 if len(metrics.train) else None


def _last(column, written):
    if not len(column):
        return UNKNOWN
    value = float(column.iloc[-1])
    return written(value) if math.isfinite(value) else "not a number"


def _flat(values, prefix=""):
    found = {}
    for key, value in values.items():
        inner = isinstance(value, dict)
        found |= _flat(value, f"{prefix}{key} ") if inner else {f"{prefix}{key}": value}
    return found


def _words(name):
    return WORDS.get(name) or name.replace("_", " ").capitalize()


def _value(value):
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return f"{value:,.0f}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _count(value):
    return f"{value:,}" if isinstance(value, int) else UNKNOWN
