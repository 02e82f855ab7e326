"""A ball in a valley: the steps of descent, under sliders for learning rate and momentum."""

import altair as alt
import numpy as np
import pandas as pd

from explorer.analysis.descent import NUM_STEPS, largest_stable_rate
from explorer.analysis.error_functions import ErrorFunction
from explorer.charts import pair, palette
from explorer.charts.ball_map import outcome_map
from explorer.charts.ball_path import (
    ERRORS,
    FACTOR,
    LEARNING_RATE,
    MOMENTUM,
    OUTCOME,
    PATH,
    RATE,
    START,
    STEP,
    path_parameters,
)
from explorer.charts.compose import beside, layered, stacked
from explorer.charts.landscape import landscape

RATES = tuple(float(f"{10 ** (place / 20 - 3):.3g}") for place in range(81))  # 0.001 to 10
MOMENTA = tuple(round(place * 0.05, 2) for place in range(20))  # 0 to 0.95
USUAL_SHARE = 0.4  # of the bound, at first
BETWEEN = 110  # pixels of titles, axes and key between the two panels on the right
HIGHEST, LOWEST = 1e3, 1e-6  # of the height: the axis of the errors
TINY = 1e-6  # an error below it is called so
ERROR_LABEL = "format(datum.value, datum.value < 0.001 ? '.0e' : '~g')"
OUTCOME_WORDS = {
    "converges": "converges: it has arrived at the bottom",
    "swings": "converges, swinging from side to side",
    "oscillates": "oscillates: it leaps to and fro and does not arrive",
    "crawls": "crawls: all its steps are not enough to arrive",
    "diverges": "diverges: it ends higher than it began",
    "thrown": "is thrown out to where there is almost no slope left",
}


