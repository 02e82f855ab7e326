"""Words above and inside the panels of two runs, which follow the slider."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from explorer.charts import palette
from explorer.charts.compose import independent, layered
from explorer.charts.pair import row_name

CAPTION_LINE = 15
CAPTION_START = 12  # pixels from the left border, after the dot
NOTHING_YET = "nothing recorded up to here"


def with_captions(
    marks: alt.LayerChart,
    words: Sequence[Sequence[str] | None],
    width: int,
    *,
    is_narrow: bool = False,
    colors: Sequence[str] = palette.RUN_COLORS,
    **properties,
) -> alt.LayerChart:
    """Write a line a run above a panel, with a dot in the run's colour, following the slider.

    The lines are marks of their own: were they labels of an axis, every move would lay out all
    panels anew.

    Args:
        marks: The panel.
        words: For each run, the words at each of its steps, or `None`; after a line break stands
            what goes into a line of its own on a narrow page. (runs)(steps)
        width: Pixels of the panel's plot.
        is_narrow: Whether it is one.
        colors: Of the dots. (runs)
        **properties: Of the panel, such as `height`.
    """
    known = [run for run, line in enumerate(words) if line is not None]
    parts, below = [], 0
    for run in reversed(known):
        texts, letters = _texts(words[run], is_narrow)
        parts += _caption(texts, letters, run, below, width, colors[run])
        below += len(letters)
    return layered(marks, *parts, resolve=independent("color"), width=width, **properties)


def _texts(words, is_narrow):
    """Lay out the words of a run at its steps, and say which of them stand in which line.

    Returns:
        The words at step number 3 are `t3`, and its lines `p3` and `q3` where any step has two:
        the same on every page, as a report holds them once. And the letters of the lines, from
        top to bottom: one, or two on a narrow page.
    """
    texts = {f"t{row}": line.replace("\n", " · ") for row, line in enumerate(words)}
    if not any("\n" in line for line in words):
        return texts, "t"
    for row, line in enumerate(words):
        texts[f"p{row}"], _, texts[f"q{row}"] = line.partition("\n")
    return texts, "pq" if is_narrow else "t"


def _caption(texts, letters, run, below, width, color):
    """Yield the lines of a run and its dot; so many lines stand below them."""
    limit = width - CAPTION_START
    for number, letter in enumerate(letters, start=1):
        y = alt.YValue(-(below + len(letters) - number) * CAPTION_LINE - 10)
        otherwise = NOTHING_YET if number == 1 else ""
        place = {"align": "left", "limit": limit}
        yield _words_at(texts, letter, run, CAPTION_START, y, otherwise, **place)
    top = alt.YValue(-(below + len(letters) - 1) * CAPTION_LINE - 10)
    yield (
        alt.Chart(pd.DataFrame({"k": [0]}))
        .mark_point(filled=True, size=60, opacity=1, tooltip=None)
        .encode(alt.XValue(4), top, alt.ColorValue(color))
    )


def absences(words: Sequence[Mapping[int, str] | None], width: int, height: int) -> list[alt.Chart]:
    """Say inside a plot why it is empty at some steps.

    Args:
        words: For each run, the words by the number of the step that has nothing; `None` for a
            run that is not in the plot. (runs)
        width: Pixels of the plot.
        height: Pixels of the plot.
    """
    told = [run for run, by_row in enumerate(words) if by_row is not None]
    return [
        _absence(words[run], run, height / 2 + CAPTION_LINE * (place - (len(told) - 1) / 2), width)
        for place, run in enumerate(told)
    ]


def _absence(by_row, run, y, width):
    texts = {f"t{row}": words for row, words in by_row.items()}
    return _words_at(texts, "t", run, width / 2, alt.YValue(y), "", align="center", limit=width)


def _words_at(texts, letter, run, x, y, otherwise, **properties):
    """Draw the words that belong to the step of the slider."""
    shown = f"datum['{letter}' + {row_name(run)}]"
    return (
        alt.Chart(pd.DataFrame({"w": [run], **{name: [text] for name, text in texts.items()}}))
        .mark_text(
            baseline="middle",
            fontSize=palette.LABEL_SIZE,
            color=palette.CANVAS_TEXT,
            tooltip=None,
            **properties,
        )
        .encode(
            alt.XValue(x), y, alt.TextValue(alt.expr(f"isValid({shown}) ? {shown} : '{otherwise}'"))
        )
    )
