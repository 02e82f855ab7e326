"""From recordings to what the charts of two runs draw: shared bins, one colour scale."""

from collections.abc import Sequence

import numpy as np

from explorer import runs
from explorer.analysis.timeline import Timeline
from explorer.charts.distribution import Distribution
from explorer.charts.domains import bin_edges, color_limit
from explorer.charts.kernels import Kernels
from explorer.charts.layer import Heatmaps, Histograms
from explorer.charts.percentile_bands import PERCENTILES, Bands
from explorer.runs.steps import redraw

COUNTED_APART = ["nan", "positive_infinity", "negative_infinity"]
MANY_VALUES = 1000
# What the colour is, of which kind of tensor, and what the stripes of the carpet mean.
MODES = {
    "value": ("Weight", "weights", "level stripes have not moved"),
    "change": ("Change since step 0", "weights", "pale stripes have not moved"),
    "gradient": ("Gradient", "gradients", "pale stripes learn nothing"),
}
SINCE_FIRST = "Change since the first step"  # of runs that do not begin at step 0
IMAGE_CHANNELS = (1, 3)


def mode_labels(chosen: Sequence[runs.Run]) -> dict[str, str]:
    """Name what the colour of a weight can be, the keys of `MODES`, where one is chosen."""
    later = any(len(run.steps) and run.steps[0] > 0 for run in chosen)
    words = {name: title for name, (title, *_) in MODES.items()}
    return words | ({"change": SINCE_FIRST} if later else {})


def mode_words(what: str, firsts: Sequence[int]) -> str:
    """Say what the colour is, and since when it changed, of runs that do not begin at step 0.

    >>> mode_words("change", [45, 45])
    'Change since step 45, the first that was saved'

    Args:
        what: A key of `MODES`.
        firsts: The first recorded step of each run that is shown.
    """
    known = list(dict.fromkeys(int(step) for step in firsts))
    if what != "change" or not any(known):
        return MODES[what][0]
    steps = " and ".join(f"{step:,}" for step in known)
    if len(known) == 1:
        return f"Change since step {steps}, the first that was saved"
    return f"Change since steps {steps}, the first that were saved"


def recorded_in_any(chosen: Sequence[runs.Run], kind: str) -> list[str]:
    """Return the tensors of a kind, in the order of the networks, first those of the first."""
    return list(dict.fromkeys(name for run in chosen for name in run.tensors(kind)))


def read_distribution(
    chosen: Sequence[runs.Run], timeline: Timeline, kind: str, tensor: str, growing: bool = False
) -> Distribution:
    """Read one tensor of all runs on shared bins.

    Args:
        chosen: The runs.
        timeline: Which of their steps to read.
        kind: Such as `"weights"`.
        tensor: Such as `"conv_1/kernel"`.
        growing: Whether steps are still being added; axes are then rounded, to stand still.

    Raises:
        ValueError: No run has a recorded step of such a tensor.
    """
    has = [_has(run, steps, kind, tensor) for run, steps in _with_steps(chosen, timeline)]
    if not any(has):
        raise ValueError(f"Neither run has a recording of the {kind} of {tensor!r}.")
    sketches = [
        run.sketches(kind, tensor, steps) if there else None
        for run, steps, there in zip(chosen, timeline.steps, has, strict=True)
    ]
    ranges = [
        axis_range(run.tensors(kind)[tensor].size, *one)
        for run, one in zip(chosen, sketches, strict=True)
        if one is not None
    ]
    edges = bin_edges(
        *(np.concatenate(ends) for ends in zip(*ranges, strict=True)), growing=growing
    )
    pairs = list(zip(timeline.steps, sketches, strict=True))
    histograms = [
        None if one is None else histograms_on(steps, edges, *one) for steps, one in pairs
    ]
    bands = [None if one is None else Bands(steps, percentiles(one[1])) for steps, one in pairs]
    return Distribution(tensor, histograms, bands)


def _with_steps(chosen, timeline):
    return zip(chosen, timeline.steps, strict=True)


def _has(run, steps, kind, tensor):
    return len(steps) > 0 and tensor in run.tensors(kind)


def _has_values(run, steps, kind, tensor):
    return _has(run, steps, kind, tensor) and run.tensors(kind)[tensor].stored_size > 0


def percentiles(knots: np.ndarray) -> np.ndarray:
    """Read percentiles off sketches; exact for the values at evenly spaced ranks.

    Args:
        knots: Values at evenly spaced ranks, ascending, NaN after the last. (steps, 257)

    Returns:
        (steps, 7), NaN where there are no values.
    """
    found = np.full((len(knots), len(PERCENTILES)), np.nan)
    for place, row in zip(found, knots, strict=True):
        known = row[np.isfinite(row)]
        if len(known):
            ranks = np.array(PERCENTILES) / 100 * (len(known) - 1)
            place[:] = known[np.rint(ranks).astype(int)]
    return found


def axis_range(size: int, moments, knots: np.ndarray):
    """Return where the axis should reach at each step: of many values, 0.4 % may lie outside."""
    if size < MANY_VALUES:
        return moments["minimum"].to_numpy(), moments["maximum"].to_numpy()
    return knots[:, 1], knots[:, -2]


