"""The distribution of one tensor over all steps as bands between its percentiles."""

import json
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import axes, pair, palette
from explorer.charts.layer import Histograms

PERCENTILES = (0, 5, 25, 50, 75, 95, 100)


@dataclass(frozen=True)
class Bands:
    """Percentiles of one tensor over the steps.

    Args:
        steps: Recorded steps, ascending. (steps,)
        values: The percentiles of `PERCENTILES`; NaN where nothing was recorded. (steps, 7)
    """

    steps: np.ndarray
    values: np.ndarray


def percentile_marks(
    data: Histograms, bands: Bands, run: int, last_step: int
) -> tuple[list[alt.TopLevelMixin], str]:
    """Draw the percentiles of a run, and what they are.

    Args:
        data: Distributions at the steps.
        bands: Percentiles at the steps.
        run: 0 for run A, 1 for run B.
        last_step: End of the step axis.
    """
    names = [f"p{number}" for number in PERCENTILES]
    shape = pd.DataFrame(bands.values, columns=names)
    shape.insert(0, "s", bands.steps)
    shape = shape.dropna()
    x = axes.step_axis(last_step)
    y_scale = {"domain": [float(data.edges[0]), float(data.edges[-1])], "nice": False}
    color = palette.RUN_COLORS[run]
    base = alt.Chart(shape)
    areas = [
        base.mark_area(color=color, opacity=opacity, clip=True, tooltip=None).encode(
            x, alt.Y(f"{low}:Q").scale(**y_scale).axis(tickCount=5).title("Value"), alt.Y2(high)
        )
        for low, high, opacity in (("p0", "p100", 0.15), ("p5", "p95", 0.25), ("p25", "p75", 0.4))
    ]
    middle = base.mark_line(color=color, strokeWidth=2, clip=True, tooltip=None).encode(
        x, alt.Y("p50:Q")
    )
    spots = base.mark_rule(opacity=0, strokeWidth=8).encode(
        x,
        tooltip=[
            alt.Tooltip("s:Q", title="Training step", format=","),
            *(
                alt.Tooltip(f"{name}:Q", title=words, format=".3~g")
                for name, words in zip(names, _percentile_words(), strict=True)
            ),
        ],
    )
    words = "Half of the values lie in the strongest band, 90 % in the next"
    return [*areas, middle, spots, step_rule(data, run, x)], words


def _percentile_words():
    ends = {0: "Smallest", 50: "Median", 100: "Largest"}
    return [ends.get(number, f"{number}th percentile") for number in PERCENTILES]


def step_rule(data: Histograms, run: int, x: alt.X) -> alt.LayerChart:
    """Draw a line at the step that the slider shows."""
    steps = json.dumps(data.steps.tolist())
    return axes.slider_rule(x, "s", f"{steps}[max({pair.row_name(run)}, 0)]")
