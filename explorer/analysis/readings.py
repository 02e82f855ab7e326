"""What many tensors were at many steps, read with one opening of each step's file."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from safetensors import SafetensorError, safe_open

from explorer.runs import Run, TensorInfo, files, sketch

FIRST_STEPS = 33  # the accident of a too large rate takes two or three updates: all are read
SPREAD_STEPS = 60
LAST_STEPS = 6
KINDS = ("weights", "gradients", "updates")
NUM_MOMENTS = len(sketch.MOMENTS)


@dataclass(frozen=True)
class Readings:
    """Moments, activity and answers at some recorded steps; NaN where a step has none.

    Args:
        steps: The steps, ascending. (steps,)
        moments: Of each kind, in the order of `Run.tensors`. (steps, tensors, 10)
        active: Share of outputs above 0 of all channels, layer after layer. (steps, channels)
        logits: The answers to the probe images; `None` where a step has none. [(images, classes)]
    """

    steps: np.ndarray
    moments: dict[str, np.ndarray]
    active: np.ndarray
    logits: list[np.ndarray | None]

    def moment(self, kind: str, name: str) -> np.ndarray:
        """Return one moment of all tensors of a kind. (steps, tensors)."""
        return self.moments[kind][..., sketch.MOMENTS.index(name)]


def chosen_steps(steps: np.ndarray) -> np.ndarray:
    """Choose the first steps, the last ones, and some spread by ratio between. (steps,).

    Reading costs the same for a run of any length.

    >>> chosen_steps(np.arange(5)).tolist(), len(chosen_steps(np.arange(9000))) < 100
    ([0, 1, 2, 3, 4], True)
    """
    if len(steps) <= FIRST_STEPS + SPREAD_STEPS + LAST_STEPS:
        return steps
    spread = np.geomspace(FIRST_STEPS, len(steps) - LAST_STEPS, SPREAD_STEPS).astype(int)
    kept = np.r_[0:FIRST_STEPS, spread, len(steps) - LAST_STEPS : len(steps)]
    return steps[np.unique(kept)]


def read(run: Run) -> Readings:
    """Read what a verdict needs; a step that lacks something is NaN there.

    Args:
        run: The run; it may still grow, and steps may be damaged.
    """
    steps = chosen_steps(run.steps)
    sizes = {kind: len(run.tensors(kind)) for kind in ("activations", *KINDS)}
    channels = sum(map(num_channels, run.tensors("activations").values()))
    found = list(_read_steps(run, steps))
    moments = {
        kind: _stack([item.get(f"{kind}.moments") for item in found], (size, NUM_MOMENTS))
        for kind, size in sizes.items()
    }
    active = _stack([item.get("activations.active") for item in found], (channels,))
    return Readings(steps, moments, active, [_matrix(item.get("probe.output")) for item in found])


def num_channels(info: TensorInfo) -> int:
    """Count the channels of a layer: its last axis."""
    return info.shape[-1] if info.shape else 1


def _read_steps(run, steps) -> Iterator[dict[str, np.ndarray]]:
    wanted = [f"{kind}.moments" for kind in ("activations", *KINDS)]
    wanted += ["activations.active", "probe.output"]
    for step in steps.tolist():
        yield _read_step(files.step_file(run.folder / files.STEPS, step), wanted)


def _read_step(path, wanted):
    try:
        with safe_open(path, framework="np") as tensors:
            there = set(tensors.keys())
            return {key: tensors.get_tensor(key) for key in wanted if key in there}
    except (SafetensorError, OSError):  # gone or broken since it was listed
        return {}


def _stack(rows, shape):
    """Put rows on top of each other; those of another training count as empty."""
    filled = np.full((len(rows), *shape), np.nan)
    for place, row in zip(filled, rows, strict=True):
        if np.shape(row) == shape:
            place[...] = row
    return filled


def _matrix(logits):
    if logits is None or np.ndim(logits) != 2 or not np.size(logits):
        return None
    return np.asarray(logits, np.float64)
