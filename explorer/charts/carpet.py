"""The carpet: a row a weight, a column a recorded step. What stands still draws level stripes."""

import json

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import axes, cells, pair
from explorer.charts.layer import Heatmaps
from explorer.charts.map_panel import panel

CARPET_HEIGHT = 220
MOST_CARPET_ROWS = 300
CARPET_TICKS = 7


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


def carpet(maps: Heatmaps, run: int, frame: pair.Frame, title: str) -> alt.LayerChart:
    """Draw all weights of a run over all steps.

    Args:
        maps: The tensor.
        run: 0 for run A, 1 for run B.
        frame: The slider and the runs.
        title: What is shown.
    """
    matrix = carpet_matrix(maps.values)
    rows, columns = matrix.shape
    picture = alt.Chart(pd.DataFrame({"u": [cells.encode(matrix, maps.limit)]})).mark_image(
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
    rule = axes.slider_rule(x, "a", f"max({pair.row_name(run)}, 0) + 0.5")
    return panel([image, rule], maps, run, frame, title, CARPET_HEIGHT)


def _step_labels(steps):
    places = np.unique(np.linspace(0, len(steps) - 1, CARPET_TICKS).round().astype(int))
    listed = json.dumps(np.asarray(steps).tolist())
    return {
        "values": [float(place) + 0.5 for place in places],
        "labelExpr": axes.step_label(f"{listed}[floor(datum.value)]"),
    }
