"""The filters of a layer, read at all steps of a slider."""

from dataclasses import dataclass, replace

import numpy as np

from explorer import runs
from explorer.analysis.timeline import Timeline, spread
from explorer.charts.domains import color_limit
from explorer.charts.layer import Heatmaps
from explorer.charts.recorded import over_training, read_kernels

VALUE, CHANGE = "value", "change"
MOST_WEIGHTS = 400_000  # drawn over all steps; a browser holds the pictures without effort
MOST_READ = 30_000_000  # weights of all checkpoints together, 120 MB of the server's memory
COLORS = 3


@dataclass(frozen=True)
class Filters:
    """The filters of a layer at all steps of a slider.

    Args:
        name: Of the kernel, such as `"conv_1/kernel"`.
        values: (steps, height, width, input channels, filters)
        numbers: Which filters these are, counted from 0. (filters,)
        maps: The same weights as matrices, with their steps and their scale.
        all_channels: How many input channels the filters really have.
        sees_colours: Whether these are red, green and blue.
    """

    name: str
    values: np.ndarray
    numbers: np.ndarray
    maps: Heatmaps
    all_channels: int
    sees_colours: bool


def kernels_of(run: runs.Run) -> dict[str, runs.TensorInfo]:
    """Return the kernels of the convolutions of a run, by name, in the order of the network."""
    tensors = run.tensors("weights").items()
    return {name: info for name, info in tensors if len(info.shape) == 4 and "kernel" in name}


def _sees_colours(run, tensor):
    """Say whether filters look at colour images: later ones may have three inputs by chance."""
    return tensor == next(iter(kernels_of(run)), None) and _inputs(run, tensor) == COLORS


def _inputs(run, tensor):
    return run.tensors("weights")[tensor].shape[2]


def read_recorded(run: runs.Run, timeline: Timeline, tensor: str, what: str) -> Filters:
    """Read the filters that were recorded: at many steps, of large layers a choice of them.

    Args:
        run: The run.
        timeline: Which of its steps.
        tensor: A kernel of which whole filters were recorded.
        what: `VALUE`, or `CHANGE` for what was added since the first step.

    Raises:
        ValueError: No whole filters of this tensor were recorded.
    """
    info = run.tensors("weights")[tensor]
    if len(info.shape) != 4 or info.rows is not None:
        raise ValueError(
            f"Run {run.name!r} recorded no whole filters of {tensor!r}. Read its checkpoints."
        )
    maps = read_kernels([run], timeline, tensor, what).maps[0]
    numbers = np.arange(info.shape[-1]) if info.columns is None else np.array(info.columns)
    values = maps.values.reshape(len(maps.steps), *info.shape[:3], len(numbers))
    sees_colours = _sees_colours(run, tensor)
    return _lightened(Filters(tensor, values, numbers, maps, info.shape[2], sees_colours))


def checkpoints_to_read(run: runs.Run, tensor: str) -> list[int]:
    """Return the checkpoints of which a kernel can be read; of a large kernel not all.

    Args:
        run: The run.
        tensor: One of its kernels.
    """
    most = MOST_READ // run.tensors("weights")[tensor].size
    return spread(run.checkpoints, max(2, most))


def read_checkpoints(run: runs.Run, steps: np.ndarray, tensor: str, what: str) -> Filters:
    """Read all filters of a layer at checkpoints.

    Args:
        run: The run.
        steps: Some of its checkpoints, ascending. (steps,)
        tensor: A kernel.
        what: `VALUE` or `CHANGE`, as above.

    Raises:
        RunError: A checkpoint cannot be read.
    """
    values = np.stack([_kernel(run, int(step), tensor) for step in steps]).astype(np.float32)
    if what == CHANGE:
        values = values - values[0]
    matrices = values.reshape(len(steps), -1, values.shape[-1])
    limit = color_limit(matrices[over_training(np.asarray(steps))])
    maps = Heatmaps(np.asarray(steps), matrices, limit)
    numbers, sees_colours = np.arange(values.shape[-1]), _sees_colours(run, tensor)
    return _lightened(Filters(tensor, values, numbers, maps, values.shape[-2], sees_colours))


def _kernel(run, step, tensor):
    kernel, shape = run.checkpoint(step).get(tensor), run.tensors("weights")[tensor].shape
    if np.shape(kernel) != tuple(shape):
        raise runs.RunError(
            f"The checkpoint of run {run.name!r} at step {step} holds no {tensor!r} of the shape "
            f"{tuple(shape)}. Another version wrote it, or it is damaged."
        )
    return kernel


def _lightened(filters: Filters) -> Filters:
    """Keep the first input channels, as many as can be drawn; of most layers all."""
    steps, height, width, _, count = filters.values.shape
    most = max(1, MOST_WEIGHTS // (steps * height * width * count))
    kept = filters.values[..., :most, :]
    return replace(filters, values=kept)
