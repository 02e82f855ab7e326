"""The loss over a plane as a map from above, with the paths of trainings on it."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import replace

import altair as alt
import numpy as np
import pandas as pd

from explorer.analysis.contours import contours
from explorer.charts import axes, pair, palette
from explorer.charts.compose import beside, layered
from explorer.inference.landscape import Landscape

SCHEME = "viridis"
LOWEST = 1e-3  # the scale of colours begins here at the earliest
HIGHEST = 10.0  # times the loss of guessing, where it ends: walls go up to thousands
LEVELS = [float(f"{part}e{power}") for power in range(-3, 4) for part in (1, 2, 5)]
LEGEND_SPACE = 72
MAP_SHARE = 0.6  # of the width
TALLEST = 460
DIRECTIONS = ("first", "second")
RIGHT_SIDE = 0.7  # of the map; words there stand left of their point
TITLE_LETTER = 8.2  # pixels of a letter of a title
LABEL = "format(datum.value, '.3~g')"
NEAR = 0.06  # of the map's width: labels of two points this near would cover each other


def paths_on_surface(
    landscape: Landscape, names: Sequence[str], num_classes: int, width: int
) -> alt.VConcatChart:
    """Draw the surface with both paths, and the losses of the checkpoints themselves.

    Args:
        landscape: Over the plane of the principal components.
        names: Of the runs. (runs,)
        num_classes: Guessing among them costs ln(classes).
        width: Pixels the chart may take.
    """
    narrow = width < palette.NARROW
    room = width if narrow else round(width * MAP_SHARE)
    plot = max(180, room - pair.AXIS_SPACE - (0 if narrow else LEGEND_SPACE))
    height = min(TALLEST, round(plot * 0.8))
    domain = color_domain([landscape], num_classes)
    titles = [_direction_title(landscape, number) for number in range(2)]
    surface = _map(landscape, names, domain, (plot, height), titles, legend=True, narrow=narrow)
    rest = width if narrow else width - room - pair.GAP
    losses = _losses(landscape, names, num_classes, (max(180, rest - pair.AXIS_SPACE), height))
    rows = [surface, losses]
    rows = rows if narrow else [beside(*rows, spacing=pair.GAP, resolve=pair.OWN_SCALES)]
    return pair.page(rows, params=[])


def random_surfaces(
    landscapes: Sequence[Landscape], names: Sequence[str], num_classes: int, width: int
) -> alt.VConcatChart:
    """Draw the surfaces around the last checkpoints of runs, on one scale of colours.

    Args:
        landscapes: Over random directions. (runs,)
        names: Of the runs. (runs,)
        num_classes: Guessing among them costs ln(classes).
        width: Pixels the chart may take.
    """
    narrow = width < palette.NARROW
    columns = 1 if narrow else len(landscapes)
    room = (width - (columns - 1) * pair.GAP - LEGEND_SPACE) // columns - pair.AXIS_SPACE
    size = (max(180, min(room, TALLEST)),) * 2
    domain = color_domain(landscapes, num_classes)
    titles = [f"The {name} random direction" for name in DIRECTIONS]
    panels = [
        _map(one, names, domain, size, titles, legend=k == len(names) - 1, narrow=narrow, run=k)
        for k, one in enumerate(_of_run(one, k) for k, one in enumerate(landscapes))
    ]
    rows = panels if narrow else [beside(*panels, spacing=pair.GAP, resolve=pair.OWN_SCALES)]
    return pair.page(rows, params=[])


def _of_run(landscape, run):
    """Say whose checkpoints these are: a surface around one network's end counts from 0."""
    return replace(landscape, run=np.full_like(landscape.run, run))


