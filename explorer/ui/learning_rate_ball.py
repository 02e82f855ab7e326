"""A ball in a valley: what learning rate and momentum do, on functions simple enough to see it."""

import streamlit as st

from explorer.analysis.error_functions import FUNCTIONS, ErrorFunction
from explorer.charts.ball import ball, slider_words
from explorer.charts.ball_path import STEP
from explorer.charts.compose import specification
from explorer.ui.moving_chart import show_moving_chart

PLACE = "ball"
LIMIT = 16  # charts that are kept: of each function, on pages of some widths
FUNCTION_LABELS = {
    "bowl": "Bowl",
    "narrow": "Narrow valley",
    "plateau": "Plateau",
    "two minima": "Two minima",
}
DIMENSION_LABELS = {1: "One weight", 2: "Two weights"}
LINKED = {"error": tuple(FUNCTION_LABELS.values()), "weights": tuple(DIMENSION_LABELS.values())}
WHAT_TO_SEE = {
    "bowl": "The slope grows evenly with the distance from the bottom. Without momentum, every "
    "step stays on its side below half the bound; between half the bound and the bound it leaps "
    "across, and still comes down; above, it climbs.",
    "narrow": "The steep direction sets the bound, the flat one has to be walked all the same. "
    "Momentum helps here: its steps add up along the valley and cancel across it.",
    "plateau": "Far out there is next to no slope. With a rate above the bound the ball cannot "
    "settle at the bottom: it leaps to and fro, and may be thrown out to where hardly anything "
    "brings it back, as happens to a network trained with a rate far too large.",
    "two minima": "Where the ball ends depends on where it starts, and on the rate: a larger one "
    "may leap from one hollow into the other.",
}


def show():
    """Show the choice of function, and below it the ball."""
    st.markdown(
        "Training goes down an error function as a ball goes down into a valley, but in leaps: "
        "each step is the *learning rate* times the slope. *Momentum* adds a share of the step "
        "before. How far it may leap is bounded by how sharply the valley bends, its *curvature*: "
        "above 2 (1 + momentum) / curvature at the bottom it cannot settle there, and in a bowl "
        "each leap ends higher than the one before."
    )
    chosen = _choose()
    st.caption(WHAT_TO_SEE[chosen.name])
    draw_ball(chosen, PLACE)
    st.caption(
        "Sources of the bound: B. T. Polyak, Some methods of speeding up the convergence of "
        "iteration methods (1964); G. Goh, Why momentum really works (Distill, 2017)."
    )


def draw_ball(function: ErrorFunction, place: str):
    """Draw the ball on a function; `place` is the key of the container it stands in."""
    words = slider_words(function)
    show_moving_chart(
        place,
        lambda width: _chart(function.name, function.num_dimensions, width),
        alt=f"{FUNCTION_LABELS[function.name]}: the path of the descent on the error function, "
        "and its error at every step, with sliders for step, learning rate, momentum and start",
        words=words.pop(STEP),
        apart=words,
    )


@st.cache_resource(max_entries=LIMIT, show_spinner=False)
def _chart(name, num_dimensions, width):
    return specification(ball(FUNCTIONS[name, num_dimensions], width))


def _choose():
    left, right = st.columns(2)
    label = left.segmented_control(
        "Error function",
        LINKED["error"],
        default=LINKED["error"][0],
        required=True,
        key="error",
        bind="query-params",
    )
    dimensions = right.segmented_control(
        "Weights",
        LINKED["weights"],
        default=LINKED["weights"][0],
        required=True,
        key="weights",
        bind="query-params",
    )
    names = {words: name for name, words in FUNCTION_LABELS.items()}
    numbers = {words: number for number, words in DIMENSION_LABELS.items()}
    return FUNCTIONS[names[label], numbers[dimensions]]
