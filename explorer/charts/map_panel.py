"""A panel of pictures, one a step: all of them are there from the start, the slider shows one."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import captions, pair, palette
from explorer.charts.compose import independent, layered
from explorer.charts.layer import Heatmaps


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
    return captions.with_captions(
        marks,
        words,
        width,
        is_narrow=frame.is_narrow,
        height=height,
        title=pair.panel_title(title),
    )


def said_absences(maps: Heatmaps, run: int, frame: pair.Frame, height: int) -> list[alt.Chart]:
    """Say at which steps there is no picture, and why."""
    empty = [None] * frame.num_runs
    empty[run] = {
        row: "The training ends here: no update follows"
        if step == maps.steps[-1]
        else "Not recorded at this step"
        for row, step in enumerate(maps.steps.tolist())
        if step in maps.missing
    }
    return captions.absences(empty, frame.panel_width(2), height)


def _captions(maps, name):
    for step, matrix in zip(maps.steps, maps.values, strict=True):
        lead = f"{name} · step {step:,}"
        if step in maps.missing:
            last = step == maps.steps[-1]
            yield f"{lead}\n{'no update follows the last step' if last else 'not recorded'}"
            continue
        lost = int(np.count_nonzero(~np.isfinite(matrix)))
        yield f"{lead}\n{lost:,} not a number" if lost else lead
