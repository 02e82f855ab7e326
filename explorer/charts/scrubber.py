"""One layer through training: distributions and heatmaps that move with one slider in the chart.

What every step shows travels to the browser once, as one column a step, and the slider only
chooses the column: no message to the server, nothing recomputed, axes and colours fixed over
all steps. The specification does not depend on how many steps there are yet, so a training
that is still running can add some without the slider jumping back.
"""

import json
from dataclasses import dataclass, field
from itertools import pairwise

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import cells, palette
from explorer.charts.domains import round_up

AXIS_SPACE = 64  # left of a panel: labels and title of its axis
GAP = 28
HISTOGRAM_HEIGHTS = {1: 90, 2: 150}  # by the number of panels side by side
HEATMAP_HEIGHTS = {1: 120, 2: 260}
COARSE_TOPS = (0.1, 0.3, 1.0)  # ends of the share axis while a run is growing
MISSING = "Not recorded yet"
MAX_CELLS = 20_000


@dataclass(frozen=True)
class Histograms:
    """Distributions of one tensor on the same bins at all recorded steps.

    Args:
        steps: Recorded training steps, ascending. (steps,)
        edges: Borders of the bins. (bins + 1,)
        counts: Values in each bin; a row of NaN where nothing was recorded. (steps, bins)
        under: Values below the first edge. (steps,)
        over: Values above the last edge. (steps,)
        nonfinite: Values that are NaN or infinite. (steps,)
    """

    steps: np.ndarray
    edges: np.ndarray
    counts: np.ndarray
    under: np.ndarray
    over: np.ndarray
    nonfinite: np.ndarray

    def __post_init__(self):
        expected = (len(self.steps), len(self.edges) - 1)
        if np.shape(self.counts) != expected:
            raise ValueError(
                f"counts has shape {np.shape(self.counts)}; {len(self.steps)} steps and "
                f"{len(self.edges)} edges need {expected}."
            )

    @property
    def totals(self) -> np.ndarray:
        """All values at each step, non-finite ones included; 0 where nothing was recorded."""
        inside = np.asarray(self.counts, np.float64).sum(axis=1)
        return np.nan_to_num(inside + self.under + self.over + self.nonfinite)


@dataclass(frozen=True)
class Heatmaps:
    """A tensor seen as a matrix at all recorded steps.

    Args:
        steps: Recorded training steps, ascending. (steps,)
        values: The matrix at each step; all NaN where nothing was recorded.
            (steps, rows, columns)
        limit: Value at the ends of the colour scale, see `domains.color_limit`.
        missing: Steps at which nothing was recorded. (missing,)
        row_title: What a row is.
        column_title: What a column is.
    """

    steps: np.ndarray
    values: np.ndarray
    limit: float
    missing: tuple[int, ...] = ()
    row_title: str = "Input channel × position"
    column_title: str = "Filter"

    def __post_init__(self):
        if np.ndim(self.values) != 3 or len(self.values) != len(self.steps):
            raise ValueError(
                f"values has shape {np.shape(self.values)}; "
                f"expected ({len(self.steps)}, rows, columns), one matrix a step."
            )


@dataclass(frozen=True)
class Layer:
    """What was recorded of one layer: any part may be left out.

    Args:
        name: Name of the tensor, such as `"conv_1/kernel"`.
        weights: Distribution of the weights.
        gradients: Distribution of the gradients.
        weight_maps: The weights themselves.
        gradient_maps: The gradients themselves.
    """

    name: str
    weights: Histograms | None = None
    gradients: Histograms | None = None
    weight_maps: Heatmaps | None = None
    gradient_maps: Heatmaps | None = None


@dataclass(frozen=True)
class _Frame:
    """What all panels of one chart share."""

    timeline: np.ndarray
    width: int
    color: str
    columns: int = field(default=1)