def histograms_on(steps: np.ndarray, edges: np.ndarray, moments, knots: np.ndarray) -> Histograms:
    """Redraw what `Run.sketches` read on given bins."""
    counts, under, over = redraw(moments, knots, edges)
    nonfinite = moments[COUNTED_APART].sum(axis=1).to_numpy()
    return Histograms(steps, edges, counts, under, over, nonfinite)


def read_kernels(
    chosen: Sequence[runs.Run], timeline: Timeline, tensor: str, what: str, growing: bool = False
) -> Kernels:
    """Read the values of a tensor of all runs, for one colour scale.

    Args:
        chosen: The runs.
        timeline: Which of their steps to read.
        tensor: Such as `"conv_1/kernel"`.
        what: What the colour is: a key of `MODES`.
        growing: Whether steps are still being added; the scale is then rounded, to stand still.

    Raises:
        ValueError: No run has a recorded step of such a tensor, or kept values of it.
    """
    kind = MODES[what][1]
    values = [
        run.values(kind, tensor, steps) if _has_values(run, steps, kind, tensor) else None
        for run, steps in _with_steps(chosen, timeline)
    ]
    shown = [_shown(one, what) for one in values]
    if all(one is None for one in shown):
        raise ValueError(f"Neither run has a recording of the {kind} of {tensor!r}.")
    usual = [
        one[over_training(steps)]
        for steps, one in zip(timeline.steps, shown, strict=True)
        if one is not None
    ]
    limit = color_limit(*usual, growing=growing)
    maps = [
        None if one is None else _maps(run, kind, tensor, steps, one, limit)
        for run, steps, one in zip(chosen, timeline.steps, shown, strict=True)
    ]
    images = [
        None if one is None else filter_images(one, run.tensors(kind)[tensor])
        for run, one in zip(chosen, shown, strict=True)
    ]
    firsts = [
        steps[_first_known(one)]
        for steps, one in zip(timeline.steps, values, strict=True)
        if one is not None
    ]
    return Kernels(tensor, maps, images, MODES[what][2], mode_words(what, firsts))


def over_training(steps: np.ndarray, most: int = 40) -> np.ndarray:
    """Pick recorded steps spread evenly over the training, not over the recording.

    Most recorded steps are early ones; what is usual in a training is not what is usual in
    them. (steps,) -> numbers of the chosen steps (chosen,)
    """
    wanted = np.linspace(0, steps[-1], most) if len(steps) else np.zeros(0)
    return np.unique(np.searchsorted(steps, wanted, side="right") - 1).clip(0)


def _shown(values, what):
    if values is None or what != "change":
        return values
    return values - values[_first_known(values)]


def _first_known(values):
    """Return the number of the first recorded step that has all values; else of the first."""
    return int(np.isfinite(values).all(axis=(1, 2)).argmax())


def _maps(run, kind, tensor, steps, values, limit):
    sizes = run.moments(kind, tensor, steps)["size"].to_numpy()
    missing = tuple(steps[~(sizes > 0)].tolist())
    return heatmaps(run.tensors(kind)[tensor], steps, values, limit, missing)


def heatmaps(
    info: runs.TensorInfo,
    steps: np.ndarray,
    values: np.ndarray,
    limit: float,
    missing: tuple[int, ...] = (),
) -> Heatmaps:
    """Say of the kept values of a tensor which rows and columns they are; one column lies down.

    Args:
        info: What they are of.
        steps: Recorded training steps. (steps,)
        values: Kept values, or what is computed of them. (steps, rows, columns)
        limit: Value at the ends of the colour scale.
        missing: Steps at which nothing was recorded.
    """
    axes = list(zip(titles(info), _numbers(info), strict=True))
    if values.shape[2] == 1:
        values, axes = values.transpose(0, 2, 1), axes[::-1]
    (row_title, row_numbers), (column_title, column_numbers) = axes
    return Heatmaps(
        steps, values, limit, missing, row_title, column_title, row_numbers, column_numbers
    )


def _numbers(info):
    """Return the numbers of the kept rows and columns, counted from 1 as everywhere."""
    for kept, length in zip((info.rows, info.columns), info.matrix_shape, strict=True):
        yield range(1, length + 1) if kept is None else [place + 1 for place in kept]


def titles(info: runs.TensorInfo) -> tuple[str, str]:
    """Say what rows and columns are, and how many of them are kept."""
    if len(info.shape) == 1:
        return "Filter or unit", ""
    is_conv = len(info.shape) == 4
    rows, columns = info.matrix_shape
    kept_rows, kept_columns = info.stored_shape
    row = "Position × channel" if is_conv else "Input"
    column = "Filter" if is_conv else "Unit"
    if kept_rows < rows:
        row += f" ({kept_rows:,} of {rows:,})"
    if kept_columns < columns:
        column += f" ({kept_columns:,} of {columns:,})"
    return row, column


def filter_images(values: np.ndarray, info: runs.TensorInfo) -> np.ndarray | None:
    """Reshape whole filters that look at an image to small images.

    Args:
        values: Kept values. (steps, rows, filters)
        info: What they are of.

    Returns:
        (steps, filters, height, width, channels), or `None` for any other tensor.
    """
    if len(info.shape) != 4 or info.shape[2] not in IMAGE_CHANNELS or info.rows is not None:
        return None
    height, width, channels, _ = info.shape
    shaped = values.reshape(len(values), height, width, channels, values.shape[2])
    return shaped.transpose(0, 4, 1, 2, 3)
