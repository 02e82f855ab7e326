"""Axes that are switched in the browser: early steps spread or not, linear or logarithmic."""

import json
from collections.abc import Sequence

import altair as alt
import pandas as pd

from explorer.charts.compose import layered
from explorer.charts.domains import even_ticks, round_up

EARLY = "early"
LOGARITHMIC = "logarithmic"
# A symlog axis with a huge constant is linear: one axis, two shapes, switched in the browser.
LINEAR_CONSTANT = 1e7


def step_label(step: str) -> str:
    """Return the expression that writes a step on an axis: `1,200`, and `12k` from 10,000 on."""
    return f"format({step}, {step} < 10000 ? ',' : '~s')"


STEP_LABEL = step_label("datum.value")


def early_switch() -> alt.Parameter:
    """Let the visitor spread the first steps over the axis."""
    box = alt.binding_checkbox(name="Spread the early steps ")
    return alt.param(name=EARLY, value=True, bind=box)


def step_slider(num_places: int) -> alt.BindRange:
    """Return the slider over the steps; none where there is nowhere to move it to."""
    if num_places < 2:
        return alt.Undefined
    return alt.binding_range(min=0, max=num_places - 1, step=1, name="Training step ")


def logarithmic_switch(value: bool) -> alt.Parameter:
    """Let the visitor choose how shares are drawn."""
    box = alt.binding_checkbox(name="Logarithmic shares ")
    return alt.param(name=LOGARITHMIC, value=value, bind=box)


def switched_scale(switch: str, constant: float) -> dict:
    """Return options of a scale that is linear, or logarithmic from about `constant` on."""
    expression = f"{switch} ? {constant:g} : {LINEAR_CONSTANT:g}"
    return {"type": "symlog", "constant": alt.ExprRef(expression), "nice": False}


def switched_ticks(switch: str, spread: Sequence[float], linear: Sequence[float]) -> alt.ExprRef:
    """Return the ticks of such a scale."""
    return alt.ExprRef(f"{switch} ? {json.dumps(list(spread))} : {json.dumps(list(linear))}")


def step_axis(last_step: int, *, title: str | None = "Training step") -> alt.X:
    """Return a step axis that can spread the early steps."""
    powers = [0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000]
    spread = [tick for tick in powers if tick <= last_step]
    linear = [tick for tick in even_ticks(round_up(max(last_step, 1))) if tick <= last_step]
    linear = [int(tick) for tick in linear if tick.is_integer()]
    return (
        alt.X("s:Q")
        .scale(domain=[0, max(last_step, 1)], **switched_scale(EARLY, 1))
        .axis(
            values=switched_ticks(EARLY, spread, linear),
            labelExpr=STEP_LABEL,
            grid=False,
            labelOverlap="greedy",
        )
        .title(title)
    )


def slider_rule(x: alt.X, field: str, expression: str) -> alt.LayerChart:
    """Draw a line that moves with the slider, seen on light and on dark.

    Args:
        x: The axis.
        field: The field of the axis.
        expression: Where the line stands.
    """
    base = alt.Chart(pd.DataFrame({"k": [0]})).transform_calculate(**{field: expression})
    return layered(
        *(
            base.mark_rule(strokeWidth=width, color=color, tooltip=None).encode(x)
            for width, color in ((3, "white"), (1.2, "black"))
        )
    )
