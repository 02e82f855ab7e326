"""The key of the curves: which colour is which run, and what thin, bold and dotted mean."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from explorer.charts import palette
from explorer.charts.compose import layered

ROW = 18  # pixels
SAMPLE = 22  # pixels of a line that is shown as a sample
BETWEEN = 8  # pixels from a sample to its words
# Words, width and opacity of a line; a width of 0 is a dot.
LINES = (
    ("thin and pale: every value", 0.8, 0.5),
    ("thin: one kernel", 1.0, 0.7),
    ("bold: smoothed, or all kernels together", 2.5, 1.0),
    ("dots: validation images", 0.0, 1.0),
)
COLUMNS = 2


def key_frame(names: Sequence[str], width: int, columns: int = COLUMNS) -> pd.DataFrame:
    """Lay out a row a sample: first the runs, then the kinds of lines.

    Args:
        names: Names of the runs.
        width: Pixels there are.
        columns: Samples side by side.

    Returns:
        `x` and `e` (ends of the line in pixels), `t` (where the words begin), `y`, `words`,
        `color`, `thick`, `opacity`.
    """
    samples = [
        (name, 2.5, 1.0, color) for name, color in zip(names, palette.RUN_COLORS, strict=False)
    ]
    rest = [(*line, palette.MUTED) for line in LINES]
    gaps = -len(samples) % columns  # the kinds of lines begin a row of their own
    places = [*range(len(samples)), *range(len(samples) + gaps, len(samples) + gaps + len(rest))]
    rows = []
    for place, (words, thick, opacity, color) in zip(places, samples + rest, strict=True):
        left = (place % columns) * (width // columns)
        rows.append(
            {
                "x": left,
                "e": left + SAMPLE,
                "t": left + SAMPLE + BETWEEN,
                "y": (place // columns + 0.5) * ROW,
                "words": words,
                "color": color,
                "thick": thick,
                "opacity": opacity,
            }
        )
    return pd.DataFrame(rows)


def key_of_lines(names: Sequence[str], width: int, *, is_narrow: bool) -> alt.LayerChart:
    """Draw the key, to stand above the panels.

    Args:
        names: Names of the runs.
        width: Pixels there are.
        is_narrow: Whether all samples stand one above the other.
    """
    columns = 1 if is_narrow else COLUMNS
    shape = key_frame(names, width, columns)
    height = float(shape["y"].max()) + ROW / 2
    x = alt.X("x:Q").scale(domain=[0, width], nice=False).axis(None)
    y = alt.Y("y:Q").scale(domain=[height, 0], nice=False).axis(None)
    color = alt.Color("color:N").scale(None).legend(None)
    opacity = alt.Opacity("opacity:Q").scale(None).legend(None)
    lines = (
        alt.Chart(shape[shape["thick"] > 0])
        .mark_rule(tooltip=None)
        .encode(x, y, alt.X2("e"), color, opacity, alt.StrokeWidth("thick:Q").scale(None))
    )
    dots = (
        alt.Chart(shape[shape["thick"] == 0].assign(x=lambda rows: rows["x"] + SAMPLE / 2))
        .mark_point(filled=True, size=55, tooltip=None)
        .encode(x, y, color, opacity)
    )
    words = (
        alt.Chart(shape.assign(x=shape["t"]))
        .mark_text(
            align="left",
            baseline="middle",
            fontSize=palette.LABEL_SIZE,
            color=palette.CANVAS_TEXT,
            limit=width // columns - SAMPLE - 2 * BETWEEN,
            tooltip=None,
        )
        .encode(x, y, alt.Text("words:N"))
    )
    return layered(lines, dots, words, width=width, height=height)
