"""Reading a run folder, also one that is still growing, half-written or damaged."""

import json
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors import SafetensorError, safe_open

from explorer.runs import description as descriptions
from explorer.runs import files, sketch
from explorer.runs.described import Described
from explorer.runs.description import cut
from explorer.runs.metrics import Metrics, read_metrics
from explorer.runs.probe import checked_probe
from explorer.runs.soundness import are_sound
from explorer.runs.steps import (
    Part,
    knots_part,
    moments_part,
    read_parts,
    read_tables,
    redraw,
    to_knots,
    values_part,
)
from explorer.runs.tensors import TensorInfo, read_layout

TOO_DEEP = "it is nested too deeply"


class RunError(ValueError):
    """A folder that is no run, or a run that this version cannot read."""


class Run(Described):
    """One training on disk, read lazily. Open it anew to see what has been added since.

    Args:
        folder: The run folder.
        description: The content of its `run.json`.
    """

    def metrics(self) -> Metrics:
        """Read all scalars; a partial last line of a growing file is left for next time."""
        return read_metrics(self.folder / files.METRICS)

    @cached_property
    def _step_check(self):
        sizes = tuple(
            (kind, tuple(info.size for info in infos.values()))
            for kind, infos in self._layout.items()
        )
        listed = np.array(files.listed_steps(self._steps_folder), np.int64)
        paths = [files.step_file(self._steps_folder, step) for step in listed]
        sound = np.array(are_sound(paths, sizes, may_be_unknown=bool(self.source)), bool)
        return listed[sound], tuple(listed[~sound].tolist())

    @property
    def steps(self) -> np.ndarray:
        """Recorded steps that can be read, ascending. (steps,)"""
        return self._step_check[0]

    @property
    def damaged(self) -> tuple[int, ...]:
        """Recorded steps whose file is broken or holds impossible counts; they are skipped."""
        return self._step_check[1]

    @cached_property
    def _layout(self) -> dict[str, dict[str, TensorInfo]]:
        try:
            return read_layout(self.recording.get("tensors"))
        except ValueError as error:
            raise RunError(
                f"The list of recorded tensors in {files.RUN} of run {cut(self.name)!r} is "
                f"damaged: {error} Bring the former file back, or delete the run."
            ) from None

    def tensors(self, kind: str) -> dict[str, TensorInfo]:
        """Return what is recorded of a kind, by name, in the order of the network.

        Args:
            kind: `"weights"`, `"gradients"`, `"updates"` or `"activations"`.

        Raises:
            RunError: The list of tensors in `run.json` is damaged.
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
        (rows,) = self._tables(kind, tensor, steps, values_part)
        shape = self._info(kind, tensor).stored_shape
        return rows.astype(np.float32).reshape(len(rows), *shape)

    def moments(self, kind: str, tensor: str, steps=None) -> pd.DataFrame:
        """Read exact counts and moments: one row a step, columns `step` and `sketch.MOMENTS`."""
        (rows,) = self._tables(kind, tensor, steps, moments_part)
        return self._moments_frame(rows, steps)

    def knots(self, kind: str, tensor: str, steps=None) -> np.ndarray:
        """Read the sketched distributions, see `sketch`. (steps, 257)."""
        (rows,) = self._tables(kind, tensor, steps, knots_part)
        return to_knots(rows, self._info(kind, tensor))

    def sketches(self, kind: str, tensor: str, steps=None) -> tuple[pd.DataFrame, np.ndarray]:
        """Read what `moments` and `knots` return, with one opening of each step's file."""
        rows, knots = self._tables(kind, tensor, steps, moments_part, knots_part)
        return self._moments_frame(rows, steps), to_knots(knots, self._info(kind, tensor))

    def histograms(self, kind: str, tensor: str, edges: np.ndarray, steps=None):
        """Redraw distributions on given bins.

        Returns:
            Counts (steps, bins), below the first edge (steps,), above the last (steps,).
        """
        return redraw(*self.sketches(kind, tensor, steps), edges)

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
        part = Part("activations.active", slice(start, start + channels), channels)
        (rows,) = read_tables(self._steps_folder, self._wanted(steps), [part])
        return rows.astype(np.float32)

    def probe_logits(self, steps=None) -> list[np.ndarray | None]:
        """Read the network's output for the probe images at each step. [(images, classes)]."""
        part = Part("probe.output", slice(None), 0)
        folder = self._steps_folder
        return [read_parts(folder, int(step), [part])[0] for step in self._wanted(steps)]

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
        """Read the probe images and labels, or `None` when there are none.

        Raises:
            RunError: They are damaged, or not those of this run.
        """
        path = self.folder / files.PROBE
        if not path.exists():
            return None
        try:
            images, labels = checked_probe(read_tensors(path), self.data)
        except ValueError as error:
            raise RunError(
                f"The recorded images of run {self.name!r} cannot be used: {error} Bring the "
                f"former {files.PROBE} back, or take the file away."
            ) from error
        return (images, labels) if len(images) else None

    def _info(self, kind, tensor):
        try:
            return self.tensors(kind)[tensor]
        except KeyError:
            known = ", ".join(self.tensors(kind)) or "none"
            raise RunError(
                f"Run {self.name!r} has no {kind} of {tensor!r}. Recorded are: {known}."
            ) from None

    @property
    def _steps_folder(self):
        return self.folder / files.STEPS

    def _wanted(self, steps):
        return self.steps if steps is None else np.asarray(steps)

    def _tables(self, kind, tensor, steps, *places):
        info = self._info(kind, tensor)
        infos = list(self.tensors(kind).values())
        parts = [place(kind, infos, infos.index(info)) for place in places]
        return read_tables(self._steps_folder, self._wanted(steps), parts)

    def _moments_frame(self, rows, steps):
        frame = pd.DataFrame(rows, columns=list(sketch.MOMENTS))
        frame.insert(0, "step", self._wanted(steps))
        return frame


def open_run(folder: str | Path) -> Run:
    """Open a run folder.

    Raises:
        RunError: The folder is no run, its `run.json` is damaged, or a newer version wrote it.
    """
    path = Path(folder) / files.RUN
    try:
        description = _description_in(path)
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
    run = Run(Path(folder), description)
    run.tensors("weights")  # a damaged list is told here, not wherever the run is shown
    return run


def _description_in(path):
    """Read `run.json`; one that is nested without end is refused before anyone looks inside."""
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    if descriptions.is_deep(description):
        raise ValueError(TOO_DEEP)
    return description


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