def color_domain(landscapes: Sequence[Landscape], num_classes: int) -> list[float]:
    """Return the ends of the scale of colours, which is logarithmic."""
    losses = np.concatenate([one.loss.ravel() for one in landscapes])
    losses = losses[np.isfinite(losses)]
    guessing = np.log(max(num_classes, 2))
    if not len(losses):
        return [LOWEST, guessing]
    low, high = max(float(losses.min()), LOWEST), float(losses.max())
    if low < HIGHEST * guessing:  # or else nothing but walls is in sight, and these are told apart
        high = min(high, HIGHEST * guessing)
    return [low, max(high, 1.01 * low)]


def _direction_title(landscape, number):
    share = 100 * landscape.explained[number]
    words = "under 1" if 0 < share < 0.5 else f"{share:.0f}"
    return f"The {DIRECTIONS[number]} direction: {words} % of the spread"


def _map(landscape, names, domain, size, titles, *, legend, narrow, run=None):
    width, height = size
    x, y = _axes(landscape, titles)
    layers = [
        *_cells(landscape, domain, x, y, height, legend, narrow),
        _contours(landscape, x, y),
        *(layer for number in range(2) for layer in _path(landscape, names, number, x, y)),
    ]
    words = "Both paths over the loss, seen from above: dark is low"
    if run is not None:
        words = f"{names[run]}: the loss around step {int(landscape.step[-1]):,}, dark is low"
    elif len(names) == 1:
        words = "The path over the loss, seen from above: dark is low"
    return layered(*layers, width=width, height=height, title=_title(words, width))


def _title(words, width):
    """Return the title of a panel, in as many lines as it needs."""
    lines = textwrap.wrap(words, int((width + pair.AXIS_SPACE) / TITLE_LETTER))
    return alt.Title(lines, fontSize=palette.PANEL_TITLE_SIZE, anchor="start", offset=8)


def _axes(landscape, titles):
    """Return axes that end where the outermost cells end."""
    ends = [_borders(places)[[0, -1]].tolist() for places in (landscape.x, landscape.y)]
    axis = {"grid": False, "tickCount": 6}
    return (
        alt.X("x:Q").scale(domain=ends[0], nice=False).axis(**axis).title(titles[0]),
        alt.Y("y:Q").scale(domain=ends[1], nice=False).axis(**axis).title(titles[1]),
    )


def _borders(places):
    """Return where cells around evenly spaced places begin and end. (places + 1,)."""
    half = (places[1] - places[0]) / 2
    return np.append(places - half, places[-1] + half)


def _cells(landscape, domain, x, y, height, legend, narrow):
    frame = _cell_frame(landscape)
    known = frame["loss"].notna()
    color = (
        alt.Color("loss:Q")
        .scale(type="log", scheme=SCHEME, domain=domain, clamp=True)
        .legend(_legend(domain, height, narrow) if legend else None)
    )
    tips = [
        alt.Tooltip("loss:Q", title="Loss here, nats", format=".4~g"),
        alt.Tooltip("x:Q", title="First direction", format=".3~g"),
        alt.Tooltip("y:Q", title="Second direction", format=".3~g"),
    ]
    places = {"x2": alt.X2("x1"), "y2": alt.Y2("y1")}
    x, y = (axis.copy() for axis in (x, y))
    x["shorthand"], y["shorthand"] = "x0:Q", "y0:Q"
    places["stroke"] = alt.Stroke("loss:Q").scale(color["scale"]).legend(None)  # hides the seams
    yield alt.Chart(frame[known]).mark_rect().encode(x, y, color, tooltip=tips, **places)
    if not known.all():
        places["stroke"] = alt.StrokeValue(palette.NOT_A_NUMBER)
        lost = frame[~known].assign(words="not a number")
        tips = [alt.Tooltip("words:N", title="Loss here")]
        color = alt.ColorValue(palette.NOT_A_NUMBER)
        yield alt.Chart(lost).mark_rect().encode(x, y, color, tooltip=tips, **places)


