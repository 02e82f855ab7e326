"""An object that is moved by two sliders, and its feature maps, all in the browser."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from explorer.analysis.shift import Moved
from explorer.charts import pair, palette
from explorer.charts.compose import beside, layered
from explorer.charts.domains import round_up

RIGHT, DOWN = "right", "down"  # in the browser: how far it is moved
WHERE = f"'right ' + format({RIGHT}, 'd') + ', down ' + format({DOWN}, 'd')"
PLACE, IMAGE = "at", "pixels"
START = 3  # pixels to the right at first, so that there is something to see
GAP, NARROW_GAP = 28, 16
LARGEST_PANEL = 256
ALIKE = 1e-9
TITLE = {"fontSize": palette.LABEL_SIZE, "fontWeight": "normal", "anchor": "start", "offset": 8}


def object_and_maps(image: np.ndarray, watched: Sequence[Moved], width: int) -> alt.VConcatChart:
    """Draw an image and its feature maps under two sliders that move the image.

    Cells that differ from the unmoved map, moved along, have an outline.

    Args:
        image: (height, width)
        watched: What the maps become; all of `shifts_within` the same reach.
        width: Pixels the chart may take.
    """
    reach = int(watched[0].shifts.max())
    narrow = width < palette.NARROW
    room = (width - NARROW_GAP) // 2 - 8 if narrow else (width - 3 * GAP) // 4 - 8
    side = min(LARGEST_PANEL, room)
    limit = round_up(max(max(np.abs(one.maps).max() for one in watched), ALIKE))
    panels = [_image(image, side)]
    panels += [_map(one, side, limit) for one in watched]
    groups = [panels[:2], panels[2:]] if narrow else [panels]
    gap = NARROW_GAP if narrow else GAP
    rows = [beside(*group, spacing=gap, resolve=pair.OWN_SCALES) for group in groups]
    sliders = [
        alt.param(name=name, value=value, bind=_range(reach, words))
        for name, value, words in ((RIGHT, START, "Right "), (DOWN, 0, "Down "))
    ]
    return pair.page(rows, params=[*sliders, *_known(image, watched), place_of(reach)])


def _range(reach, words):
    return alt.binding_range(min=-reach, max=reach, step=1, name=words)


def computed(name: str, expression: str) -> alt.Parameter:
    """Return a value that the browser computes."""
    return alt.param(name=name, expr=expression)


def place_of(reach: int) -> alt.Parameter:
    """Say which of all shifts is shown."""
    return computed(PLACE, f"({DOWN} + {reach}) * {2 * reach + 1} + {RIGHT} + {reach}")


def _known(image, watched):
    """Hand the browser every number it will need."""
    numbers = {IMAGE: image}
    for one in watched:
        name = _short(one)
        numbers |= {f"{name}_maps": one.maps.round(4), f"{name}_steps": one.steps}
        numbers |= {f"{name}_inside": one.inside.round(8), f"{name}_borders": one.borders.round(8)}
    return [computed(name, _listed(of)) for name, of in numbers.items()]


def _listed(numbers):
    """Write numbers as one text that the browser takes apart.

    Altair would look at every number of a list: a second for the 65,000 of three feature maps.
    """
    return f"split('{','.join(f'{one:.8g}' for one in np.ravel(numbers).tolist())}', ',')"


def _short(one: Moved) -> str:
    """Name a way as the browser can."""
    return one.way.lower().replace(" ", "_")


def _image(image, side):
    frame = _cells(image.shape)
    rows, columns = image.shape
    row, column = f"(datum.y - {DOWN})", f"(datum.x - {RIGHT})"
    inside = f"inrange({row}, [0, {rows - 1}]) && inrange({column}, [0, {columns - 1}])"
    shown = alt.Chart(frame).transform_calculate(
        v=f"{inside} ? toNumber({IMAGE}[{row} * {columns} + {column}]) : 0"
    )
    color = alt.Color("v:Q").scale(domain=[0, 1], range=["black", "white"]).legend(None)
    cells = _rect(shown, image.shape).encode(color, tooltip=_tips(v="Value"))
    return _panel([cells], side, f"['Image, {rows} x {columns}', {WHERE}]")


def _map(one, side, limit):
    """Draw a feature map as it is at this shift, and outline what was not merely moved."""
    name, (rows, columns) = _short(one), one.maps.shape[1:]
    step = f"{name}_steps[2 * {PLACE}"
    row, column = f"(datum.y - {step}])", f"(datum.x - {step} + 1])"
    inside = f"inrange({row}, [0, {rows - 1}]) && inrange({column}, [0, {columns - 1}])"
    unmoved = len(one.shifts) // 2  # the shift by nothing stands in the middle
    start = unmoved * rows * columns
    shown = alt.Chart(_cells((rows, columns))).transform_calculate(
        v=f"toNumber({name}_maps[{PLACE} * {rows * columns} + datum.p])",
        e=f"{inside} ? toNumber({name}_maps[{start} + {row} * {columns} + {column}]) : 0",
    )
    anchors = np.linspace(-limit, limit, len(palette.DIVERGING)).tolist()
    scale = alt.Scale(domain=anchors, range=list(palette.DIVERGING))
    tips = _tips(v="Shift, then convolve", e="Convolve, then shift")
    cells = _rect(shown, (rows, columns)).encode(
        alt.Color("v:Q", scale=scale, legend=None), tooltip=tips
    )
    differing = shown.transform_filter(f"abs(datum.v - datum.e) > {1e-3 * limit}")
    outline = _rect(differing, (rows, columns), filled=False, stroke="black", strokeWidth=2)
    shares = [f"format(100 * {name}_{part}[{PLACE}], '.0f')" for part in ("inside", "borders")]
    size = f"'{one.way}, {rows} x {columns}'"
    words = f"[{size}, 'inside ' + {shares[0]} + ' %, borders ' + {shares[1]} + ' %']"
    return _panel([cells, outline.encode(tooltip=tips)], side, words)


def _cells(shape):
    """List the cells of a matrix, with where each one ends."""
    y, x = (axis.ravel() for axis in np.indices(shape))
    return pd.DataFrame({"p": np.arange(y.size), "y": y, "x": x, "y2": y + 1, "x2": x + 1})


def _rect(chart, shape, **options):
    rows, columns = shape
    options = {"stroke": palette.MUTED, "strokeWidth": 0.4, **options}
    return chart.mark_rect(**options).encode(
        alt.X("x:Q", scale=alt.Scale(domain=[0, columns], nice=False), axis=None),
        alt.X2("x2"),
        alt.Y("y:Q", scale=alt.Scale(domain=[rows, 0], nice=False), axis=None),
        alt.Y2("y2"),
    )


def _tips(**titles):
    places = {"y2": "Row", "x2": "Column", **titles}
    return [
        alt.Tooltip(f"{field}:Q", title=title, format=".4~g") for field, title in places.items()
    ]


def _panel(marks, side, words):
    resolve = alt.Resolve(scale=alt.ScaleResolveMap(color="independent"))
    title = alt.Title(text=alt.expr(words), **TITLE)
    return layered(*marks, width=side, height=side, title=title, resolve=resolve)
