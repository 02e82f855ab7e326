"""Weights themselves: a kernel as a matrix, its filters as images, its weights over all steps."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np

from explorer.charts import cells, pair
from explorer.charts.carpet import carpet
from explorer.charts.layer import Heatmaps
from explorer.charts.map_panel import moving_image, panel, said_absences, scale_legend
from explorer.charts.matrix import matrix_channels

MATRIX_HEIGHT = 260
MAX_CELLS = 20_000


@dataclass(frozen=True)
class Kernels:
    """One weight tensor in up to two runs.

    Args:
        name: Such as `"conv_1/kernel"`.
        maps: For each run the matrices at its steps, on one colour scale; `None` where a run
            does not have the tensor. (runs,)
        filters: For each run its filters as images, `(steps, filters, height, width, channels)`,
            for kernels that look at grey or colour images; `None` else. (runs,)
        stripes: What the stripes of the carpet mean.
        mode: What the colour is, for people: such as `"Weight"`.
    """

    name: str
    maps: Sequence[Heatmaps | None]
    filters: Sequence[np.ndarray | None] = (None, None)
    stripes: str = "level stripes have not moved"
    mode: str = "Weight"


def kernels(item: Kernels, frame: pair.Frame) -> alt.VConcatChart:
    """Draw the kernel of each run at the slider's step, and its weights over all steps.

    Args:
        item: The tensor.
        frame: The slider and the runs.
    """
    known = [run for run, maps in enumerate(item.maps) if maps is not None]
    matrices = [_matrix(item.maps[run], run, frame, item.mode) for run in known]
    images = [
        _filters(item.filters[run], item.maps[run], run, frame)
        for run in known
        if item.filters[run] is not None
    ]
    over = f"{item.mode} over training: {item.stripes}"
    carpets = [carpet(item.maps[run], run, frame, over) for run in known]
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
    layers = [image, scale_legend(maps.limit, frame), *said_absences(maps, run, frame, height)]
    return panel(layers, maps, run, frame, mode, height)


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
    layers = [image, *said_absences(maps, run, frame, height)]
    return panel(layers, maps, run, frame, "Filters as images, row by row; grey is 0", height)


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
