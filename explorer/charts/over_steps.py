"""The distribution of one tensor over all steps: ridges, percentile bands, or a heatmap."""

import altair as alt

from explorer.charts import captions, pair
from explorer.charts.compose import layered
from explorer.charts.heat import heat_marks
from explorer.charts.layer import Histograms
from explorer.charts.percentile_bands import Bands, percentile_marks
from explorer.charts.ridges import ridge_marks

VIEWS = {"ridges": "Ridges", "percentiles": "Percentiles", "heatmap": "Heatmap"}
HEIGHT = 300


def over_steps_panel(
    view: str, data: Histograms, bands: Bands, run: int, frame: pair.Frame, peak: float
) -> alt.LayerChart:
    """Draw one run; the mark that moves with the slider is the step it shows.

    Args:
        view: A key of `VIEWS`.
        data: Distributions at the steps.
        bands: Percentiles at the steps.
        run: 0 for run A, 1 for run B.
        frame: The slider and the runs.
        peak: The largest share in any bin, of both runs.
    """
    last = max(int(steps[-1]) for steps in frame.timeline.steps if len(steps))
    if view == "ridges":
        marks, words = ridge_marks(data, run, peak)
    elif view == "percentiles":
        marks, words = percentile_marks(data, bands, run, last)
    else:
        marks, words = heat_marks(data, run, last, peak)
    width = frame.panel_width(2)
    return captions.with_captions(
        layered(*marks), _only(run, frame), width, height=HEIGHT, title=pair.panel_title(words)
    )


def _only(run, frame):
    """Write one caption, that of this panel's run."""
    words = [None] * frame.num_runs
    words[run] = [
        f"{frame.caption_name(run)} · step {step:,}" for step in frame.timeline.steps[run]
    ]
    return words
