"""Writing a run folder: append only, every file whole or absent."""

import datetime
import errno
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from filelock import FileLock
from safetensors.numpy import save

from explorer.runs import files
from explorer.runs.metrics import is_validation, read_line


class RunWriter:
    """Write one run folder; use it from a training process, the recorder or a tool.

    Every method may raise `OSError` when the disk is full or not writable. What was written
    before stays readable.

    Args:
        folder: The run folder; made when it does not exist.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        (self.folder / files.STEPS).mkdir(parents=True, exist_ok=True)
        (self.folder / files.WEIGHTS).mkdir(exist_ok=True)
        self._lines = None

    def describe(self, **entries) -> None:
        """Set entries of `run.json`, keeping the others. Safe beside other processes."""
        update_description(self.folder, **entries)

    def add_metrics(self, **entries) -> None:
        """Append a line to `metrics.jsonl`, at once, so that a killed process loses none."""
        self.add_lines([entries])

    def add_lines(self, lines: Iterable[Mapping]) -> None:
        """Append lines to `metrics.jsonl`, at once, so that a killed process loses none of them.

        Numbers are kept in single precision, which is what training computes in.
        """
        if self._lines is None:
            self._lines = (self.folder / files.METRICS).open("ab", buffering=0)
        short = ({key: _single(value) for key, value in line.items()} for line in lines)
        self._lines.write("".join(files.to_json(line) + "\n" for line in short).encode())

    def close(self) -> None:
        """Close what is open; the writer can still be used."""
        if self._lines is not None:
            self._lines.close()
            self._lines = None

    def write_step(self, step: int, tensors: Mapping[str, np.ndarray]) -> int:
        """Write one recorded step and return its size in bytes."""
        return self._write_tensors(files.step_file(self.folder / files.STEPS, step), tensors)

    def write_checkpoint(self, step: int, variables: Mapping[str, np.ndarray]) -> int:
        """Write all weights at a step and return their size in bytes."""
        return self._write_tensors(files.step_file(self.folder / files.WEIGHTS, step), variables)

    def write_resume_state(self, state: Mapping[str, np.ndarray]) -> int:
        """Replace the complete state a training can be continued from."""
        return self._write_tensors(self.folder / files.RESUME, state)

    def write_probe(self, images: np.ndarray, labels: np.ndarray) -> None:
        """Write the fixed images activations are recorded on.

        Args:
            images: As the network gets them. (images, height, width, channels)
            labels: Their classes. (images,)
        """
        self._write_tensors(self.folder / files.PROBE, {"images": images, "labels": labels})

    def drop_after(self, step: int) -> None:
        """Forget what was recorded after `step`, before a training goes on from there.

        Args:
            step: Weight updates done by the state that is continued from. Metrics of updates
                from this one on go, and so do the files of this step and of later ones: those
                of this step are what a stop left, and are written again if they are planned.
        """
        self._remove_unfinished()
        for kind in (files.STEPS, files.WEIGHTS):
            for later in files.listed_steps(self.folder / kind):
                if later >= step:
                    files.step_file(self.folder / kind, later).unlink(missing_ok=True)
        self.close()
        path = self.folder / files.METRICS
        if path.exists():
            files.write_atomically(path, _lines_before(path, step).encode())

    def _remove_unfinished(self):
        """Remove what a killed process was writing; `run.json` others may write just now."""
        for path in [*self.folder.glob(".*"), *self.folder.glob("*/.*")]:
            if files.UNFINISHED.fullmatch(path.name) and not path.name.startswith(f".{files.RUN}"):
                path.unlink(missing_ok=True)

    def recorded_bytes(self) -> int:
        """Add up the recorded steps and checkpoints there are."""
        return sum(
            files.step_file(self.folder / kind, step).stat().st_size
            for kind in (files.STEPS, files.WEIGHTS)
            for step in files.listed_steps(self.folder / kind)
        )

    def _write_tensors(self, path, tensors):
        content = save({name: np.ascontiguousarray(array) for name, array in tensors.items()})
        files.write_atomically(path, content)
        return len(content)


def update_description(folder: Path, **entries) -> None:
    """Set entries of a run's `run.json`, keeping the others. Safe beside other processes.

    Raises:
        OSError: It cannot be written; a folder that was deleted meanwhile is not made again.
    """
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, "The run has been deleted", str(folder))
    path = folder / files.RUN
    with FileLock(folder / f"{files.RUN}.lock", timeout=20):
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else _new_run(folder)
        text = files.to_json({**known, **entries}, indent=1)
        files.write_atomically(path, text.encode())


def _new_run(folder):
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return {"schema": files.SCHEMA, "id": folder.name, "name": folder.name, "created": now}


def _lines_before(path, step):
    kept = []
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        entries = read_line(line)
        if entries and entries["step"] < step + is_validation(entries):
            kept.append(line + "\n")
    return "".join(kept)


def _single(value):
    """Return the shortest number that is the same in single precision; others as they are."""
    return float(str(np.float32(value))) if isinstance(value, float) else value
