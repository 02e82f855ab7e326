"""The panel of the scrubber that shows a matrix, a cell a value, at the step of the slider."""

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import cells, palette
from explorer.charts.layer import Heatmaps
from explorer.charts.matrix import matrix_channels
from explorer.charts.panels import Frame, absence, with_caption

HEATMAP_HEIGHTS = {1: 120, 2: 260}  # by the number of panels side by side
MAX_CELLS = 20_000


def heatmap_panel(data: Heatmaps, frame: Frame, title: str, name: str) -> alt.LayerChart:
    """Draw a matrix as a picture, a cell a value, with the colour scale below."""
    kept, every = cells.thin(np.asarray(data.values, np.float32), MAX_CELLS)
    _, rows, columns = kept.shape
    pictures = _picture_frame(data, kept, frame.timeline)
    image = (
        alt.Chart(pictures)
        .mark_image(smooth=False, aspect=False, tooltip=None)
        .transform_calculate(a="0", b=f"datum.k == i ? {columns} : 0", c="0", d=f"{rows}")
        .encode(*matrix_channels(data, every))
    )
    has_nan = bool(np.any(~np.isfinite(kept[~np.isin(data.steps, data.missing)])))
    marks = alt.layer(image, *_legends(data.limit, frame, name, has_nan)).resolve_scale(
        color="independent", fill="independent"
    )
    height = min(HEATMAP_HEIGHTS[frame.columns], max(90, rows * 9))
    return with_caption(marks, _map_captions(data, kept), data.steps, frame, title, height)


def _picture_frame(data, kept, timeline):
    """Lay out a picture a step.

    All pictures are in the chart from the start, all but one without width: a picture that
    came only when its step is chosen would be decoded only then, and appear a frame late.
    """
    places = np.searchsorted(timeline, data.steps)
    pictures = [
        (place, cells.encode(matrix, data.limit))
        for step, place, matrix in zip(data.steps, places, kept, strict=True)
        if step not in data.missing
    ]
    return pd.DataFrame(pictures, columns=["k", "u"])


def _map_captions(data, kept):
    for step, matrix in zip(data.steps, kept, strict=True):
        if step in data.missing:
            yield absence(step, data.steps)
            continue
        lost = int(np.count_nonzero(~np.isfinite(matrix)))
        shape = f"{kept.shape[1]:,} × {kept.shape[2]:,} values"
        yield f"{shape} · {lost:,} not a number" if lost else shape


def _legends(limit, frame, name, has_nan):
    """Build marks that nobody sees: they are there for their legends."""
    anchors = np.linspace(-limit, limit, len(palette.DIVERGING)).tolist()
    hidden = alt.Chart(pd.DataFrame({"z": [0.0], "w": ["not a number"]})).mark_square(
        opacity=0, tooltip=None
    )
    yield hidden.encode(
        alt.Color("z:Q")
        .scale(domain=anchors, range=list(palette.DIVERGING), clamp=True)
        .legend(
            orient="bottom",
            direction="horizontal",
            gradientLength=min(220, frame.width - 130),
            gradientThickness=10,
            values=[-limit, 0, limit],
            format=".2~g",
            title=None,
            padding=0,
            offset=4,
        )
    )
    if has_nan:
        yield hidden.encode(
            alt.Fill("w:N")
            .scale(domain=["not a number"], range=[palette.NOT_A_NUMBER])
            .legend(
                orient="bottom",
                title=None,
                padding=0,
                offset=4,
                symbolOpacity=1,
                symbolType="square",
                symbolStrokeWidth=0,
            )
        )
