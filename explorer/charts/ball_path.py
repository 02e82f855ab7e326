"""Descent with momentum inside a chart: the browser computes every step from rate and momentum.

Vega's expressions cannot loop. Every step is a parameter of its own, computed from the one before,
so that a slider moves the whole path without a message to the server. The formulas are those of
`explorer.analysis.error_functions` and `explorer.analysis.descent`, written once more.
"""

from collections.abc import Sequence

import altair as alt

from explorer.analysis.descent import CLOSE, FAR, FLAT, NUM_STEPS, OFTEN, ROUNDING
from explorer.analysis.error_functions import ACROSS, NARROW, STEEP, TILT, ErrorFunction
from explorer.charts import pair

STEP = pair.SLIDER
RATE, MOMENTUM, START = "rate", "momentum", "start"  # sliders too; they count places
LEARNING_RATE, FACTOR = "learning_rate", "factor"  # what they stand for
PATH, ERRORS = "path", "errors"  # of all steps: pairs, and errors above the nearest minimum
OUTCOME = "outcome"

HOLLOW = "exp(-({x} * {x} + {y} * {y}) / 2)"
RADIAL = f"{HOLLOW} * (1 - {{x}} * {{x}})"
TWO = f"(pow({{x}} * {{x}} - 1, 2) / 4 + {TILT} * {{x}}"
TWO_SLOPE = f"({{x}} * {{x}} * {{x}} - {{x}} + {TILT})"
# value, gradient along x, gradient along y, curvature
FORMULAS = {
    ("bowl", 1): ("{x} * {x} / 2", "{x}", "0", "1"),
    ("bowl", 2): ("({x} * {x} + {y} * {y}) / 2", "{x}", "{y}", "1"),
    ("narrow", 1): (f"{STEEP} * {{x}} * {{x}} / 2", f"{STEEP} * {{x}}", "0", f"{STEEP}"),
    ("narrow", 2): (
        f"({{x}} * {{x}} + {NARROW} * {{y}} * {{y}}) / 2", "{x}", f"{NARROW} * {{y}}", f"{NARROW}",
    ),
    ("plateau", 1): (f"1 - {HOLLOW}", f"{{x}} * {HOLLOW}", "0", RADIAL),
    ("plateau", 2): (f"1 - {HOLLOW}", f"{{x}} * {HOLLOW}", f"{{y}} * {HOLLOW}", HOLLOW),
    ("two minima", 1): (f"{TWO})", TWO_SLOPE, "0", "3 * {x} * {x} - 1"),
    ("two minima", 2): (
        f"{TWO} + {ACROSS} * {{y}} * {{y}} / 2)", TWO_SLOPE, f"{ACROSS} * {{y}}",
        f"max(3 * {{x}} * {{x}} - 1, {ACROSS})",
    ),
}  # fmt: skip


def written(function: ErrorFunction, part: int, point: str) -> str:
    """Write a formula with a point put in: 0 value, 1 and 2 gradient, 3 curvature."""
    key = function.name, function.num_dimensions
    return "(" + FORMULAS[key][part].format(x=f"{point}[0]", y=f"{point}[1]") + ")"


def path_parameters(
    function: ErrorFunction, rates: Sequence[float], momenta: Sequence[float]
) -> list[alt.Parameter]:
    """Return the parameters that compute the path, its errors, and what became of it."""
    steps = range(NUM_STEPS + 1)
    known = {
        LEARNING_RATE: f"{list(rates)}[{RATE}]",
        FACTOR: f"{list(momenta)}[{MOMENTUM}]",
        "p0": f"[{list(function.starts)}[{START}], {function.start_y}, 0, 0]",
        "g0": _slope(function, 0, "0"),
    }
    for step in steps[1:]:
        known |= _step(function, step)
    known[PATH] = f"[{', '.join(f'p{step}' for step in steps)}]"
    known[ERRORS] = f"[{', '.join(_above(function, f'p{step}') for step in steps)}]"
    known[OUTCOME] = _outcome(function)
    return [alt.param(name=name, expr=expression) for name, expression in known.items()]


def _step(function, step):
    """Move on by an update: place and speed, then the slope there and how often it overshot."""
    p, g, q = f"p{step - 1}", f"g{step - 1}", f"p{step}"
    speed = [f"{FACTOR} * {p}[{2 + axis}] - {LEARNING_RATE} * {g}[{axis}]" for axis in (0, 1)]
    place = [f"{p}[{axis}] + {speed[axis]}" for axis in (0, 1)]
    moved = f"[{', '.join([*place, *speed])}]"
    slope = [written(function, axis, q) for axis in (1, 2)]
    beyond = f"{slope[0]} * {q}[2] + {slope[1]} * {q}[3] > 0"
    count = f"{g}[2] + ({beyond} && {_above(function, q)} >= {CLOSE * function.height} ? 1 : 0)"
    return {
        q: f"abs({p}[0]) + abs({p}[1]) > {FAR:.0f} ? {p} : {moved}",
        f"g{step}": _slope(function, step, count),
    }


def _slope(function, step, count):
    return f"[{written(function, 1, f'p{step}')}, {written(function, 2, f'p{step}')}, {count}]"


def _above(function, point):
    """Write the error above that of the nearest minimum."""
    lowest = function.value(function.minima).tolist()
    ends = function.minima[:, 0].tolist()
    nearest = f"({point}[0] <= {sum(ends) / 2} ? {lowest[0]} : {lowest[-1]})"
    return f"({written(function, 0, point)} - {nearest})"


def _outcome(function):
    """Write what `descent.outcomes` says."""
    last, slope = f"p{NUM_STEPS}", f"g{NUM_STEPS}"
    often = f"{slope}[2] >= {OFTEN * NUM_STEPS}"
    least = ROUNDING * function.height
    higher = f"{written(function, 0, last)} - {written(function, 0, 'p0')} > {least}"
    flat = f"sqrt({slope}[0] * {slope}[0] + {slope}[1] * {slope}[1]) < {FLAT * function.height}"
    return (
        f"{_above(function, last)} < {CLOSE * function.height} ? "
        f"({often} ? 'swings' : 'converges') : {higher} ? ({flat} ? 'thrown' : 'diverges') : "
        f"{often} ? 'oscillates' : 'crawls'"
    )
