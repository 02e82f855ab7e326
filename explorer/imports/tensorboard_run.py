"""Making a run of a TensorBoard log, in a process that is thrown away."""

from pathlib import Path

import numpy as np

from explorer.imports.errors import ImportFailed
from explorer.imports.events import Log, read_log, use_tensorboard_alone
from explorer.imports.log_files import files_of_log, is_event_file
from explorer.imports.log_steps import LogSteps, log_steps
from explorer.imports.packed import opened
from explorer.imports.tags import ROLES, Series, choose, kind_of, role_of, tensor_names
from explorer.imports.words import MORE, first_lines
from explorer.runs import source
from explorer.runs.sketch import MOMENTS, Sketch
from explorer.runs.tensors import KINDS, TensorInfo
from explorer.runs.write import RunWriter

MOST_STEPS = 400
MOST_SAID = 60  # notes and tags that are written down
LONGEST = 400
RUNNING_MEAN = (
    "The losses and accuracies of single batches are those that Keras tells: means since their "
    "epoch began."
)
TRAINING = ("loss", "accuracy", "learning_rate", "gradient_norm")
VALIDATION = ("val_loss", "val_accuracy")


def make_run(request: dict) -> None:
    """Read a log and write a run; this process will not use TensorFlow any more.

    Args:
        request: `given` (its folder, or a ZIP of it), `part` (which of its runs, or `None`),
            `folder` (where the run is written), `about` (entries for `run.json`), `from` (what
            the log is called), `scalars` (tags by role), `steps_per_epoch`.

    Raises:
        ImportFailed: There is nothing in it to make a run of.
    """
    use_tensorboard_alone()
    with opened(Path(request["given"]), is_event_file) as folder:
        log = read_log(files_of_log(folder, request.get("part")))
    if not log.scalars and not log.histograms:
        raise ImportFailed(_nothing(log))
    steps = log_steps(log.scalars, request.get("steps_per_epoch"))
    points = {series: len(numbers) for series, numbers in log.scalars.items()}
    chosen = choose(points, request.get("scalars") or {})
    tensors = _tensors(log, steps)
    writer = RunWriter(Path(request["folder"]))
    last = max(_write_metrics(writer, log, chosen, steps), _write_steps(writer, tensors))
    writer.close()
    writer.describe(
        **request["about"],
        status=source.IMPORTED,
        planned_steps=last,
        recording={"tensors": _layout(tensors)},
        source={
            "kind": source.TENSORBOARD,
            "from": request["from"],
            "step_unit": steps.unit,
            "lacks": _lacks(tensors, chosen),
            "notes": _notes(log, chosen, steps),
            "left_out": _left_out(log, chosen),
        },
    )


def _nothing(log):
    found = f" It holds {', '.join(sorted(set(log.others.values())))}." if log.others else ""
    said = f" {log.notes[0]}" if log.notes else ""
    return f"The log has no scalars and no histograms.{found}{said} Give another log folder."


def _tensors(log: Log, steps: LogSteps) -> dict[str, dict[str, dict[int, Sketch]]]:
    """Return sketches by kind, tensor and step of the run; parts after the first are named."""
    found, taken = {kind: {} for kind in KINDS}, set()
    for part in dict.fromkeys(series.part for series in log.histograms):
        of_part = [series for series in log.histograms if series.part == part]
        names = tensor_names(series.tag for series in of_part)
        for series in of_part:
            kind, name = kind_of(series.tag), names[series.tag]
            name = f"{part}/{name}" if (kind, name) in taken else name
            if (kind, name) in taken:
                log.notes.append(f"{series.text!r} has the name of another tensor: left out.")
                continue
            by_step = _sized(log.histograms[series])
            if by_step:
                taken.add((kind, name))
                found[kind][name] = {
                    steps.after(series, step, histogram=True): one for step, one in by_step.items()
                }
            else:
                log.notes.append(f"{series.text!r} holds NaN or infinite values alone: left out.")
    return {kind: by_name for kind, by_name in found.items() if by_name}


def _sized(by_step):
    """Give steps whose size is unknown, because values were not finite, that of the others."""
    size = max((one.moments[0] for one in by_step.values() if one.moments[0] > 0), default=0)
    for one in by_step.values():
        if np.isnan(one.moments[0]):
            one.moments[0] = size
    return by_step if size else {}


