"""The axes of the scalars: linear or logarithmic, the early steps spread or not, as switched."""

import json

import altair as alt
import numpy as np

from explorer.charts import axes
from explorer.charts.axes import EARLY
from explorer.charts.domains import even_ticks, round_up
from explorer.charts.scalar_series import Panel

BRUSH = "brush"
MOST_TICKS = 40  # on an axis that spreads the early steps; the browser drops what is too close
GUIDE_ROOM = 1.2  # a guide is at most at five sixths of the axis
HEADROOM = 1.02  # above the largest value: a line on the border would be cut
CUT = 3.0  # a linear axis ends at most at this multiple of its usual values


def x_axis(last_step: int, zoomed: bool = True) -> alt.X:
    """Return the axis of training steps, as far as the brush and the switch want it.

    Args:
        last_step: Its end.
        zoomed: Whether the brush moves it; the axis of the brush itself stands still.
    """
    axis = axes.step_axis(last_step)
    if zoomed:
        options = axes.switched_scale(EARLY, 1)
        axis = axis.scale(domain={"param": BRUSH, "encoding": "x"}, **options)
        axis = axis.axis(
            values=alt.ExprRef(f"{EARLY} ? {json.dumps(_spread_ticks(last_step))} : null"),
            tickCount=alt.ExprRef(f"{EARLY} ? {MOST_TICKS} : 6"),
            grid=False,
            labelExpr=axes.STEP_LABEL,
            labelOverlap="greedy",
        )
    return axis


def _spread_ticks(last_step):
    """Return 0, 1, 2, 5, 10, 20, 50 and so on, up to the last step."""
    powers = range(len(str(max(last_step, 1))))
    return [
        0,
        *(k * 10**power for power in powers for k in (1, 2, 5) if k * 10**power <= last_step),
    ]


def y_axis(panel: Panel) -> alt.Y:
    """Return the axis of a quantity; without a fixed top it can be switched to logarithmic."""
    top = panel.top or top_of(panel)
    if panel.top is not None:
        scale, axis = {"domain": [0, top], "nice": False}, {"tickCount": 5}
    else:
        peak = max(peak_of(panel), top)
        powers = [10.0**power for power in range(-8, 9)]
        spread = [0, *(tick for tick in powers if panel.smallest * 0.99 <= tick <= peak)]
        scale = axes.switched_scale(log_name(panel), panel.smallest)
        scale["domain"] = [0, alt.ExprRef(f"{log_name(panel)} ? {peak:g} : {top:g}")]
        axis = {"values": axes.switched_ticks(log_name(panel), spread, even_ticks(top))}
    return (
        alt.Y("y:Q")
        .scale(**scale)
        .axis(labelExpr=f"format(datum.value, '{panel.format}')", **axis)
        .title(panel.axis)
    )


def log_name(panel: Panel) -> str:
    """Return the parameter that says whether the axis of a panel is logarithmic."""
    return f"log_{panel.key}"


def peak_of(panel: Panel) -> float:
    """Return the end of a logarithmic axis: above all values."""
    values = _finite(panel)
    return round_up(HEADROOM * float(values.max())) if len(values) and values.max() > 0 else 1.0


def top_of(panel: Panel) -> float:
    """End a linear axis above what is usual: one outburst does not flatten the rest."""
    values = _finite(panel)
    if not len(values) or values.max() <= 0:
        return 1.0
    usual = CUT * float(np.percentile(values, 95))
    highest = HEADROOM * float(values.max())
    top = min(highest, usual) if usual > 0 else highest
    return round_up(max([top, *(GUIDE_ROOM * value for value, _ in panel.guides)]))


def _finite(panel):
    parts = [np.asarray(one.values, np.float64) for one in panel.series]
    parts += [np.array([value for value, _ in panel.guides], np.float64)]
    every = np.concatenate(parts)
    return every[np.isfinite(every)]
