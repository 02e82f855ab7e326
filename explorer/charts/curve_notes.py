"""Words and lines inside the curves: what guessing gives, and what the axis does not show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import palette
from explorer.charts.curve_frames import BUCKETS, Curve, evenly, lost_words, point_rows

ROW = 15  # pixels from one line of text to the next
RISE = 13  # pixels from a line to its words: above the dots of runs that only guess
LETTER = 6.3  # pixels, of a letter somewhat wider than most
LONGEST_NAME = 40  # letters, in a note that goes over several lines
SHORT_NAME = 26  # letters, in words on a line
MARGIN = 8  # pixels from the text to the left border
# Breaks after the last space that fits, or inside a word that is longer than a line.
WRAPPED = (
    f"replace(datum.words, regexp(replace('(.{{1,N}})( |\\n|$)|(.{{N}})', regexp('N', 'g'), "
    f"max(10, floor((width - {2 * MARGIN}) / {LETTER}))), 'g'), '$1$3\\n')"
)


@dataclass(frozen=True)
class Guess:
    """What a network that guesses among its classes reaches.

    Args:
        value: The loss or accuracy.
        words: How that comes.
        run: Name of the run it is for; empty when one line is for all runs.
        color: That of the run, muted for all.
    """

    value: float
    words: str
    run: str = ""
    color: str = palette.MUTED


def guesses(
    curves: Sequence[Curve],
    num_classes: int | Sequence[int],
    value: Callable[[int], float],
    words: str,
) -> list[Guess]:
    """Tell what guessing gives: once for all runs, or for each where their classes differ.

    Args:
        curves: Run A, and run B if there is one.
        num_classes: Classes of all runs, or of each; nothing is known about fewer than 2.
        value: Loss or accuracy of guessing among so many classes.
        words: Their template, with the fields `classes` and `value`.
    """
    one_for_all = isinstance(num_classes, int)
    numbers = [num_classes] * len(curves) if one_for_all else list(num_classes)
    if len(numbers) != len(curves):
        raise ValueError(
            f"num_classes has {len(numbers)} numbers for {len(curves)} runs. Give one a run, or "
            "one for all."
        )
    shared = len(set(numbers)) == 1
    made = []
    for curve, number, color in zip(curves, numbers, palette.RUN_COLORS, strict=False):
        if number >= 2:
            said = words.format(classes=number, value=value(number))
            made.append(Guess(value(number), said, curve.name, color))
    return [Guess(one.value, one.words) for one in made[:1]] if shared else made


def guess_lines(
    drawn: Sequence[Guess], height_of: Callable[[float], float], height: int
) -> list[alt.Chart]:
    """Draw a dashed line with words above it; the words of close lines give way to each other.

    Args:
        drawn: At most one guess a run.
        height_of: Where on the axis a value lies, from 0 at the bottom to 1 at the top.
        height: Height of the plot in pixels.
    """
    inside = [guess for guess in drawn if 0 <= height_of(guess.value) <= 1]
    inside.sort(key=lambda guess: guess.value)
    places = [height * height_of(guess.value) for guess in inside]
    layers = []
    for guess, place, bottom in zip(inside, places, _words_places(places), strict=True):
        layers += _guess_line(guess, rise=bottom - place)
    return layers


def _words_places(places):
    """Return how high words stand: on their line, or both on the upper one of close lines."""
    if len(places) == 2 and places[1] - places[0] < ROW:
        return [places[1], places[1] + ROW]
    return places


def _guess_line(guess, rise):
    whose = f" ({shortened(guess.run, SHORT_NAME)})" if guess.run else ""
    row = {"value": guess.value, "words": guess.words + whose, "full": guess.words}
    base = alt.Chart(pd.DataFrame([{**row, "run": guess.run or "every run"}]))
    rule = base.mark_rule(strokeDash=[5, 4], color=guess.color, strokeWidth=1.5).encode(
        y="value:Q",
        tooltip=[alt.Tooltip("run:N", title="Run"), alt.Tooltip("full:N", title="Line")],
    )
    text = base.mark_text(
        align="right",
        dy=-RISE - rise,
        fontSize=palette.LABEL_SIZE,
        limit=alt.ExprRef("width"),
        tooltip=None,
    ).encode(x=alt.value("width"), y="value:Q", text="words:N", color=alt.value(palette.TEXT))
    return [rule, text]


def lost_ticks(curves: Sequence[Curve], x: alt.X, color: alt.Color | dict) -> alt.Chart:
    """Mark the steps without a number along the top."""
    marks = []
    for curve in curves:
        lost = np.asarray(curve.steps)[~np.isfinite(np.asarray(curve.values, np.float64))]
        marks.append(point_rows(lost[evenly(len(lost), BUCKETS)], np.nan, "lost", curve.name))
    return (
        alt.Chart(pd.concat(marks, ignore_index=True))
        .mark_tick(thickness=2, size=6, tooltip=None)
        .encode(x, color, y=alt.value(3))
    )


def notes(curves: Sequence[Curve], highest: float) -> alt.Chart:
    """Say what the axis does not show, in lines that the browser breaks to fit the plot.

    Args:
        curves: Run A, and run B if there is one.
        highest: Where the axis ends.
    """
    words = [_note(curve, highest, named=len(curves) > 1) for curve in curves]
    return (
        alt.Chart(pd.DataFrame({"words": ["\n".join(filter(None, words))]}))
        .transform_calculate(lines=WRAPPED)
        .mark_text(
            align="left",
            baseline="top",
            fontSize=palette.LABEL_SIZE,
            lineBreak="\n",
            lineHeight=ROW,
            tooltip=None,
        )
        .encode(
            x=alt.value(MARGIN),
            y=alt.value(10),
            text="lines:N",
            color=alt.value(palette.TEXT),
        )
    )


def _note(curve, highest, named):
    values = np.asarray(curve.values, np.float64)
    above = values[np.isfinite(values) & (values > highest)]
    lines = []
    if len(above):
        steps = "1 step" if len(above) == 1 else f"{len(above):,} steps"
        lines.append(f"{steps} above the axis, up to {above.max():.3g}")
    if lost := lost_words(curve.steps, curve.values):
        lines.append(lost)
    lead = f"{shortened(curve.name)}: " if named else ""
    return lead + "; ".join(lines) if lines else ""


def shortened(name: str, most: int = LONGEST_NAME) -> str:
    """Cut the middle out of a long name: names that are alike often differ at their end.

    >>> shortened("Nine characters, too large learning rate", 21)
    'Nine chara…rning rate'
    """
    if len(name) <= most:
        return name
    tail = (most - 1) // 2
    return f"{name[: most - 1 - tail]}…{name[len(name) - tail :]}"