def scrubber(
    layer: Layer,
    *,
    planned_steps: np.ndarray | None = None,
    width: int = 1000,
    color: str = palette.RUN_A,
) -> alt.VConcatChart:
    """Draw weights and gradients of a layer, with one slider over the recorded steps.

    Pass it to `st.altair_chart(..., width="content")`: the panels have fixed sizes, side by
    side on a wide page, one above the other below 640 pixels.

    Args:
        layer: What was recorded.
        planned_steps: All steps that a running training is going to record; the slider has
            room for them from the start. (planned,)
        width: Pixels that the chart may take.
        color: Colour of the run.
    """
    timeline = _timeline(layer, planned_steps)
    columns = 1 if width < palette.NARROW else 2
    panel_width = max(160, (width - (columns - 1) * GAP) // columns - AXIS_SPACE)
    frame = _Frame(timeline, panel_width, color, columns)
    slider = alt.param(
        name="i",
        value=0,
        bind=alt.binding_range(
            min=0, max=max(len(timeline) - 1, 1), step=1, name="Recorded step no. "
        ),
    )
    rows = _rows(_panels(layer, frame), columns)
    return (
        alt.vconcat(*rows, spacing=18)
        .add_params(slider)
        .properties(
            title=_heading(layer.name, timeline),
            usermeta={"embedOptions": {"renderer": "canvas"}},
        )
        .resolve_scale(color="independent", x="independent", y="independent")
        .configure_view(strokeWidth=0)
        .configure_axis(titlePadding=6, labelPadding=5)
    )


def _timeline(layer, planned_steps):
    parts = (layer.weights, layer.gradients, layer.weight_maps, layer.gradient_maps)
    known = [np.asarray(part.steps, np.int64) for part in parts if part is not None]
    if not known:
        raise ValueError(f"Nothing to draw of {layer.name!r}: give it at least one tensor.")
    if planned_steps is not None:
        known.append(np.asarray(planned_steps, np.int64))
    timeline = np.unique(np.concatenate(known))
    if not len(timeline):
        raise ValueError(
            f"No step of {layer.name!r} is recorded or planned; expected at least one. "
            "Pass planned_steps while a training has only begun."
        )
    return timeline


def _heading(name, timeline):
    steps = json.dumps(timeline.tolist())
    last = json.dumps(f" of {int(timeline[-1]):,}")
    words = f"{json.dumps(name + ' at training step ')} + format({steps}[i], ',') + {last}"
    return alt.Title(text=alt.expr(words), fontSize=palette.TITLE_SIZE, offset=10)


def _panels(layer, frame):
    histograms = (("Weights", layer.weights), ("Gradients", layer.gradients))
    maps = (("Weights", layer.weight_maps), ("Gradients", layer.gradient_maps))
    for name, data in histograms:
        if data is not None:
            yield _histogram(data, frame, f"{name}: how many have which value", name)
    for name, data in maps:
        if data is not None:
            yield _heatmap(data, frame, f"{name}: a cell each, colour is the value", name)


def _rows(panels, columns):
    panels = list(panels)
    for start in range(0, len(panels), columns):
        row = panels[start : start + columns]
        yield row[0] if len(row) == 1 else alt.hconcat(*row, spacing=GAP)


def _histogram(data: Histograms, frame: _Frame, title: str, name: str) -> alt.LayerChart:
    bars, peak = histogram_frame(data, frame.timeline)
    top = _top(peak, growing=len(data.steps) < len(frame.timeline))
    low, high = float(bars["a"].min()), float(bars["b"].max())
    marks = (
        alt.Chart(bars)
        .mark_bar(binSpacing=0, clip=True)
        .transform_calculate(y="isValid(datum['v' + i]) ? datum['v' + i] : 0")
        .encode(
            alt.X("a:Q", bin="binned")
            .scale(domain=[low, high], nice=False)
            .axis(tickCount=6, grid=False)
            .title(f"Value ({name.lower()})"),
            alt.X2("b"),
            alt.Y("y:Q")
            .scale(domain=[0, top], type="sqrt")
            .axis(format=".2~p", values=[0, top / 10, top * 0.4, top])
            .title("Share (root scale)"),
            alt.Color("p:N")
            .scale(domain=["inside", "outside"], range=[frame.color, palette.MUTED])
            .legend(None),
            tooltip=[
                alt.Tooltip("r:N", title="Values"),
                alt.Tooltip("y:Q", title="Share of all values", format=".2%"),
            ],
        )
    )
    return _with_caption(
        marks, _captions(data), data.steps, frame, title, HISTOGRAM_HEIGHTS[frame.columns]
    )


def histogram_frame(data: Histograms, timeline: np.ndarray) -> tuple[pd.DataFrame, float]:
    """Lay out a bar a bin and a column a step, `v0`, `v1`, ... in the order of the timeline.

    Args:
        data: Distributions at the recorded steps.
        timeline: Steps of the slider; recorded ones get a column. (timeline,)

    Returns:
        The frame: `a` and `b` (left and right end), `p` (inside or outside the axis), `r`
        (the range in words), a share a step. And the largest share.
    """
    edges = np.asarray(data.edges, np.float64)
    counts = np.column_stack([data.under, data.counts, data.over]).astype(np.float64)
    shares = counts / np.maximum(data.totals, 1)[:, None]
    overflows = np.nansum(shares[:, [0, -1]]) > 0
    inside = slice(None) if overflows else slice(1, -1)
    wide = (edges[-1] - edges[0]) / (len(edges) - 1)
    outer = np.concatenate([[edges[0] - 3 * wide], edges, [edges[-1] + 3 * wide]])
    left, right = outer[:-1].copy(), outer[1:].copy()
    right[0], left[-1] = edges[0] - wide, edges[-1] + wide
    words = [f"{a:.3g} to {b:.3g}" for a, b in pairwise(edges)]
    words = [f"below {edges[0]:.3g}", *words, f"above {edges[-1]:.3g}"]
    kinds = ["outside", *["inside"] * (len(edges) - 1), "outside"]
    places = np.searchsorted(timeline, data.steps)
    columns = {f"v{k}": shares[n].astype(np.float32) for n, k in enumerate(places)}
    frame = pd.DataFrame({"a": left, "b": right, "p": kinds, "r": words, **columns})
    return frame.iloc[inside], float(np.nanmax(shares, initial=0.0))


def _top(peak, growing):
    """End the share axis a little above the largest share, or far above while it may grow."""
    if growing:
        return next((top for top in COARSE_TOPS if top >= peak), 1.0)
    return min(1.0, round_up(peak)) if peak > 0 else 1.0


def _captions(data):
    for total, under, over, lost in zip(
        data.totals, data.under, data.over, data.nonfinite, strict=True
    ):
        if not total:
            yield "Not recorded at this step"
            continue
        parts = [
            (under, "below the axis"),
            (over, "above"),
            (lost, "not a number" if lost < total else "not a number: nothing to draw"),
        ]
        notes = [f"{round(count):,} {words}" for count, words in parts if round(count)]
        yield " · ".join([f"{round(total):,} values", *notes])


def _heatmap(data: Heatmaps, frame: _Frame, title: str, name: str) -> alt.LayerChart:
    kept, every = cells.thin(np.asarray(data.values, np.float32), MAX_CELLS)
    _, rows, columns = kept.shape
    pictures = _picture_frame(data, kept, frame.timeline)
    image = (
        alt.Chart(pictures)
        .mark_image(smooth=False, aspect=False, tooltip=None)
        .transform_calculate(a="0", b=f"datum.k == i ? {columns} : 0", c="0", d=f"{rows}")
        .encode(
            alt.X("a:Q")
            .scale(domain=[0, columns], nice=False)
            .axis(tickCount=min(columns, 8), tickMinStep=1, format="d", grid=False)
            .title(data.column_title),
            alt.X2("b"),
            alt.Y("c:Q")
            .scale(domain=[rows, 0], nice=False)
            .axis(tickCount=min(rows, 6), tickMinStep=1, format="d", grid=False)
            .title(data.row_title if every == 1 else f"{data.row_title} (every {every}th)"),
            alt.Y2("d"),
            url="u:N",
        )
    )
    has_nan = bool(np.any(~np.isfinite(kept[~np.isin(data.steps, data.missing)])))
    marks = alt.layer(image, *_legends(data.limit, frame, name, has_nan)).resolve_scale(
        color="independent", fill="independent"
    )
    height = min(HEATMAP_HEIGHTS[frame.columns], max(90, rows * 9))
    return _with_caption(marks, _map_captions(data, kept), data.steps, frame, title, height)


def _picture_frame(data, kept, timeline):
    """Lay out a picture a step.

    All pictures are in the chart from the start, all but one without width: a picture that
    came only when its step is chosen would be decoded only then, and appear a frame late.
    """
    places = np.searchsorted(timeline, data.steps)
    pictures = [
        (place, cells.encode(matrix, data.limit))
        for step, place, matrix in zip(data.steps, places, kept, strict=True)
        if step not in data.missing
    ]
    return pd.DataFrame(pictures, columns=["k", "u"])


def _map_captions(data, kept):
    for step, matrix in zip(data.steps, kept, strict=True):
        if step in data.missing:
            yield "Not recorded at this step"
            continue
        lost = int(np.count_nonzero(~np.isfinite(matrix)))
        shape = f"{kept.shape[1]:,} × {kept.shape[2]:,} values"
        yield f"{shape} · {lost:,} not a number" if lost else shape


def _legends(limit, frame, name, has_nan):
    """Build marks that nobody sees: they are there for their legends."""
    anchors = np.linspace(-limit, limit, len(palette.DIVERGING)).tolist()
    hidden = alt.Chart(pd.DataFrame({"z": [0.0], "w": ["not a number"]})).mark_square(
        opacity=0, tooltip=None
    )
    yield hidden.encode(
        alt.Color("z:Q")
        .scale(domain=anchors, range=list(palette.DIVERGING), clamp=True)
        .legend(
            orient="bottom",
            direction="horizontal",
            gradientLength=min(220, frame.width - 130),
            gradientThickness=10,
            values=[-limit, 0, limit],
            format=".2~g",
            title=None,
            padding=0,
            offset=4,
        )
    )
    if has_nan:
        yield hidden.encode(
            alt.Fill("w:N")
            .scale(domain=["not a number"], range=[palette.NOT_A_NUMBER])
            .legend(
                orient="bottom",
                title=None,
                padding=0,
                offset=4,
                symbolOpacity=1,
                symbolType="square",
                symbolStrokeWidth=0,
            )
        )


def _with_caption(marks, captions, steps, frame, title, height) -> alt.LayerChart:
    """Add the line above a panel that says what is in it at this step."""
    places = np.searchsorted(frame.timeline, steps)
    words = {f"t{k}": [text] for k, text in zip(places, captions, strict=True)}
    caption = (
        alt.Chart(pd.DataFrame({"k": [0], **words}))
        .mark_point(opacity=0, tooltip=None)
        .transform_calculate(t=f"isValid(datum['t' + i]) ? datum['t' + i] : '{MISSING}'")
        .encode(alt.X("t:N").title(None).axis(_caption_axis(frame.width)))
    )
    return (
        alt.layer(marks, caption)
        .resolve_scale(color="independent", fill="independent", x="independent")
        .properties(
            width=frame.width,
            height=height,
            title=alt.Title(title, fontSize=palette.PANEL_TITLE_SIZE, offset=4),
        )
    )


def _caption_axis(width):
    """Write the caption as the label of an axis: the only text marks that follow the theme."""
    return alt.Axis(
        orient="top",
        domain=False,
        grid=False,
        ticks=False,
        labelAlign="left",
        labelAngle=0,
        labelOffset=-width / 2,
        labelPadding=4,
        labelLimit=width,
    )
