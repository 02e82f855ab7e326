"""One layer through training: distributions and heatmaps that move with one slider in the chart.

What every step shows travels to the browser once, as one column a step, and the slider only
chooses the column: no message to the server, nothing recomputed, axes and colours fixed over
all steps. The specification does not depend on how many steps there are yet, so a training
that is still running can add some without the slider jumping back.
"""

import json

import altair as alt
import numpy as np

from explorer.charts import palette
from explorer.charts.axes import step_slider
from explorer.charts.heatmap_panel import heatmap_panel
from explorer.charts.layer import Heatmaps, Histograms, Layer
from explorer.charts.panels import Frame, histogram_panel

__all__ = ["Heatmaps", "Histograms", "Layer", "scrubber"]

AXIS_SPACE = 64  # left of a panel: labels and title of its axis
GAP = 28


def scrubber(
    layer: Layer,
    *,
    planned_steps: np.ndarray | None = None,
    width: int = 1000,
    color: str = palette.RUN_A,
) -> alt.VConcatChart:
    """Draw weights and gradients of a layer, with one slider over the recorded steps.

    Pass it to `st.altair_chart(..., width="content")`: the panels have fixed sizes, side by
    side on a wide page, one above the other below 640 pixels.

    Args:
        layer: What was recorded.
        planned_steps: All steps that a running training is going to record; the slider has
            room for them from the start. (planned,)
        width: Pixels that the chart may take.
        color: Colour of the run.
    """
    timeline = _timeline(layer, planned_steps)
    is_narrow = width < palette.NARROW
    columns = 1 if is_narrow else 2
    panel_width = max(160, (width - (columns - 1) * GAP) // columns - AXIS_SPACE)
    frame = Frame(timeline, panel_width, color, columns)
    slider = alt.param(name="i", value=0, bind=step_slider(len(timeline)))
    rows = _rows(_panels(layer, frame), columns)
    return (
        alt.vconcat(*rows, spacing=18)
        .add_params(slider)
        .properties(
            title=_heading(layer.name, timeline, width if is_narrow else None),
            usermeta={"embedOptions": {"renderer": "canvas"}},
        )
        .resolve_scale(color="independent", x="independent", y="independent")
        .configure_view(strokeWidth=0)
        .configure_axis(titlePadding=6, labelPadding=5)
    )


def _timeline(layer, planned_steps):
    parts = (layer.weights, layer.gradients, layer.weight_maps, layer.gradient_maps)
    known = [np.asarray(part.steps, np.int64) for part in parts if part is not None]
    if not known:
        raise ValueError(f"Nothing to draw of {layer.name!r}: give it at least one tensor.")
    if planned_steps is not None:
        known.append(np.asarray(planned_steps, np.int64))
    timeline = np.unique(np.concatenate(known))
    if not len(timeline):
        raise ValueError(
            f"No step of {layer.name!r} is recorded or planned; expected at least one. "
            "Pass planned_steps while a training has only begun."
        )
    return timeline


def _heading(name, timeline, width):
    """Say what is shown, and at which step; in two lines where the page has a width to keep to."""
    steps = json.dumps(timeline.tolist())
    last = json.dumps(f" of {int(timeline[-1]):,}")
    step = f"'at training step ' + format({steps}[i], ',') + {last}"
    if width is None:
        text = alt.expr(f"{json.dumps(name)} + ' ' + {step}")
        return alt.Title(text=text, fontSize=palette.TITLE_SIZE, offset=10)
    text = alt.expr(f"[{json.dumps(name)}, {step}]")
    return alt.Title(text=text, fontSize=palette.PANEL_TITLE_SIZE, offset=10, limit=width)


def _panels(layer, frame):
    histograms = (("Weights", layer.weights), ("Gradients", layer.gradients))
    maps = (("Weights", layer.weight_maps), ("Gradients", layer.gradient_maps))
    for name, data in histograms:
        if data is not None:
            yield histogram_panel(data, frame, f"{name}: how many have which value", name)
    for name, data in maps:
        if data is not None:
            yield heatmap_panel(data, frame, f"{name}: a cell each, colour is the value", name)


def _rows(panels, columns):
    panels = list(panels)
    for start in range(0, len(panels), columns):
        row = panels[start : start + columns]
        yield row[0] if len(row) == 1 else alt.hconcat(*row, spacing=GAP)
