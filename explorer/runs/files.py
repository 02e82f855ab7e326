"""Names inside a run folder, and writing that leaves either the old file or the whole new one."""

import json
import math
import os
import re
import uuid
from contextlib import suppress
from pathlib import Path

SCHEMA = 1
RUN = "run.json"
METRICS = "metrics.jsonl"
STEPS = "steps"
WEIGHTS = "weights"
PROBE = "probe.safetensors"
RESUME = "resume.safetensors"
LOG = "log.txt"
STOP = "stop"
LOCK = "worker.lock"

# At most 15 digits: whole numbers up to there are exact wherever charts are drawn.
STEP_FILE = re.compile(r"([0-9]{8}|[1-9][0-9]{8,14})\.safetensors")
UNFINISHED = re.compile(r"\..+\.[0-9a-f]{8}")  # what `write_atomically` has not renamed yet
NONFINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file under a temporary name and rename it, so that no reader sees half of it.

    Raises:
        OSError: The disk is full or not writable; the temporary file is gone, an older
            file of that name is untouched.
    """
    temporary = _beside(path)
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def folder_bytes(folder: Path) -> int:
    """Add up the files of a folder, leaving those that vanish meanwhile."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(parent, name).stat().st_size
    return total


def try_to_write(path: Path) -> None:
    """Find out before long work whether `write_atomically` can write there; leaves no file.

    Raises:
        OSError: The folder is not writable, or the name is too long.
    """
    temporary = _beside(path)
    temporary.touch()
    temporary.unlink()


def _beside(path):
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")


def step_file(folder: Path, step: int) -> Path:
    """Return the path of a step's file inside `steps/` or `weights/`."""
    return folder / step_name(step)


def step_name(step: int) -> str:
    """Return the name of a step's file."""
    return f"{step:08d}.safetensors"


def listed_steps(folder: Path) -> list[int]:
    """Return the steps that have a file, ascending; temporary and foreign files do not count."""
    if not folder.is_dir():
        return []
    matches = (STEP_FILE.fullmatch(path.name) for path in folder.iterdir())
    return sorted(int(match[1]) for match in matches if match)


def problem(values: object) -> str:
    """Say why values cannot be written as JSON; nothing if they can.

    >>> problem({"name": {1, 2}})
    'Object of type set is not JSON serializable'
    """
    try:
        to_json(values)
    except (TypeError, ValueError) as error:
        return str(error)
    return ""


def to_json(values, **options) -> str:
    """Write JSON; NaN and infinities become the strings `"NaN"`, `"Infinity"`, `"-Infinity"`.

    Standard JSON has no such numbers, and dropping them would hide what went wrong.
    """
    text = json.dumps(_spell_out(values), ensure_ascii=False, allow_nan=False, **options)
    # A file name can hold bytes that are no text; they become the escapes that JSON knows.
    return text.encode("utf-8", "backslashreplace").decode()


def to_number(value) -> float:
    """Read a number written by `to_json`."""
    if isinstance(value, str):
        return NONFINITE[value]
    return math.nan if value is None else float(value)


def _spell_out(values):
    if isinstance(values, dict):
        return {str(key): _spell_out(value) for key, value in values.items()}
    if isinstance(values, (list, tuple)):
        return [_spell_out(value) for value in values]
    if isinstance(values, float) and not math.isfinite(values):
        return "NaN" if math.isnan(values) else ("Infinity" if values > 0 else "-Infinity")
    return values.item() if hasattr(values, "item") else values