def _layout(tensors):
    """Describe tensors of which no single value is kept, and whose shape nobody knows."""
    return {
        kind: [
            TensorInfo(name, _shape(kind, by_step), rows=()).to_dict()
            for name, by_step in by_name.items()
        ]
        for kind, by_name in tensors.items()
    }


def _shape(kind, by_step):
    size = int(max(one.moments[0] for one in by_step.values()))
    return (size, 1) if kind == "activations" else (size,)


def _write_steps(writer, tensors) -> int:
    every = {step for by_name in tensors.values() for one in by_name.values() for step in one}
    for step in _thinned(sorted(every)):
        written = {}
        for kind, by_name in tensors.items():
            found = [one.get(step) for one in by_name.values()]
            written[f"{kind}.moments"] = np.stack([_moments(one) for one in found])
            written[f"{kind}.knots"] = np.stack([_knots(one) for one in found])
            written[f"{kind}.values"] = np.zeros(0, np.float32)
            if kind == "activations":
                written["activations.active"] = np.full(len(by_name), np.nan, np.float32)
        writer.write_step(step, written)
    return max(every, default=0)


def _thinned(steps):
    """Pick steps spread evenly, the first and the last among them."""
    if len(steps) <= MOST_STEPS:
        return steps
    places = np.linspace(0, len(steps) - 1, MOST_STEPS).round().astype(int)
    return [steps[place] for place in places]


def _moments(one):
    return np.full(len(MOMENTS), np.nan) if one is None else one.moments


def _knots(one):
    return _NO_KNOTS if one is None else one.knots


_NO_KNOTS = Sketch(np.zeros(0), np.full(257, np.nan, np.float32)).knots


def _write_metrics(writer, log: Log, chosen: dict[str, Series], steps: LogSteps) -> int:
    """Write a line an update, and a line a validation; return the last update done."""
    train, validation = {}, {}
    for role, series in chosen.items():
        for step, number in sorted(log.scalars[series].items()):
            if role in VALIDATION:
                _add(validation, steps.after(series, step), role, number)
            else:
                _add(train, steps.of_update(series, step), role, number)
    per_epoch = steps.steps_per_epoch if steps.unit == source.UPDATES else None
    for one in validation.values():
        one.setdefault("val_loss", float("nan"))
    lines = [
        *({"step": step, "epoch": step // (per_epoch or 1), **train[step]} for step in train),
        *(
            {"step": step, "epoch": max(step - 1, 0) // (per_epoch or 1), **validation[step]}
            for step in validation
        ),
    ]
    lines.sort(key=lambda line: line["step"])
    if lines:
        writer.add_lines(lines)
    return max([0, *(step + 1 for step in train), *validation])


def _add(table, step, role, number):
    if step is not None:
        table.setdefault(step, {})[role] = number


def _lacks(tensors, chosen):
    kinds = [kind for kind in KINDS if kind not in tensors]
    metrics = ["loss"] if "loss" not in chosen else []
    metrics += [] if set(VALIDATION) & set(chosen) else ["validation"]
    counted = ["values", "counts"] if tensors else []
    return [*kinds, *counted, "answers", *metrics, "checkpoints", "images"]


def _notes(log, chosen, steps):
    said = [f"{role} is {series.text!r}" for role, series in chosen.items()]
    taken = [f"Of the scalars, {', '.join(said)}."] if said else []
    is_batch = any(series.tag.startswith("batch_") for series in chosen.values())
    mean = [RUNNING_MEAN] if steps.is_keras and is_batch else []
    unit = [steps.note] if steps.note else []
    notes = [*unit, *taken, *mean, *log.notes]
    return first_lines(notes, MOST_SAID, LONGEST, "And {:,} notes more.")


def _left_out(log, chosen):
    """Name what was not taken, and why: other scalars, and other kinds of tags."""
    scalars = [
        f"{one.text}: {_why_not(one, chosen)}" for one in log.scalars if one not in chosen.values()
    ]
    others = [f"{one.text} ({kind})" for one, kind in log.others.items()]
    return first_lines([*scalars, *others], MOST_SAID, LONGEST, MORE)


def _why_not(series, chosen):
    role = role_of(series)
    if role in chosen:
        return f"{chosen[role].text!r} was taken as {role}"
    return f"one {role} of several" if role else f"its name is none of {', '.join(ROLES)}"
