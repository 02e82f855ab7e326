"""Two checkpoints compared from inside: layers, filters, and the straight line between.

All charts take the width they are given.
"""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import palette
from explorer.charts.checkpoints import ROW, framed, gradient
from explorer.charts.domains import round_up
from explorer.charts.guides import guide_line, guide_words

LINE_HEIGHT = 220
CHANGE = "Change as a share of its length"
LAYER_LABELS = {"labelAngle": -90, "labelLimit": 90, "labelOverlap": False, "grid": False}
UNDEFINED = "undefined"


def similarity_by_layer(pairs: pd.DataFrame) -> alt.LayerChart:
    """Draw how alike each layer is to the one of the same name in the other network.

    Args:
        pairs: From `checkpoint_frames.similarity_frame`.
    """
    same = pairs[pairs["a"] == pairs["b"]]
    x = alt.X("a:N", sort=None).axis(**LAYER_LABELS).title(None)
    y = (
        alt.Y("value:Q")
        .scale(domain=[min(-0.05, float(np.nanmin([*same["value"], 0.0]))), 1.02], nice=False)
        .axis(tickCount=5)
        .title("Similarity (debiased CKA)")
    )
    known, unknown = same[same["value"].notna()], same[same["value"].isna()]
    base = alt.Chart(known).encode(x, y, tooltip=_similarity_tooltip())
    line = base.mark_line(color=palette.MUTED, strokeWidth=2, tooltip=None)
    points = base.mark_point(filled=True, size=80, opacity=1, color=palette.MUTED)
    words = (
        alt.Chart(unknown)
        .mark_text(angle=270, align="left", fontSize=palette.LABEL_SIZE)
        .encode(
            x,
            y=alt.value(LINE_HEIGHT - 8),
            text=alt.value("undefined"),
            color=alt.value(palette.TEXT),
            tooltip=_similarity_tooltip(),
        )
    )
    title = "Up to which layer do both see alike?"
    return framed(line + points + words, title, LINE_HEIGHT)


def similarity_matrix(
    pairs: pd.DataFrame, layers_a: Sequence[str], layers_b: Sequence[str]
) -> alt.LayerChart:
    """Draw how alike every layer of A is to every layer of B.

    Args:
        pairs: From `checkpoint_frames.similarity_frame`.
        layers_a: Layers of A in their order.
        layers_b: Layers of B in their order.
    """
    x = alt.X("b:N", sort=list(layers_b)).axis(**LAYER_LABELS).scale(round=True)
    y = alt.Y("a:N", sort=list(layers_a)[::-1]).axis(labelLimit=90, grid=False).scale(round=True)
    base = alt.Chart().encode(x.title("Layer of B"), y.title("Layer of A"))
    known = (
        base.properties(data=pairs[pairs["value"].notna()])
        .mark_rect()
        .encode(
            alt.Color("value:Q")
            .scale(scheme="viridis", domain=[0, 1], clamp=True)
            .legend(gradient([0, 0.5, 1], ".1f"))
            .title("Similarity"),
            tooltip=_similarity_tooltip(),
        )
    )
    unknown = (
        base.properties(data=pairs[pairs["value"].isna()].assign(words=UNDEFINED))
        .mark_rect()
        .encode(
            alt.Fill("words:N")
            .scale(domain=[UNDEFINED], range=[palette.NOT_A_NUMBER])
            .legend(orient="bottom", title=None, symbolType="square", labelLimit=300, padding=0),
            tooltip=_similarity_tooltip(),
        )
    )
    drawn = known if pairs["value"].notna().all() else alt.layer(known, unknown)
    layers = alt.layer(drawn).resolve_scale(color="independent", fill="independent")
    title = "Which layer of A sees as which of B?"
    return framed(layers, title, max(120, ROW * len(layers_a)))


def layer_changes(filters: pd.DataFrame) -> alt.Chart:
    """Draw how far the filters of each layer lie apart, a tick a filter.

    Args:
        filters: From `checkpoint_frames.filter_frame`.
    """
    layers = list(dict.fromkeys(filters["layer"]))
    chart = (
        alt.Chart(filters)
        .mark_tick(thickness=1.5, color=palette.MUTED, opacity=0.8)
        .encode(
            _relative(filters, type="sqrt").title(f"{CHANGE} (root scale)"),
            alt.Y("layer:N", sort=layers).axis(labelLimit=110, grid=False).title(None),
            tooltip=_filter_tooltip(),
        )
    )
    return framed(chart, "Which layers moved? A tick a filter", (ROW + 4) * max(len(layers), 3))


