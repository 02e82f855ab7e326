"""What the charts of two runs share: one slider, one colour a run, words on what is shown."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from explorer.analysis.timeline import Timeline
from explorer.charts import palette
from explorer.charts.axes import step_slider
from explorer.charts.compose import beside, independent, stacked

GAP = 28
AXIS_SPACE = 64  # left of a panel: labels and title of its axis
LETTER = 6  # pixels of a letter of a caption, about
WORDS_AFTER_NAMES = 24  # letters of a caption: the step and how many values there are
SLIDER = "i"
OWN_SCALES = independent("color", "x", "y")


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


def compound(
    rows: Sequence, frame: Frame, title: str, *, switches=(), to_the_end: bool = True
) -> alt.VConcatChart:
    """Stack rows of panels under one slider.

    Pass it to `st.altair_chart(..., width="content")`: the panels have fixed sizes.

    Args:
        rows: Charts, from top to bottom.
        frame: What they share.
        title: What is shown, such as `"conv_1/kernel"`.
        switches: Parameters bound to a control, shown below the slider.
        to_the_end: Whether the last place of the slider is the end of the training.
    """
    bind = step_slider(len(frame.timeline.places))
    slider = alt.param(name=SLIDER, value=frame.start, bind=bind)
    shown = [
        alt.param(name=row_name(run), expr=f"{json.dumps(rows.tolist())}[{SLIDER}]")
        for run, rows in enumerate(frame.timeline.rows)
    ]
    words = heading(title, frame, to_the_end=to_the_end)
    return page(rows, params=[slider, *shown, *switches], title=words)


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


def heading(title: str, frame: Frame, *, to_the_end: bool = True) -> alt.Title:
    """Say what is shown, and at which step; the words follow the slider.

    Args:
        title: What is shown.
        frame: The slider; on a narrow page the step has a line of its own.
        to_the_end: Whether its last place is the end of the training, which is then said.
    """
    timeline = frame.timeline
    if timeline.mode == "share":
        places = json.dumps([round(float(place), 4) for place in timeline.places])
        step = f"'after ' + format({places}[{SLIDER}], '.1%') + ' of each training'"
    else:
        places = json.dumps(timeline.places.tolist())
        last = json.dumps(f" of {int(timeline.places[-1]):,}" if to_the_end else "")
        step = f"'at training step ' + format({places}[{SLIDER}], ',') + {last}"
    shown = json.dumps(title)
    words = f"[{shown}, {step}]" if frame.is_narrow else f"{shown} + ' ' + {step}"
    return alt.Title(text=alt.expr(words), fontSize=palette.TITLE_SIZE, offset=14, anchor="start")


def place_words(timeline: Timeline) -> list[str]:
    """Return what each place of the slider is called, such as `"1,200"` or `"12.5 %"`."""
    if timeline.mode == "share":
        return [f"{100 * place:.1f} %" for place in timeline.places.tolist()]
    return [f"{place:,}" for place in timeline.places.tolist()]


def panel_title(words: str) -> alt.Title:
    """Return the title of a panel, above its captions."""
    return alt.Title(
        words,
        fontSize=palette.PANEL_TITLE_SIZE,
        anchor="start",
        frame="group",
        offset=8,
    )
