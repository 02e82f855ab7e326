"""What the charts of two runs share: one slider, one colour a run, words on what is shown."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from explorer.analysis.timeline import Timeline
from explorer.charts import palette
from explorer.charts.compose import beside, independent, layered, stacked
from explorer.charts.domains import even_ticks, round_up

GAP = 28
AXIS_SPACE = 64  # left of a panel: labels and title of its axis
CAPTION_LINE = 15
LETTER = 6  # pixels of a letter of a caption, about
WORDS_AFTER_NAMES = 24  # letters of a caption: the step and how many values there are
CAPTION_START = 12  # pixels from the left border, after the dot
SLIDER = "i"
EARLY = "early"
LOGARITHMIC = "logarithmic"
OWN_SCALES = independent("color", "x", "y")
NOTHING_YET = "nothing recorded up to here"


def step_label(step: str) -> str:
    """Return the expression that writes a step on an axis: `1,200`, and `12k` from 10,000 on."""
    return f"format({step}, {step} < 10000 ? ',' : '~s')"


STEP_LABEL = step_label("datum.value")
# A symlog axis with a huge constant is linear: one axis, two shapes, switched in the browser.
LINEAR_CONSTANT = 1e7


@dataclass(frozen=True)
class Frame:
    """Everything the panels of one chart have in common.

    Args:
        names: Names of the runs, for people. (runs,)
        width: Pixels the chart may take.
        timeline: The slider's places; `None` for charts without a slider.
        start: The place at which the slider stands at first.
    """

    names: Sequence[str]
    width: int
    timeline: Timeline | None = None
    start: int = 0

    @property
    def num_runs(self) -> int:
        """1 or 2."""
        return len(self.names)

    @property
    def is_narrow(self) -> bool:
        """Whether panels stand one above the other."""
        return self.width < palette.NARROW

    def caption_name(self, run: int) -> str:
        """Return the name of a run, cut where a caption has to leave room for what follows it."""
        name = self.names[run]
        most = self.panel_width(2) // LETTER - WORDS_AFTER_NAMES
        return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"

    def panel_width(self, columns: int) -> int:
        """Return the pixels of a panel's plot when `columns` stand side by side."""
        columns = 1 if self.is_narrow else columns
        return max(160, (self.width - (columns - 1) * GAP) // columns - AXIS_SPACE)

    def rows(self, panels: Sequence[alt.TopLevelMixin], columns: int) -> list:
        """Lay panels out, `columns` in a row, fewer on a narrow page."""
        columns = 1 if self.is_narrow else columns
        groups = [panels[start : start + columns] for start in range(0, len(panels), columns)]
        return [
            group[0] if len(group) == 1 else beside(*group, spacing=GAP, resolve=OWN_SCALES)
            for group in groups
        ]


def row_name(run: int) -> str:
    """Return the parameter that says which of its steps a run shows."""
    return f"r{run}"


def compound(rows: Sequence, frame: Frame, title: str, *, switches=()) -> alt.VConcatChart:
    """Stack rows of panels under one slider.

    Pass it to `st.altair_chart(..., width="content")`: the panels have fixed sizes.

    Args:
        rows: Charts, from top to bottom.
        frame: What they share.
        title: What is shown, such as `"conv_1/kernel"`.
        switches: Parameters bound to a control, shown below the slider.
    """
    slider = alt.param(
        name=SLIDER,
        value=frame.start,
        bind=alt.binding_range(
            min=0, max=max(len(frame.timeline.places) - 1, 1), step=1, name="Training step "
        ),
    )
    shown = [
        alt.param(name=row_name(run), expr=f"{json.dumps(rows.tolist())}[{SLIDER}]")
        for run, rows in enumerate(frame.timeline.rows)
    ]
    return page(rows, params=[slider, *shown, *switches], title=heading(title, frame.timeline))


def page(rows: Sequence, *, params: Sequence[alt.Parameter], **properties) -> alt.VConcatChart:
    """Stack rows of panels, each with scales of its own; `params` belong to the whole."""
    return stacked(
        *rows,
        spacing=24,
        params=[one.param for one in params],
        usermeta={"embedOptions": {"renderer": "canvas"}},
        resolve=OWN_SCALES,
        config=alt.Config(
            view=alt.ViewConfig(strokeWidth=0),
            axis=alt.AxisConfig(titlePadding=6, labelPadding=5),
            # A canvas has no words for single marks: they would be written anew at every move.
            mark=alt.MarkConfig(aria=False),
        ),
        **properties,
    )


def heading(title: str, timeline: Timeline) -> alt.Title:
    """Say what is shown, and at which step; the words follow the slider."""
    if timeline.mode == "share":
        places = json.dumps([round(float(place), 4) for place in timeline.places])
        words = f"{json.dumps(title + ' after ')} + format({places}[{SLIDER}], '.1%')"
        words += " + ' of each training'"
    else:
        places = json.dumps(timeline.places.tolist())
        last = json.dumps(f" of {int(timeline.places[-1]):,}")
        words = f"{json.dumps(title + ' at training step ')} + format({places}[{SLIDER}], ',')"
        words += f" + {last}"
    return alt.Title(text=alt.expr(words), fontSize=palette.TITLE_SIZE, offset=14, anchor="start")


def place_words(timeline: Timeline) -> list[str]:
    """Return what each place of the slider is called, such as `"1,200"` or `"12.5 %"`."""
    if timeline.mode == "share":
        return [f"{100 * place:.1f} %" for place in timeline.places.tolist()]
    return [f"{place:,}" for place in timeline.places.tolist()]


def early_switch() -> alt.Parameter:
    """Let the visitor spread the first steps over the axis."""
    box = alt.binding_checkbox(name="Spread the early steps ")
    return alt.param(name=EARLY, value=True, bind=box)


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


def with_captions(
    marks: alt.LayerChart, words: Sequence[Sequence[str] | None], width: int, **properties
) -> alt.LayerChart:
    """Write a line a run above a panel, with a dot in the run's colour, following the slider.

    The lines are marks of their own: were they labels of an axis, every move would lay out all
    panels anew.

    Args:
        marks: The panel.
        words: For each run, the words at each of its steps, or `None`. (runs)(steps)
        width: Pixels of the panel's plot.
        **properties: Of the panel, such as `height`.
    """
    known = [run for run, line in enumerate(words) if line is not None]
    parts = [part for run in known for part in _caption(words[run], run, known, width)]
    return layered(marks, *parts, resolve=independent("color"), width=width, **properties)


def _caption(words, run, known, width):
    """Yield the dot and the line of a run."""
    lines_below = len(known) - known.index(run) - 1
    y = alt.YValue(-lines_below * CAPTION_LINE - 10)
    by_row = dict(enumerate(words))
    limit = width - CAPTION_START
    yield _words_at(by_row, run, CAPTION_START, y, NOTHING_YET, align="left", limit=limit)
    yield (
        alt.Chart(pd.DataFrame({"k": [0]}))
        .mark_point(filled=True, size=60, opacity=1, tooltip=None)
        .encode(alt.XValue(4), y, alt.ColorValue(palette.RUN_COLORS[run]))
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
    return _words_at(by_row, run, width / 2, alt.YValue(y), "", align="center", limit=width)


def _words_at(by_row, run, x, y, otherwise, **properties):
    """Draw the words that belong to the step of the slider."""
    texts = pd.DataFrame({"w": [run], **{f"t{row}": [text] for row, text in by_row.items()}})
    shown = f"datum['t' + {row_name(run)}]"
    return (
        alt.Chart(texts)
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


def panel_title(words: str) -> alt.Title:
    """Return the title of a panel, above its captions."""
    return alt.Title(
        words,
        fontSize=palette.PANEL_TITLE_SIZE,
        anchor="start",
        offset=8,
    )
