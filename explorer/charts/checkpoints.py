"""Two checkpoints compared by their answers: what each recognises, and what it confuses.

All charts take the width they are given. A is blue and round, B is orange and a diamond.
"""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import palette
from explorer.charts.checkpoint_frames import Confusions, cell_frame

SHAPES = ("circle", "diamond")
ROW = 24
MOST_NUMBERS = 12  # with more classes, cells are too small for a number
LIGHT, DARK = "#ffffff", "#111111"


def accuracy_by_class(classes: pd.DataFrame, names: Sequence[str]) -> alt.LayerChart:
    """Draw how much of each class both networks recognise.

    Args:
        classes: From `checkpoint_frames.class_frame`.
        names: What A and B are called.
    """
    long = pd.concat(
        [
            classes.assign(value=classes[side], network=name)
            for side, name in zip("ab", names, strict=True)
        ],
        ignore_index=True,
    ).astype({"network": str})
    y = alt.Y("name:N", sort=None).axis(labelLimit=130, labelPadding=12, grid=True).title(None)
    x = alt.X("value:Q").scale(domain=[0, 1], nice=False).axis(format="%", tickCount=5)
    between = (
        alt.Chart(classes)
        .mark_rule(color=palette.MUTED, strokeWidth=2, tooltip=None)
        .encode(y, x=alt.X("a:Q"), x2="b:Q")
    )
    points = (
        alt.Chart(long)
        .mark_point(filled=True, opacity=1, stroke="white", strokeWidth=0.8)
        .encode(
            x.title("Share of its images recognised"),
            y,
            alt.Color("network:N")
            .scale(domain=list(names), range=list(palette.RUN_COLORS))
            .legend(orient="top", title=None, padding=0, symbolSize=110, symbolStrokeWidth=0),
            alt.Shape("network:N").scale(domain=list(names), range=list(SHAPES)),
            alt.Size("network:N").scale(domain=list(names), range=[150, 110]).legend(None),
            tooltip=[
                alt.Tooltip("name:N", title="Class"),
                alt.Tooltip("images:Q", title="Images", format=","),
                alt.Tooltip("a:Q", title="A recognises", format=".1%"),
                alt.Tooltip("b:Q", title="B recognises", format=".1%"),
                alt.Tooltip("difference:Q", title="B less A", format="+.1%"),
            ],
        )
    )
    title = "Which classes? Widest gap first"
    return framed(between + points, title, ROW * max(len(classes), 3))


def confusion(pair: Confusions, side: str, name: str) -> alt.LayerChart:
    """Draw what one network takes each class for; both networks share one scale.

    Args:
        pair: From `checkpoint_frames.confusions`.
        side: `"a"` or `"b"`.
        name: What the network is called.
    """
    frame = cell_frame(pair, pair.counts_a if side == "a" else pair.counts_b)
    color = (
        alt.Color("count:Q")
        .scale(scheme="viridis", type="sqrt", domain=[0, pair.most])
        .legend(gradient([0, pair.most], ",d"))
        .title("Images")
    )
    ink = f"datum.count > {0.36 * pair.most} ? '{DARK}' : '{LIGHT}'"
    layers = _cells(pair, frame, color, "format(datum.count, ',')", ink)
    return framed(layers, f"{name}: what is taken for what?", _matrix_height(pair))


def confusion_difference(pair: Confusions) -> alt.LayerChart:
    """Draw what B answers more (orange) or less often (blue) than A.

    On the diagonal more is better, beside it worse.
    """
    frame = cell_frame(pair, pair.counts_b - pair.counts_a)
    limit = int(max(np.abs(frame["count"]).max(), 1))
    color = (
        alt.Color("count:Q")
        .scale(domain=_anchors(limit), range=list(palette.DIVERGING))
        .legend(gradient([-limit, 0, limit], "+,d"))
        .title("Images, B less A")
    )
    ink = f"abs(datum.count) > {0.6 * limit} ? '{LIGHT}' : '{DARK}'"
    layers = _cells(pair, frame, color, "format(datum.count, '+,')", ink)
    return framed(layers, "Difference: what does B answer more often?", _matrix_height(pair))


def gradient(values: Sequence[float], number: str) -> alt.Legend:
    """Return a flat legend below a chart, with these values on it."""
    return alt.Legend(
        orient="bottom",
        direction="horizontal",
        gradientLength=150,
        gradientThickness=10,
        values=values,
        labelExpr=f"datum.value === 0 ? '0' : format(datum.value, '{number}')",
        padding=0,
    )


def framed(chart, title: str, height: int, words: Sequence[str] = ()):
    """Give a chart its title and height, and all the width there is.

    Args:
        chart: What is drawn.
        title: What to see.
        height: Pixels of the plot.
        words: Rows below the title.
    """
    below = {"subtitle": list(words), "subtitleColor": palette.TEXT} if words else {}
    return chart.properties(
        title=alt.Title(title, offset=8, **below),
        height=height,
        autosize=palette.FIT_WIDTH,
        usermeta=palette.AS_SVG,
    ).configure(
        axis=alt.AxisConfig(titlePadding=6, labelPadding=5),
        # The first name of a row stands in its middle, as all others do.
        axisBand=alt.AxisConfig(labelFlush=False),
    )


def _cells(pair, frame, color, words, ink):
    x = alt.X("answer:N", sort=pair.answers).axis(labelAngle=-90, labelLimit=90, grid=False)
    y = alt.Y("truth:N", sort=pair.truths).axis(labelLimit=90, grid=False)
    # Whole pixels, or thin seams show between the cells.
    base = alt.Chart(frame).encode(
        x.scale(round=True).title("Answer"), y.scale(round=True).title("Right class")
    )
    rects = base.mark_rect().encode(
        color,
        tooltip=[
            alt.Tooltip("truth:N", title="Right class"),
            alt.Tooltip("answer:N", title="Answer"),
            alt.Tooltip("count:Q", title="Images", format=","),
            alt.Tooltip("share:Q", title="Share of the class", format=".1%"),
        ],
    )
    if len(pair.truths) > MOST_NUMBERS:
        return alt.layer(rects)
    numbers = (
        base.transform_calculate(words=f"datum.count == 0 ? '' : {words}")
        .mark_text(fontSize=11, tooltip=None)
        .encode(text="words:N", color=alt.ColorValue(alt.expr(ink)))
    )
    return rects + numbers


def _matrix_height(pair):
    return min(600, (ROW if len(pair.truths) <= MOST_NUMBERS else 12) * max(len(pair.truths), 3))


def _anchors(limit):
    return np.linspace(-limit, limit, len(palette.DIVERGING)).tolist()