def moved_filters(filters: pd.DataFrame) -> alt.Chart:
    """Draw the filters that lie furthest apart, furthest first.

    Args:
        filters: From `checkpoint_frames.filter_frame`, cut by `changes.moved_most`.
    """
    chart = (
        alt.Chart(filters)
        .mark_bar(color=palette.MUTED, height={"band": 0.7})
        .encode(
            _relative(filters),
            alt.Y("name:N", sort=None).axis(labelLimit=110).title("Layer, filter"),
            tooltip=_filter_tooltip(),
        )
    )
    return framed(chart, "Which filters moved most?", 20 * max(len(filters), 3))


def accuracy_on_the_line(
    shares: np.ndarray, accuracy: np.ndarray, num_classes: int
) -> alt.LayerChart:
    """Draw the accuracy of the weighted means of two networks.

    Args:
        shares: 0 is A, 1 is B. (places,)
        accuracy: Share of images recognised. (places,)
        num_classes: How many there are to guess from.
    """
    y = alt.Y("value:Q").scale(domain=[0, 1], nice=False).axis(format="%", tickCount=5)
    rule = guide_line(1 / num_classes)
    words = guide_words([f"guessing, 1/{num_classes}"])
    line = _walk(shares, accuracy, y.title("Accuracy, share of images"), ".1%")
    return framed(rule + line, "Accuracy on the straight line from A to B", LINE_HEIGHT, words)


def loss_on_the_line(shares: np.ndarray, loss: np.ndarray) -> alt.LayerChart:
    """Draw the loss of the weighted means; where it is not a number the line has a gap."""
    finite = loss[np.isfinite(loss)]
    top = round_up(float(finite.max())) if len(finite) and finite.max() > 0 else 1.0
    y = alt.Y("value:Q").scale(domain=[0, top], nice=False).axis(tickCount=5)
    line = _walk(shares, loss, y.title("Cross-entropy loss, nats"), ".3f")
    return framed(line, "Loss on the same line: is there a hill between?", LINE_HEIGHT)


def _walk(shares, values, y, number):
    """Draw a line over the walk from A to B, its ends in the colours of the runs."""
    frame = pd.DataFrame({"share": shares, "value": np.where(np.isfinite(values), values, np.nan)})
    frame["fill"] = palette.MUTED
    frame.loc[frame["share"] == 0, "fill"] = palette.RUN_A
    frame.loc[frame["share"] == 1, "fill"] = palette.RUN_B
    labels = "datum.value === 0 ? 'A' : datum.value === 1 ? 'B' : format(datum.value, '.0%')"
    x = (
        alt.X("share:Q")
        .scale(domain=[0, 1], nice=False)
        .axis(values=[0, 0.25, 0.5, 0.75, 1], labelExpr=labels, grid=False)
        .title("Way from A to B")
    )
    base = alt.Chart(frame).encode(
        x,
        y,
        tooltip=[
            alt.Tooltip("share:Q", title="Way from A to B", format=".0%"),
            alt.Tooltip("value:Q", title="Value", format=number),
        ],
    )
    line = base.mark_line(color=palette.MUTED, strokeWidth=2, tooltip=None)
    points = base.mark_point(filled=True, opacity=1, size=90).encode(
        alt.Color("fill:N").scale(None)
    )
    return line + points


def _relative(filters, **scale):
    top = float(filters["relative"].max()) if len(filters) else 0.0
    return (
        alt.X("relative:Q")
        .scale(domain=[0, round_up(top) if top > 0 else 1.0], nice=False, **scale)
        .axis(format=".2~p", tickCount=4)
        .title(CHANGE)
    )


def _filter_tooltip():
    return [
        alt.Tooltip("layer:N", title="Layer"),
        alt.Tooltip("filter:Q", title="Filter"),
        alt.Tooltip("relative:Q", title="Change, share of its length", format=".1%"),
        alt.Tooltip("norm:Q", title="Length of the change", format=".3~g"),
        alt.Tooltip("cosine:Q", title="Cosine of old and new", format=".3f"),
    ]


def _similarity_tooltip():
    return [
        alt.Tooltip("a:N", title="Layer of A"),
        alt.Tooltip("b:N", title="Layer of B"),
        alt.Tooltip("value:Q", title="Similarity, debiased", format=".3f"),
        alt.Tooltip("plain:Q", title="Plain estimate", format=".3f"),
        alt.Tooltip("chance:Q", title="Plain, images shuffled", format=".3f"),
    ]
