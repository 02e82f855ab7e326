"""Is a run what it says? The same readers that show a run look through all of it first."""

import json
import struct
from pathlib import Path

from safetensors import SafetensorError, safe_open

from explorer.models.keras_file import check_config
from explorer.models.sizes import check_sizes
from explorer.models.weights_file import MOST_PARAMETERS
from explorer.packing.members import PackError
from explorer.packing.shapes import check_shapes
from explorer.runs import Run, RunError, files, open_run
from explorer.runs.description import cut
from explorer.training.networks import check_prepared, is_brought, network_of
from explorer.training.spec import TrainingSpec

STATUSES = ("waiting", "starting", "running", "finished", "stopped", "failed", "imported")
MOST_HEADER_BYTES = 4_000_000  # of a file of tensors: their names, shapes and places
MOST_LINES = 300_000  # of metrics; 100 epochs of 60,000 images have 200,000
CHUNK_BYTES = 1_000_000
MOST_CLASSES = 10_000
MOST_NAME_LETTERS = 200
NUMBERS = {"BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64", "F16", "F32", "F64"}


def checked_run(folder: Path) -> Run:
    """Open a run and look through all of it.

    Raises:
        PackError: A part is damaged, or is not what it says.
    """
    try:
        description = read_description(folder / files.RUN)
        run = open_run(folder)
        _check_words(run)
        _check_files(run)
        _check_network(run)
    except (PackError, RunError) as error:
        raise PackError(_without(str(error), folder)) from None
    if description != run.description:
        raise PackError(f"The {files.RUN} of the run changed while it was read. Try again.")
    return run


def read_description(path: Path) -> dict:
    """Read `run.json`, as standard JSON.

    Raises:
        PackError: It is none.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except (ValueError, OSError, RecursionError) as error:
        raise PackError(f"The {files.RUN} of the run cannot be read ({error}).") from None


def damaged_files(run: Run) -> list[str]:
    """Return the recorded steps and checkpoints that cannot be read, as names in the folder."""
    steps = [f"{files.STEPS}/{files.step_name(step)}" for step in run.damaged]
    weights = (f"{files.WEIGHTS}/{files.step_name(step)}" for step in run.checkpoints)
    return [*steps, *(name for name in weights if not _is_readable(run.folder / name))]


def _check_words(run):
    """Check what `run.json` says beyond what opening it checks."""
    name = run.description.get("name")
    if run.description["schema"] < 1:
        raise PackError(f"It has schema version {run.description['schema']}. The first is 1.")
    if run.description.get("status", "stopped") not in STATUSES:
        raise PackError(
            f"Its status is {cut(run.description['status'])!r}. It must be one of "
            f"{', '.join(STATUSES)}."
        )
    if name is not None and (len(name) > MOST_NAME_LETTERS or not name.isprintable()):
        raise PackError(
            f"Its name is {cut(name)!r}. At most {MOST_NAME_LETTERS} letters on one line are taken."
        )
    if not 0 <= run.planned_steps < 10**15:
        raise PackError(f"It says that {cut(run.planned_steps)} steps were planned.")
    if len(run.class_names) > MOST_CLASSES:
        raise PackError(f"It has {len(run.class_names):,} classes. At most {MOST_CLASSES:,} fit.")
    if max(map(len, run.class_names), default=0) > MOST_NAME_LETTERS:
        raise PackError(f"A class has a name of more than {MOST_NAME_LETTERS} letters.")


def _check_files(run):
    """Check that every file of tensors can be read, and belongs to this run."""
    for path in sorted(run.folder.rglob("*.safetensors")):
        _check_header(path)
    if damaged := damaged_files(run):
        raise PackError(f"{damaged[0]} is damaged, or has counts that no recording can have.")
    check_shapes(run)
    run.probe()
    resume = run.folder / files.RESUME
    if resume.exists() and not _is_readable(resume):
        raise PackError(f"{files.RESUME} is damaged.")
    _check_lines(run.folder / files.METRICS)
    metrics = run.metrics()
    for frame in (metrics.train, metrics.validation):
        if len(frame) and not 0 <= frame["step"].min() <= frame["step"].max() < 10**15:
            raise PackError(f"A line of {files.METRICS} tells of a step that cannot be.")


def _check_header(path):
    """Check how long the head of a file is, before it is read whole."""
    with path.open("rb") as file:
        start = file.read(8)
    if len(start) < 8 or struct.unpack("<Q", start)[0] > MOST_HEADER_BYTES:
        raise PackError(f"{path.parent.name}/{path.name} is no file of tensors, or damaged.")


def _check_lines(path):
    """Count the lines of the metrics, each of which takes memory, however short it is."""
    if not path.is_file():
        return
    with path.open("rb") as lines:
        num_lines = sum(part.count(b"\n") for part in iter(lambda: lines.read(CHUNK_BYTES), b""))
    if num_lines > MOST_LINES:
        raise PackError(
            f"{files.METRICS} has {num_lines:,} lines. At most {MOST_LINES:,} are read."
        )


def _check_network(run):
    """Check that a network that will be built anew has sizes that the explorer would train."""
    if is_brought(run):
        _check_brought(run)
    if not run.spec:
        return  # of someone's own script: it is shown from its recording alone
    try:
        TrainingSpec.from_dict(run.spec)
        check_prepared(run)
        network_of(run)
    except RunError:
        return  # it has not begun
    except (ValueError, TypeError) as error:
        raise PackError(f"What it says of its training cannot be: {error}") from None
    size, channels = run.data["image_size"], run.data["channels"]
    if size != run.spec.get("image_size") or channels not in (1, 3):
        raise PackError(
            f"Its network takes images of {cut(run.spec.get('image_size'))} pixels; its images are "
            f"said to have {cut(size)} and {cut(channels)} channels."
        )


def _check_brought(run):
    """Check the network of an imported run, as its file was checked when it was imported."""
    try:
        config = json.loads(run.network["built_from"])
        check_config(config)
        check_sizes(config, most_parameters=MOST_PARAMETERS, image_size=run.data["image_size"])
    except (ValueError, TypeError, RecursionError) as error:
        raise PackError(f"Its network is not built: {error}") from None


def _is_readable(path):
    """Say whether a file of tensors is whole, and holds nothing but numbers."""
    try:
        with safe_open(path, framework="np") as tensors:
            kinds = {tensors.get_slice(name).get_dtype() for name in tensors.keys()}  # noqa: SIM118
    except (SafetensorError, OSError):
        return False
    return kinds <= NUMBERS


def _refuse(constant):
    raise ValueError(f"{constant} is no number of JSON")


def _without(message, folder):
    """Take the path of this machine out of a message."""
    return message.replace(str(folder / files.RUN), files.RUN).replace(f"{folder}/", "")
