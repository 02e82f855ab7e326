"""Everything that is one number a step, of two runs: smoothed, zoomed and re-scaled in the browser.

A strip below the panels is brushed to zoom into all of them. Smoothing is a choice among columns
that are there from the start; a logarithmic axis is a symlog axis with another constant.
"""

from collections.abc import Sequence

import altair as alt

from explorer.charts import pair, palette
from explorer.charts.compose import layered
from explorer.charts.guides import guide_line, guide_words
from explorer.charts.scalar_axes import BRUSH, EARLY, log_name, top_of, x_axis, y_axis
from explorer.charts.scalar_key import key_of_lines
from explorer.charts.scalar_marks import (
    HEIGHT,
    SMOOTHING,
    ends,
    lines,
    pointed_at,
    points,
    run_color,
)
from explorer.charts.scalar_series import WINDOWS, Panel, is_smoothed, line_frame, lost_words

USUAL_WINDOW = 2
STRIP_HEIGHT = 56
ZOOM = ("Drag here to zoom into all of them;", "a double click shows everything again")


def scalars(panels: Sequence[Panel], frame: pair.Frame, *, last_step: int) -> alt.VConcatChart:
    """Draw all panels with one step axis.

    Args:
        panels: The quantities.
        frame: Names and width; its slider is not used.
        last_step: End of the step axis.
    """
    drawn = [_panel(panel, frame, last_step) for panel in panels]
    strip = _strip(panels[0], frame, last_step)
    key = key_of_lines(frame.names, panels, frame.panel_width(1), is_narrow=frame.is_narrow)
    return pair.page([key, *frame.rows(drawn, 2), strip], params=_controls(panels))


def _controls(panels):
    """Return what the visitor sets below the chart; smoothing only where there is something to."""
    is_needed = any(is_smoothed(one) for panel in panels for one in panel.series)
    menu = alt.binding_select(
        options=list(range(len(WINDOWS))),
        labels=["not at all", *(f"over {window} steps" for window in WINDOWS[1:])],
        name="Smooth ",
    )
    smoothing = alt.param(
        name=SMOOTHING, value=USUAL_WINDOW, bind=menu if is_needed else alt.Undefined
    )
    switches = [
        alt.param(
            name=log_name(panel),
            value=panel.logarithmic,
            bind=alt.binding_checkbox(name=f"Logarithmic {panel.key.replace('_', ' ')} "),
        )
        for panel in panels
        if panel.top is None
    ]
    early = alt.param(
        name=EARLY, value=False, bind=alt.binding_checkbox(name="Spread the early steps ")
    )
    return [smoothing, early, *switches]


def _panel(panel, frame, last_step):
    x = x_axis(last_step)
    y = y_axis(panel)
    layers = [
        *(guide_line(value) for value, _ in panel.guides),
        *lines(panel, x, y),
        *points(panel, x, y),
        *pointed_at(panel, x),
        *ends(panel, x, last_step),
    ]
    words = [*guide_words([said for _, said in panel.guides]), *lost_words(panel)]
    return layered(
        *layers,
        width=frame.panel_width(2),
        height=HEIGHT,
        title=alt.Title(
            panel.title,
            subtitle=words,
            subtitleColor=palette.CANVAS_TEXT,
            fontSize=palette.PANEL_TITLE_SIZE,
            anchor="start",
            frame="group",
            offset=8,
        ),
    )


def _strip(panel, frame, last_step):
    """Draw the first quantity small: the place to brush."""
    brush = alt.selection_interval(name=BRUSH, encodings=["x"])
    shape = line_frame([one for one in panel.series if one.kind == "batches"])
    return (
        alt.Chart(shape)
        .transform_calculate(y=f"datum['v' + {SMOOTHING}]")
        .mark_line(strokeWidth=1.2, clip=True, tooltip=None)
        .encode(
            x_axis(last_step, zoomed=False),
            alt.Y("y:Q").scale(domain=[0, panel.top or top_of(panel)], nice=False).axis(None),
            run_color(),
            alt.Detail("id:N"),
        )
        .add_params(brush)
        .properties(
            width=frame.panel_width(1),
            height=STRIP_HEIGHT,
            title=alt.Title(
                list(ZOOM) if frame.is_narrow else " ".join(ZOOM),
                fontSize=palette.LABEL_SIZE,
                fontWeight="normal",
                anchor="start",
            ),
        )
    )
