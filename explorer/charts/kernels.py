"""Weights themselves: a kernel as a matrix, its weights over all steps, its filters as images."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import cells, pair, palette
from explorer.charts.compose import independent, layered
from explorer.charts.layer import Heatmaps
from explorer.charts.matrix import matrix_channels

MATRIX_HEIGHT = 260
CARPET_HEIGHT = 220
MAX_CELLS = 20_000
MOST_CARPET_ROWS = 300
CARPET_TICKS = 7


@dataclass(frozen=True)
class Kernels:
    """One weight tensor in up to two runs.

    Args:
        name: Such as `"conv_1/kernel"`.
        maps: For each run the matrices at its steps, on one colour scale; `None` where a run
            does not have the tensor. (runs,)
        filters: For each run its filters as images, `(steps, filters, height, width, channels)`,
            for kernels that look at grey or colour images; `None` else. (runs,)
    """

    name: str
    maps: Sequence[Heatmaps | None]
    filters: Sequence[np.ndarray | None] = (None, None)


def kernels(item: Kernels, frame: pair.Frame, *, mode: str) -> alt.VConcatChart:
    """Draw the kernel of each run at the slider's step, and its weights over all steps.

    Args:
        item: The tensor.
        frame: The slider and the runs.
        mode: What the colour is, for people: such as `"Weight"`.
    """
    known = [run for run, maps in enumerate(item.maps) if maps is not None]
    matrices = [_matrix(item.maps[run], run, frame, mode) for run in known]
    images = [
        _filters(item.filters[run], item.maps[run], run, frame)
        for run in known
        if item.filters[run] is not None
    ]
    carpets = [_carpet(item.maps[run], run, frame, mode) for run in known]
    rows = frame.rows(matrices, 2) + frame.rows(images, 2) + frame.rows(carpets, 2)
    return pair.compound(rows, frame, item.name)


def _matrix(maps, run, frame, mode):
    kept, every = cells.thin(np.asarray(maps.values, np.float32), MAX_CELLS)
    pictures = [cells.encode(matrix, maps.limit) for matrix in kept]
    _, rows, columns = kept.shape
    image = (
        moving_image(pictures, maps.missing, maps.steps, run)
        .encode(*matrix_channels(maps, every))
        .transform_calculate(
            a="0", b=f"datum.k == {pair.row_name(run)} ? {columns} : 0", c="0", d=f"{rows}"
        )
    )
    height = min(MATRIX_HEIGHT, max(60, rows * 12))
    layers = [image, scale_legend(maps.limit, frame), *_absences(maps, run, frame, height)]
    return panel(layers, maps, run, frame, mode, height)


def moving_image(
    pictures: Sequence[str], missing: Sequence[int], steps: np.ndarray, run: int
) -> alt.Chart:
    """Hold a picture a step, all but the one shown without width: none is decoded late.

    Args:
        pictures: `data:` URLs. (steps,)
        missing: Steps without a picture.
        steps: The steps of the run. (steps,)
        run: Which of the runs it belongs to.
    """
    known = [
        (row, url)
        for row, (step, url) in enumerate(zip(steps, pictures, strict=True))
        if step not in missing
    ]
    return alt.Chart(pd.DataFrame(known, columns=["k", "u"])).mark_image(
        smooth=False, aspect=False, tooltip=None
    )


def _filters(filters, maps, run, frame):
    """Draw every filter as a small image, mid-grey where the weight is 0."""
    _, count, height, width, _ = filters.shape
    across = min(count, 8)
    down = -(-count // across)
    pictures = [_sheet(one, maps.limit, across) for one in filters]
    wide, tall = across * (width + 1), down * (height + 1)
    image = (
        moving_image(pictures, maps.missing, maps.steps, run)
        .encode(
            alt.X("a:Q").scale(domain=[0, wide], nice=False).axis(None),
            alt.X2("b"),
            alt.Y("c:Q").scale(domain=[tall, 0], nice=False).axis(None),
            alt.Y2("d"),
            alt.Url("u:N"),
        )
        .transform_calculate(
            a="0", b=f"datum.k == {pair.row_name(run)} ? {wide} : 0", c="0", d=f"{tall}"
        )
    )
    height = min(round(frame.panel_width(2) * tall / wide), 240)
    layers = [image, *_absences(maps, run, frame, height)]
    return panel(layers, maps, run, frame, "Filters as small images, grey is 0", height)


def _sheet(filters, limit, across):
    count, height, width, _ = filters.shape
    down = -(-count // across)
    picture = np.zeros((down * (height + 1), across * (width + 1), 4), np.uint8)
    shades = np.clip(
        (np.nan_to_num(filters, posinf=limit, neginf=-limit) / limit + 1) / 2 * 255, 0, 255
    ).round()
    shades = np.broadcast_to(shades, (count, height, width, 3)).astype(np.uint8)
    for place, shade in enumerate(shades):
        top, left = place // across * (height + 1), place % across * (width + 1)
        picture[top : top + height, left : left + width, :3] = shade
        picture[top : top + height, left : left + width, 3] = 255
    return cells.to_url(picture)


def carpet_matrix(values: np.ndarray, limit: int = MOST_CARPET_ROWS) -> np.ndarray:
    """Lay weights over steps: a row a weight, sorted by the first step; a column a step.

    Args:
        values: The matrix at each step. (steps, rows, columns)
        limit: How many weights are shown at most, evenly chosen among the sorted ones.

    Returns:
        (weights, steps)
    """
    flat = np.asarray(values, np.float32).reshape(len(values), -1)
    known = np.flatnonzero(np.isfinite(flat).all(axis=1))
    first = flat[known[0]] if len(known) else np.nan_to_num(flat[0])
    order = np.argsort(first, kind="stable")
    chosen = np.unique(np.linspace(0, len(order) - 1, min(limit, len(order))).round().astype(int))
    return flat[:, order[chosen]].T


def _carpet(maps, run, frame, mode):
    carpet = carpet_matrix(maps.values)
    rows, columns = carpet.shape
    picture = alt.Chart(pd.DataFrame({"u": [cells.encode(carpet, maps.limit)]})).mark_image(
        smooth=False, aspect=False, tooltip=None
    )
    x = (
        alt.X("a:Q")
        .scale(domain=[0, columns], nice=False)
        .axis(grid=False, **_step_labels(maps.steps))
        .title("Training step (each recorded step as wide as the others)")
    )
    image = picture.transform_calculate(a="0", b=f"{columns}", c="0", d=f"{rows}").encode(
        x,
        alt.X2("b"),
        alt.Y("c:Q").scale(domain=[rows, 0], nice=False).axis(None),
        alt.Y2("d"),
        alt.Url("u:N"),
    )
    rule = pair.slider_rule(x, "a", f"max({pair.row_name(run)}, 0) + 0.5")
    words = f"{mode} over training: flat stripes have not moved"
    return panel([image, rule], maps, run, frame, words, CARPET_HEIGHT)


def _step_labels(steps):
    places = np.unique(np.linspace(0, len(steps) - 1, CARPET_TICKS).round().astype(int))
    listed = json.dumps(np.asarray(steps).tolist())
    return {
        "values": [float(place) + 0.5 for place in places],
        "labelExpr": pair.step_label(f"{listed}[floor(datum.value)]"),
    }


def scale_legend(limit: float, frame: pair.Frame) -> alt.Chart:
    """Build a mark that nobody sees: it is there for its legend, from `-limit` to `limit`."""
    anchors = np.linspace(-limit, limit, len(palette.DIVERGING)).tolist()
    hidden = alt.Chart(pd.DataFrame({"z": [0.0]})).mark_square(opacity=0, tooltip=None)
    return hidden.encode(
        alt.Color("z:Q")
        .scale(domain=anchors, range=list(palette.DIVERGING), clamp=True)
        .legend(
            orient="bottom",
            direction="horizontal",
            gradientLength=min(220, frame.panel_width(2) - 40),
            gradientThickness=10,
            values=[-limit, 0, limit],
            format=".2~g",
            title=None,
            padding=0,
            offset=4,
        )
    )


def panel(
    layers: Sequence[alt.TopLevelMixin],
    maps: Heatmaps,
    run: int,
    frame: pair.Frame,
    title: str,
    height: int,
    width: int | None = None,
) -> alt.LayerChart:
    """Put layers into a panel that says which step of a run is shown.

    Args:
        layers: What is drawn.
        maps: The tensor that is drawn, for its steps and what is not a number.
        run: Which of the runs it belongs to.
        frame: What the panels of the chart share.
        title: What is shown.
        height: Pixels of the plot.
        width: Pixels of the plot; half the chart's by default.
    """
    words = [None] * frame.num_runs
    words[run] = list(_captions(maps, frame.caption_name(run)))
    width = frame.panel_width(2) if width is None else width
    marks = layered(*layers, resolve=independent("color"))
    return pair.with_captions(marks, words, width, height=height, title=pair.panel_title(title))


def _absences(maps, run, frame, height):
    """Say at which steps there is no picture, and why."""
    empty = [None] * frame.num_runs
    empty[run] = {
        row: "The training ends here: no update follows"
        if step == maps.steps[-1]
        else "Not recorded at this step"
        for row, step in enumerate(maps.steps.tolist())
        if step in maps.missing
    }
    return pair.absences(empty, frame.panel_width(2), height)


def _captions(maps, name):
    for step, matrix in zip(maps.steps, maps.values, strict=True):
        lead = f"{name} · step {step:,}"
        if step in maps.missing:
            last = step == maps.steps[-1]
            yield f"{lead}: {'no update follows the last step' if last else 'not recorded'}"
            continue
        lost = int(np.count_nonzero(~np.isfinite(matrix)))
        yield f"{lead} · {lost:,} not a number" if lost else lead
