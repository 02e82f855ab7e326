"""The key of the curves: which colour is which run, and what thin, bold and dotted mean."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from explorer.charts import palette
from explorer.charts.compose import layered
from explorer.charts.scalar_series import Panel, has_points, is_smoothed

ROW = 18  # pixels
SAMPLE = 22  # pixels of a line that is shown as a sample
BETWEEN = 8  # pixels from a sample to its words
DOT = 0.0  # the width of a sample that is a dot; that of a ring is below
RING = -1.0
COLUMNS = 2


def kinds_of_lines(panels: Sequence[Panel]) -> list[tuple[str, float, float]]:
    """Return the kinds of lines and points that panels hold: words, width and opacity of each."""
    series = [one for panel in panels for one in panel.series]
    smoothed = any(map(is_smoothed, series))
    of_layers = any(one.kind == "layer" for one in series)
    bold = ["smoothed"] * smoothed + ["all kernels together"] * of_layers
    found = [
        (smoothed, ("thin and pale: every value", 0.8, 0.5)),
        (of_layers, ("thin: one kernel", 1.0, 0.7)),
        (bool(bold), (f"bold: {', or '.join(bold)}", 2.5, 1.0)),
        (any(map(has_points, series)), ("rings: every value", RING, 1.0)),
        (any(one.kind == "validation" for one in series), ("dots: validation images", DOT, 1.0)),
    ]
    return [kind for is_there, kind in found if is_there]


def key_frame(
    names: Sequence[str], kinds: Sequence[tuple], width: int, columns: int = COLUMNS
) -> pd.DataFrame:
    """Lay out a row a sample: first the runs, then the kinds of lines.

    Args:
        names: Names of the runs.
        kinds: Words, width and opacity of each kind of line.
        width: Pixels there are.
        columns: Samples side by side.

    Returns:
        `x` and `e` (ends of the line in pixels), `t` (where the words begin), `y`, `words`,
        `color`, `thick`, `opacity`.
    """
    samples = [
        (name, 2.5, 1.0, color) for name, color in zip(names, palette.RUN_COLORS, strict=False)
    ]
    rest = [(*kind, palette.MUTED) for kind in kinds]
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


def key_of_lines(
    names: Sequence[str], panels: Sequence[Panel], width: int, *, is_narrow: bool
) -> alt.LayerChart:
    """Draw the key, to stand above the panels.

    Args:
        names: Names of the runs.
        panels: What it explains.
        width: Pixels there are.
        is_narrow: Whether all samples stand one above the other.
    """
    columns = 1 if is_narrow else COLUMNS
    shape = key_frame(names, kinds_of_lines(panels), width, columns)
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
    dots = [
        alt.Chart(part.assign(x=part["x"] + SAMPLE / 2))
        .mark_point(filled=is_filled, size=size, tooltip=None)
        .encode(x, y, color, opacity)
        for thick, is_filled, size in ((DOT, True, 55), (RING, False, 30))
        if len(part := shape[shape["thick"] == thick])
    ]
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
    return layered(lines, *dots, words, width=width, height=height)
