"""The accuracy that a network reaches, by learning rate: the trials of a sweep as points.

All that grows with the sweep is in the data, nothing in the specification: a live chart is
updated in place.
"""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from explorer.analysis.trials import OUTCOMES, mean_frame
from explorer.charts import palette

HEIGHT = 320
CLICKED = "trial"
MARGIN = 1.4  # times the smallest and the largest rate
POINT = {"size": 130, "opacity": 1, "strokeWidth": 2, "cursor": "pointer"}
# Okabe and Ito's colours that mean neither run A nor run B; shapes say it again.
LOOKS = {
    "adequate": ("#009E73", "circle"),
    "too_small": ("#56B4E9", "triangle-down"),
    "undecided": (palette.MUTED, "diamond"),
    "damaged": ("#E69F00", "triangle-up"),
    "collapsed": ("#E69F00", "square"),
    "diverged": ("#CC79A7", "cross"),
    "failed": ("#CC79A7", "M-1,-1L1,1M-1,1L1,-1"),
    "stopped": (palette.MUTED, "M-1,-1L1,1M-1,1L1,-1"),
    "at_work": (palette.MUTED, "circle"),
    "waiting": (palette.MUTED, "stroke"),
}
LOW_GUESS = 0.06
HOLLOW = ("at_work", "waiting")


def accuracy_by_rate(
    frame: pd.DataFrame, rates: Sequence[float], *, guess: float | None
) -> alt.LayerChart:
    """Draw the accuracy of every trial over its learning rate, in the colour of its verdict.

    Trials without an accuracy stand on the axis: those that wait, and those that died before
    their first validation. The line goes through the means over the seeds.

    Args:
        frame: From `trial_frame`.
        rates: The learning rates of the sweep.
        guess: Accuracy of guessing, or `None` when unknown.
    """
    x, y = _axes(rates)
    measured = alt.expr.isValid(alt.datum.accuracy)  # none is null there, and null >= 0 holds
    point = alt.selection_point(name=CLICKED, fields=["run"], on="click", empty=False)
    base = alt.Chart(frame).encode(x, *_looks(set(frame["outcome"])), tooltip=_tooltip())
    points = base.transform_filter(measured).mark_point(**POINT).encode(y).add_params(point)
    without = base.transform_filter(~measured).mark_point(**POINT).encode(y=alt.value(HEIGHT - 8))
    line = (
        alt.Chart(mean_frame(frame))
        .mark_line(color=palette.MUTED, opacity=0.6, tooltip=None, strokeWidth=1.5)
        .encode(x, y)
    )
    layers = [line, *_guess(guess, y), points, without]
    return (
        alt.layer(*layers)
        .properties(
            title=alt.Title("Which learning rate leads furthest?", offset=8),
            height=HEIGHT,
            autosize=palette.FIT_WIDTH,
            usermeta=palette.AS_SVG,
        )
        .configure_axis(titlePadding=6, labelPadding=5)
    )


def _axes(rates):
    known = sorted(set(rates))
    x = (
        alt.X("learning_rate:Q")
        .scale(type="log", domain=[known[0] / MARGIN, known[-1] * MARGIN], nice=False)
        .axis(values=known, format=".4~r", labelOverlap="greedy", labelSeparation=6, grid=False)
        .title("Learning rate, logarithmic")
    )
    y = (
        alt.Y("accuracy:Q")
        .scale(domain=[0, 1], nice=False)
        .axis(format="%", tickCount=5)
        .title("Accuracy on the validation images")
    )
    return x, y


def _looks(present):
    """Colour, fill and shape by outcome; a trial that is at work is hollow."""
    names = list(OUTCOMES.values())
    colors, shapes = zip(*(LOOKS[key] for key in OUTCOMES), strict=True)
    fills = ["transparent" if key in HOLLOW else LOOKS[key][0] for key in OUTCOMES]
    legend = alt.Legend(
        title=None,
        orient="bottom",
        columns=alt.ExprRef("width < 560 ? 2 : 5"),
        values=[words for key, words in OUTCOMES.items() if key in present],
    )
    return [
        channel("outcome_words:N", scale=alt.Scale(domain=names, range=list(looks)), legend=legend)
        for channel, looks in ((alt.Color, colors), (alt.Fill, fills), (alt.Shape, shapes))
    ]


def _tooltip():
    return [
        alt.Tooltip("name:N", title="Run"),
        alt.Tooltip("learning_rate:Q", title="Learning rate", format=".4~r"),
        alt.Tooltip("seed:Q", title="Seed"),
        alt.Tooltip("accuracy:Q", title="Accuracy", format=".1%"),
        alt.Tooltip("outcome_words:N", title="Outcome"),
        alt.Tooltip("progress:Q", title="Steps done", format=".0%"),
    ]


def _guess(guess, y):
    """Draw what guessing reaches, as the yardstick."""
    if guess is None:
        return []
    frame = pd.DataFrame({"accuracy": [guess], "words": [f"guessing: {guess:.0%}"]})
    rule = alt.Chart(frame).mark_rule(strokeDash=[4, 4], color=palette.MUTED, tooltip=None)
    beside = 11 if guess > LOW_GUESS else -9  # below the line, where the axis leaves room
    words = alt.Chart(frame).mark_text(
        align="left", dx=4, dy=beside, color=palette.CANVAS_TEXT, tooltip=None
    )
    return [rule.encode(y), words.encode(y, x=alt.value(0), text="words:N")]
