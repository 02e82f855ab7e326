"""Reading a run folder, also one that is still growing, half-written or damaged."""

import json
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors import SafetensorError, safe_open

from explorer.runs import description as descriptions
from explorer.runs import files, sketch
from explorer.runs.lock import is_alive, is_starting
from explorer.runs.metrics import Metrics, read_metrics
from explorer.runs.tensors import TensorInfo

LIVE = ("waiting", "starting", "running")
LOG_LINES = 12


class RunError(ValueError):
    """A folder that is no run, or a run that this version cannot read."""


class Run:
    """One training on disk, read lazily. Open it anew to see what has been added since.

    Args:
        folder: The run folder.
        description: The content of its `run.json`.
    """

    def __init__(self, folder: Path, description: dict):
        self.folder = folder
        self.description = description

    def __repr__(self):
        return f"Run({self.id!r}, {self.name!r}, {self.status!r})"

    @property
    def id(self) -> str:
        """Name of the folder, unique among the runs beside it."""
        return self.folder.name

    @property
    def name(self) -> str:
        """Name given by a person; need not be unique."""
        return str(self.description.get("name") or self.id)

    @property
    def spec(self) -> dict:
        """What was asked for, see `TrainingSpec`; empty for a run from someone's own script."""
        return self.description.get("spec") or {}

    @property
    def data(self) -> dict:
        """The images: name, fingerprint, class names, numbers in each part."""
        return self.description.get("data") or {}

    @property
    def network(self) -> dict:
        """The network: its Keras configuration and number of parameters."""
        return self.description.get("network") or {}

    @property
    def recording(self) -> dict:
        """How it was recorded and what that cost."""
        return self.description.get("recording") or {}

    @property
    def class_names(self) -> list[str]:
        """Names of the classes, in the order of the logits."""
        return self.data.get("class_names") or []

    @property
    def planned_steps(self) -> int:
        """Weight updates the whole training takes; 0 when unknown."""
        return int(self.description.get("planned_steps") or 0)

    @cached_property
    def status(self) -> str:
        """One of waiting, starting, running, finished, stopped, failed."""
        written = self.description.get("status", "stopped")
        if written in LIVE and not is_alive(self.folder) and not is_starting(self.folder):
            return "failed"
        return written

    @property
    def is_live(self) -> bool:
        """Whether a process is working, or waiting to work, on this run."""
        return self.status in LIVE

    @property
    def detail(self) -> str:
        """Why it is as it is, in a line; the last lines of the log for a dead process."""
        if self.status == "failed" and self.description.get("status") in LIVE:
            return "The training process ended without a word. " + (self.log_tail() or "")
        return str(self.description.get("detail") or "")

    def log_tail(self, lines: int = LOG_LINES) -> str:
        """Return the last lines the training process printed."""
        path = self.folder / files.LOG
        if not path.exists():
            return ""
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])

    def metrics(self) -> Metrics:
        """Read all scalars; a partial last line of a growing file is left for next time."""
        return read_metrics(self.folder / files.METRICS)

    @cached_property
    def _step_check(self):
        good, damaged = [], []
        for step in files.listed_steps(self.folder / files.STEPS):
            (good if self._can_open(step) else damaged).append(step)
        return np.array(good, np.int64), tuple(damaged)

    @property
    def steps(self) -> np.ndarray:
        """Recorded steps that can be read, ascending. (steps,)"""
        return self._step_check[0]

    @property
    def damaged(self) -> tuple[int, ...]:
        """Recorded steps whose file is broken; they are skipped."""
        return self._step_check[1]

    @cached_property
    def _layout(self) -> dict[str, dict[str, TensorInfo]]:
        layout = self.recording.get("tensors") or {}
        try:
            return {
                kind: {item["name"]: TensorInfo.from_dict(item) for item in items}
                for kind, items in layout.items()
            }
        except (AttributeError, KeyError, TypeError):
            raise RunError(
                f"The list of recorded tensors in {files.RUN} of run {self.name!r} is damaged. "
                "Bring the former file back, or delete the run."
            ) from None

    def tensors(self, kind: str) -> dict[str, TensorInfo]:
        """Return what is recorded of a kind, by name, in the order of the network.

        Args:
            kind: `"weights"`, `"gradients"`, `"updates"` or `"activations"`.
        """
        return self._layout.get(kind, {})

    def values(self, kind: str, tensor: str, steps=None) -> np.ndarray:
        """Read the kept values of a tensor, see `TensorInfo` for which these are.

        Args:
            kind: Kind of tensor.
            tensor: Its name.
            steps: Recorded steps; all of them by default. (steps,)

        Returns:
            float32, NaN where a step has none. (steps, stored rows, stored columns)
        """
        info = self._info(kind, tensor)
        items = list(self.tensors(kind).values())
        start = sum(item.stored_size for item in items[: items.index(info)])
        part = slice(start, start + info.stored_size)
        rows = self._rows(f"{kind}.values", part, info.stored_size, steps)
        return rows.astype(np.float32).reshape(len(rows), *info.stored_shape)

    def moments(self, kind: str, tensor: str, steps=None) -> pd.DataFrame:
        """Read exact counts and moments: one row a step, columns `step` and `sketch.MOMENTS`."""
        wanted = self.steps if steps is None else np.asarray(steps)
        self._info(kind, tensor)
        row = list(self.tensors(kind)).index(tensor)
        values = self._rows(f"{kind}.moments", row, len(sketch.MOMENTS), wanted)
        frame = pd.DataFrame(values, columns=list(sketch.MOMENTS))
        frame.insert(0, "step", wanted)
        return frame

    def knots(self, kind: str, tensor: str, steps=None) -> np.ndarray:
        """Read the sketched distributions, see `sketch`. (steps, 257)."""
        info = self._info(kind, tensor)
        if info.is_whole:
            found = [sketch.knots_of(values) for values in self.values(kind, tensor, steps)]
            return np.array(found, np.float32).reshape(-1, sketch.KNOTS)
        thinned = [item for item in self.tensors(kind).values() if not item.is_whole]
        part = thinned.index(info)
        return self._rows(f"{kind}.knots", part, sketch.KNOTS, steps).astype(np.float32)

    def histograms(self, kind: str, tensor: str, edges: np.ndarray, steps=None):
        """Redraw distributions on given bins.

        Returns:
            Counts (steps, bins), below the first edge (steps,), above the last (steps,).
        """
        moments = self.moments(kind, tensor, steps)[list(sketch.MOMENTS)].to_numpy()
        sizes = np.nan_to_num(sketch.finite_size(moments))
        knots = self.knots(kind, tensor, steps)
        if not len(knots):
            return np.zeros((0, len(edges) - 1)), np.zeros(0), np.zeros(0)
        return sketch.histogram(knots, sizes, np.asarray(edges))

    def active_share(self, layer: str, steps=None) -> np.ndarray:
        """Read, for each channel of a layer, the share of probe outputs above 0.

        A unit that is 0 here never fires on the probe images: it is dead for them.

        Returns:
            NaN where a step has none. (steps, channels)
        """
        infos = self.tensors("activations")
        info = self._info("activations", layer)
        names = list(infos)
        start = sum(infos[name].shape[-1] for name in names[: names.index(layer)])
        channels = info.shape[-1]
        part = slice(start, start + channels)
        return self._rows("activations.active", part, channels, steps).astype(np.float32)

    def probe_logits(self, steps=None) -> list[np.ndarray | None]:
        """Read the network's output for the probe images at each step. [(images, classes)]."""
        return self._read("probe.output", slice(None), steps)

    @cached_property
    def checkpoints(self) -> np.ndarray:
        """Steps at which all weights were kept, ascending. (steps,)"""
        return np.array(files.listed_steps(self.folder / files.WEIGHTS), np.int64)

    def checkpoint(self, step: int) -> dict[str, np.ndarray]:
        """Read all weights at a checkpoint, by variable name.

        Raises:
            RunError: No checkpoint at that step, or a damaged one.
        """
        path = files.step_file(self.folder / files.WEIGHTS, step)
        if not path.exists():
            known = ", ".join(map(str, self.checkpoints.tolist())) or "none"
            raise RunError(
                f"Run {self.name!r} has no checkpoint at step {step}. Choose one of: {known}."
            )
        return read_tensors(path)

    def probe(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Read the probe images and labels, or `None` when there are none."""
        path = self.folder / files.PROBE
        if not path.exists():
            return None
        tensors = read_tensors(path)
        return tensors["images"], tensors["labels"]

    def size_bytes(self) -> int:
        """Add up the files of the run, leaving those that vanish meanwhile: a live run has some."""
        total = 0
        for path in self.folder.rglob("*"):
            with suppress(FileNotFoundError):
                total += path.stat().st_size if path.is_file() else 0
        return total

    def _info(self, kind, tensor):
        try:
            return self.tensors(kind)[tensor]
        except KeyError:
            known = ", ".join(self.tensors(kind)) or "none"
            raise RunError(
                f"Run {self.name!r} has no {kind} of {tensor!r}. Recorded are: {known}."
            ) from None

    def _can_open(self, step):
        try:
            with safe_open(files.step_file(self.folder / files.STEPS, step), framework="np"):
                return True
        except (SafetensorError, OSError):
            return False

    def _rows(self, key, part, length, steps):
        """Return one row a step, NaN where a step has none or one of another training."""
        rows = self._read(key, part, steps)
        filled = np.full((len(rows), length), np.nan)
        for place, row in zip(filled, rows, strict=True):
            if np.shape(row) == (length,):
                place[:] = row
        return filled

    def _read(self, key, part, steps):
        wanted = self.steps if steps is None else steps
        return [self._read_one(key, part, int(step)) for step in wanted]

    def _read_one(self, key, part, step):
        try:
            path = files.step_file(self.folder / files.STEPS, step)
            with safe_open(path, framework="np") as tensors:
                return tensors.get_slice(key)[part] if key in tensors.keys() else None  # noqa: SIM118
        except (SafetensorError, OSError, AttributeError):  # the last: it holds a single number
            return None


def open_run(folder: str | Path) -> Run:
    """Open a run folder.

    Raises:
        RunError: The folder is no run, its `run.json` is damaged, or a newer version wrote it.
    """
    path = Path(folder) / files.RUN
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{str(folder)!r} is no run: it has no {files.RUN}.") from None
    except (ValueError, OSError) as error:
        raise RunError(
            f"{str(path)!r} cannot be read ({error}). Delete the run or mend it."
        ) from None
    if not isinstance(description, dict) or not isinstance(description.get("schema"), int):
        raise RunError(f"{str(path)!r} does not describe a run: it has no schema version.")
    if description["schema"] > files.SCHEMA:
        raise RunError(
            f"Run {Path(folder).name!r} has schema version {description['schema']}, this explorer "
            f"reads up to {files.SCHEMA}. Update Convnet Explorer to open it."
        )
    if problem := descriptions.problem(description):
        raise RunError(f"{str(path)!r}: {problem} Mend the file or delete the run.")
    return Run(Path(folder), description)


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """Read a whole safetensors file.

    Raises:
        RunError: The file is damaged.
    """
    try:
        with safe_open(path, framework="np") as tensors:
            return {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise RunError(f"{str(path)!r} is damaged or unreadable ({error}).") from None