def ball(function: ErrorFunction, width: int) -> alt.VConcatChart:
    """Draw the valley, the path of the ball, and its error at every step.

    Args:
        function: What it goes down on.
        width: Pixels the chart may take.
    """
    narrow = width < palette.NARROW
    room = width if narrow else width - pair.GAP
    shares = (1, 1) if narrow else (0.56, 0.44)
    widths = [max(200, round(room * share) - pair.AXIS_SPACE - 8) for share in shares]
    height = min(420, round(widths[0] * 0.6))
    small = height if narrow else max(110, (height - BETWEEN) // 2)
    ground = landscape(function, widths[0], height)
    others = [_errors(function, widths[1], small), outcome_map(function, widths[1], small)]
    column = stacked(*others, spacing=18, resolve=pair.OWN_SCALES)
    rows = [ground, *others]
    if not narrow:
        rows = [beside(ground, column, spacing=pair.GAP, resolve=pair.OWN_SCALES)]
    return pair.page(
        rows,
        params=[*_sliders(function), *path_parameters(function, RATES, MOMENTA)],
        title=_title(function, narrow),
    )


def slider_words(function: ErrorFunction) -> dict[str, list[str]]:
    """Return what each place of each slider is called."""
    return {
        STEP: [str(step) for step in range(NUM_STEPS + 1)],
        RATE: [f"{rate:g}" for rate in RATES],
        MOMENTUM: [f"{momentum:g}" for momentum in MOMENTA],
        START: [f"{start:g}" for start in function.starts],
    }


def usual_rate(function: ErrorFunction) -> int:
    """Return the place of a rate at which the ball comes down without haste."""
    curvature = float(function.curvature(function.minima).max())
    wanted = USUAL_SHARE * largest_stable_rate(curvature)
    return int(np.abs(np.log(np.array(RATES) / wanted)).argmin())


def _sliders(function):
    kinds = (
        (STEP, "Step ", NUM_STEPS, NUM_STEPS),
        (RATE, "Learning rate ", usual_rate(function), len(RATES) - 1),
        (MOMENTUM, "Momentum ", 0, len(MOMENTA) - 1),
        (START, "Start, x ", function.usual_start, len(function.starts) - 1),
    )
    return [_slider(*kind) for kind in kinds]


def _slider(name, words, value, last):
    bound = alt.binding_range(min=0, max=last, step=1, name=words)
    return alt.param(name=name, value=value, bind=bound)


def _title(function, narrow):
    """Say in words what becomes of the ball, and where the bound is."""
    known = [f"{OUTCOME} == '{key}' ? '{words}'" for key, words in OUTCOME_WORDS.items()]
    outside = f"abs({PATH}[{STEP}][0]) > {function.reach[0]}"
    step = (
        f"'Step ' + {STEP} + ': error ' + {_error_words(f'{ERRORS}[{STEP}]')} + "
        f"({outside} ? ', outside the drawing' : ' above the bottom')"
    )
    lines = [
        (f"'After {NUM_STEPS} steps it '", f"({' : '.join(known)} : '')"),
        (step,),
        *_bounds(function),
    ]
    told = [part for parts in lines for part in (parts if narrow else [" + ".join(parts)])]
    return alt.Title(
        text=alt.expr(f"[{', '.join(told)}]"),
        fontSize=palette.LABEL_SIZE if narrow else palette.PANEL_TITLE_SIZE,
        offset=14,
        anchor="start",
    )


def _error_words(error):
    """Write an error for people; what is as good as nothing is not counted out."""
    return f"({error} < {TINY} ? 'below {TINY:.6f}' : format({error}, '.3~g'))"


def _bounds(function):
    """Say the curvature at each bottom, and what bound follows, in parts."""
    curvatures = function.curvature(function.minima).tolist()
    names = ("the bottom",) if len(curvatures) == 1 else ("the left bottom", "the right bottom")
    for name, curvature in zip(names, curvatures, strict=True):
        bound = f"(2 * (1 + {FACTOR}) / {curvature})"
        yield (
            f"'Curvature {curvature:.3g} at {name}: '",
            f"'the learning rate ' + format({LEARNING_RATE}, '.3~g') + "
            f"({LEARNING_RATE} < {bound} ? ' is below ' : ' is not below ')",
            f"'the bound 2 (1 + ' + format({FACTOR}, '.2~f') + ') / {curvature:.3g} = ' + "
            f"format({bound}, '.3~g')",
        )


def _errors(function, width, height):
    """Draw the error at every step; the point is where the slider stands."""
    low, high = LOWEST * function.height, HIGHEST * function.height
    scale = alt.Scale(type="log", domain=[low, high], clamp=True, nice=False)
    chart = (
        alt.Chart(pd.DataFrame({"k": np.arange(NUM_STEPS + 1)}))
        .transform_calculate(e=f"{ERRORS}[datum.k]")
        .transform_calculate(shown=f"max({low}, min({high}, datum.e))")
        .encode(
            alt.X("k:Q", title="Step", scale=alt.Scale(domain=[0, NUM_STEPS], nice=False)).axis(
                grid=False, values=list(range(0, NUM_STEPS + 1, 10))
            ),
            alt.Y("shown:Q", title="Error above the bottom", scale=scale).axis(
                grid=False, tickCount=6, labelExpr=ERROR_LABEL
            ),
        )
    )
    tips = [
        alt.Tooltip("k:Q", title="Step"),
        alt.Tooltip("e:Q", title="Error above the bottom", format=".4~g"),
    ]
    now = chart.transform_filter(f"datum.k == {STEP}")
    return layered(
        chart.mark_line(color=palette.HIGHLIGHT, strokeWidth=2, tooltip=None),
        chart.mark_point(filled=True, color=palette.HIGHLIGHT, size=24).encode(tooltip=tips),
        now.mark_point(
            filled=True, color=palette.HIGHLIGHT, stroke="black", size=170, opacity=1, tooltip=None
        ),
        width=width,
        height=height,
        title=pair.panel_title("The error at every step"),
    )