def _cell_frame(landscape):
    across, up = (_borders(places) for places in (landscape.x, landscape.y))
    rows, columns = (part.ravel() for part in np.indices(landscape.loss.shape))
    loss = landscape.loss.ravel()
    return pd.DataFrame(
        {
            "x": landscape.x[columns],
            "y": landscape.y[rows],
            "x0": across[columns],
            "x1": across[columns + 1],
            "y0": up[rows],
            "y1": up[rows + 1],
            "loss": np.where(np.isfinite(loss), np.maximum(loss, LOWEST), np.nan),
        }
    )


def _legend(domain, height, narrow):
    known = LEVELS[::3] if narrow else LEVELS
    ticks = levels_within(domain, known)
    where = {"orient": "bottom", "direction": "horizontal"} if narrow else {"orient": "right"}
    length = {} if narrow else {"gradientLength": min(220, height - 40)}
    return alt.Legend(title="Loss, nats", values=ticks, labelExpr=LABEL, **where, **length)


def levels_within(ends: Sequence[float], levels: Sequence[float] = tuple(LEVELS)) -> list[float]:
    """Return the round losses between two ends; with the ends where there are fewer than two.

    Where the ends are very far apart, these are some of the powers of ten.

    >>> levels_within([0.3, 3.0]), levels_within([2.1, 2.3])
    ([0.5, 1.0, 2.0], [2.1, 2.3])
    >>> levels_within([200.0, 2e12])
    [1000.0, 100000.0, 10000000.0, 1000000000.0, 100000000000.0]
    """
    low, high = (float(end) for end in ends)
    if high > levels[-1]:
        first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
        levels = [float(f"1e{power}") for power in range(first, last + 1, 1 + (last - first) // 5)]
    inside = [level for level in levels if low <= level <= high]
    return inside if len(inside) > 1 else sorted({low, *inside, high})


def _contours(landscape, x, y):
    heights = np.log(np.maximum(landscape.loss, LOWEST))
    lines = contours(landscape.x, landscape.y, heights, np.log(LEVELS))
    frame = pd.DataFrame(lines, columns=["level", "x", "y", "x1", "y1"])
    return (
        alt.Chart(frame)
        .mark_rule(color="white", opacity=0.45, strokeWidth=1, tooltip=None)
        .encode(x, y, alt.X2("x1"), alt.Y2("y1"))
    )


def _path(landscape, names, run, x, y):
    frame = _checkpoint_frame(landscape, names)
    frame = frame[(frame["r"] == run) & frame["x"].notna()]
    if not len(frame):
        return
    color = palette.RUN_COLORS[run]
    base = alt.Chart(frame)
    order = alt.Order("step:Q")
    for stroke, thick in (("white", 5), (color, 2.5)):
        line = base.mark_line(color=stroke, strokeWidth=thick, tooltip=None, strokeJoin="round")
        yield line.encode(x, y, order)
    point = base.mark_point(filled=True, size=75, color=color, stroke="white", opacity=1)
    yield point.encode(x, y, tooltip=_tips())
    ends = frame[frame["label"] != ""]
    far = ends["x"] > landscape.x[0] + RIGHT_SIDE * (landscape.x[-1] - landscape.x[0])
    for part, align, dx in ((ends[~far], "left", 8), (ends[far], "right", -8)):
        for paint in ({"stroke": "black", "strokeWidth": 3, "color": "black"}, {"color": "white"}):
            mark = alt.Chart(part).mark_text(
                align=align, dx=dx, dy=-10, fontSize=palette.LABEL_SIZE, tooltip=None, **paint
            )
            yield mark.encode(x, y, alt.Text("label:N"))


def _tips():
    return [
        alt.Tooltip("run:N", title="Run"),
        alt.Tooltip("step:Q", title="Training step", format=","),
        alt.Tooltip("own:Q", title="Loss of this checkpoint", format=".4~g"),
        alt.Tooltip("under:Q", title="Surface under it", format=".4~g"),
        alt.Tooltip("off:Q", title="Distance from the plane", format=".3~g"),
    ]


def _checkpoint_frame(landscape, names):
    frame = pd.DataFrame(
        {
            "r": landscape.run,
            "run": [names[run] for run in landscape.run.tolist()],
            "step": landscape.step,
            "x": landscape.places[:, 0],
            "y": landscape.places[:, 1],
            "off": landscape.off,
            "own": _positive(landscape.true_loss),
            "under": _positive(landscape.under),
        }
    )
    return frame.assign(label=_labels(frame, np.ptp(landscape.x)))


def _positive(loss):
    return np.where(np.isfinite(loss), np.maximum(loss, LOWEST), np.nan)


def _labels(frame, width):
    """Name the beginning of the first path and the end of each."""
    placed = frame[frame["x"].notna()]
    last = set(placed.groupby("r").tail(1).index)
    labels = [f"step {step:,}" if k in last else "" for k, step in enumerate(frame["step"])]
    first, others = placed[:1], placed.loc[sorted(last)]
    apart = np.hypot(*(others[axis].to_numpy() - first[axis].to_numpy() for axis in "xy"))
    if len(placed) > 1 and (apart > NEAR * width).all():
        labels[placed.index[0]] = "start"
    return labels


def _losses(landscape, names, num_classes, size):
    """Draw what the plane hides: the loss of each checkpoint beside that of the surface."""
    width, height = size
    frame = _checkpoint_frame(landscape, names)
    frame = frame[frame["own"].notna()]
    guessing = float(np.log(max(num_classes, 2)))
    known = np.concatenate([frame["own"], frame["under"].dropna(), [guessing]])
    ends = [float(known.min() / 1.3), float(known.max() * 1.3)]
    x = (
        alt.X("step:Q")
        .scale(type="symlog", constant=1, domain=[0, max(1, int(frame["step"].max()))], nice=False)
        .axis(values=_steps(frame["step"]), labelExpr=axes.STEP_LABEL, grid=False)
        .title("Training step")
    )
    y = (
        alt.Y("own:Q")
        .scale(type="log", domain=ends, nice=False)
        .axis(values=levels_within(ends), labelExpr=LABEL, grid=False, labelOverlap="greedy")
        .title("Loss, nats")
    )
    layers = [_guessing(guessing, y, width)]
    for run in range(len(names)):
        layers += _pairs(frame[frame["r"] == run], palette.RUN_COLORS[run], x, y)
    words = "Each checkpoint (filled) and the surface under it (hollow)"
    return layered(*layers, width=width, height=height, title=_title(words, width))


def _pairs(frame, color, x, y):
    under = y.copy()
    under["shorthand"] = "under:Q"
    base = alt.Chart(frame)
    yield base.mark_line(color=color, strokeWidth=2, tooltip=None).encode(x, y)
    gap = base.transform_filter("isValid(datum.under)")
    yield gap.mark_rule(color=color, opacity=0.5, tooltip=None).encode(x, y, alt.Y2("under"))
    yield gap.mark_point(color=color, size=60, opacity=1).encode(x, under, tooltip=_tips())
    point = base.mark_point(filled=True, color=color, size=60, opacity=1)
    yield point.encode(x, y, tooltip=_tips())


def _guessing(guessing, y, width):
    frame = pd.DataFrame({"own": [guessing], "words": [f"guessing: {guessing:.2f}"]})
    base = alt.Chart(frame)
    line = base.mark_rule(color=palette.MUTED, strokeDash=[4, 4], tooltip=None).encode(y)
    words = base.mark_text(
        color=palette.CANVAS_TEXT, align="left", dy=-8, dx=4, fontSize=11, tooltip=None
    ).encode(alt.XValue(0), y, alt.Text("words:N"))
    return layered(line, words)


def _steps(steps):
    powers = [0, *(10**power for power in range(8))]
    return [step for step in powers if step <= steps.max()]
