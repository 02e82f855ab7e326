"""A kernel slides over an image: the window, its products, and the cell they land in.

The place of the window is the slider, or the cell of the feature map that is pointed at. Pointing
at a cell of the image shows every cell that it reaches. All of it happens in the browser.
"""

from dataclasses import dataclass

import altair as alt
import numpy as np

from explorer.analysis.convolution import ACTIVATIONS, Sliding, convolve
from explorer.charts import pair, palette
from explorer.charts.compose import beside
from explorer.charts.domains import round_up
from explorer.charts.number_cells import (
    READABLE,
    ROOMY,
    SMALL,
    cell_channels,
    cell_panel,
    cell_size,
    centred,
    legible,
    numbers,
    signed,
    tips,
    told,
    window_outline,
    with_ends,
)

PLACE, PIXELS, SUMS, RESULTS = "at", "pixels", "sums", "results"  # in the browser
POINTED, REACHING = "pointed", "reaching"  # at a cell of the feature map, of the image
GAP = 36
LARGEST_PRODUCT = 96
MOST_PLACES = 4_096
WAITING, BORDER = 0.12, 0.35  # opacity of cells whose window has not come yet, of the border
LEAST = 1e-9
LINES = (("v", "", -0.26), ("w", "\u00d7 ", 0.0), ("m", "= ", 0.26))
GREYS = ["black", "white"]


@dataclass(frozen=True)
class Slid:
    """One channel and one kernel, and what becomes of them.

    Args:
        image: (height, width)
        kernel: (size, size)
        bias: Added to every sum.
        activation: A key of `ACTIVATIONS`.
        sliding: How the kernel slides.
    """

    image: np.ndarray
    kernel: np.ndarray
    bias: float
    activation: str
    sliding: Sliding

    @property
    def padded(self) -> np.ndarray:
        """The image within its borders of 0."""
        return np.pad(self.image, [self.sliding.borders(given) for given in self.image.shape])

    @property
    def sums(self) -> np.ndarray:
        """The sums of products. (rows, columns)"""
        kernels = self.kernel[:, :, None, None]
        return convolve(self.image[..., None], kernels, np.zeros(1), self.sliding)[..., 0]

    @property
    def results(self) -> np.ndarray:
        """The feature map: with bias, through the activation function. (rows, columns)"""
        return ACTIVATIONS[self.activation](self.sums + self.bias)


def sliding_window(slid: Slid, width: int) -> alt.VConcatChart:
    """Draw the image, the window and the feature map under one slider.

    Args:
        slid: What slides over what; at least one window fits.
        width: Pixels the chart may take.

    Raises:
        ValueError: There is no place for the window, or there are too many.
    """
    num_places = slid.sums.size
    if not 0 < num_places <= MOST_PLACES:
        raise ValueError(
            f"The window has {num_places:,} places. Between 1 and {MOST_PLACES:,} can be drawn: "
            "change the size of the image, the kernel or the stride."
        )
    narrow = width < palette.NARROW
    shares = (1, 1, 1) if narrow else (0.38, 0.27, 0.35)
    widths = [round((width - (0 if narrow else 2 * GAP)) * share) - 8 for share in shares]
    panels = [_image(slid, widths[0]), _window(slid, widths[1]), _result(slid, widths[2])]
    rows = panels if narrow else [beside(*panels, spacing=GAP, resolve=pair.OWN_SCALES)]
    slider = alt.param(
        name=pair.SLIDER,
        value=0,
        bind=alt.binding_range(min=0, max=max(num_places - 1, 1), step=1, name="Window "),
    )
    pointed = f"{POINTED}.p ? {POINTED}.p[0] : min({pair.SLIDER}, {num_places - 1})"
    place = alt.param(name=PLACE, expr=pointed)
    held = {PIXELS: slid.padded, SUMS: slid.sums, RESULTS: slid.results}
    known = [alt.param(name=name, value=np.ravel(of).tolist()) for name, of in held.items()]
    return pair.page(rows, params=[slider, place, *known], title=_title(slid, narrow))


def _title(slid, narrow):
    """Compute the cell in words; they follow the window."""
    columns = slid.sums.shape[1]
    place = f"'Row ' + (floor({PLACE} / {columns}) + 1) + ', column ' + ({PLACE} % {columns} + 1)"
    total = f"'sum of {slid.kernel.size} products ' + {told(f'{SUMS}[{PLACE}]', '')}"
    total += f" + ' + bias ' + {told(slid.bias, '')} + ' = '"
    total += f" + {told(f'({SUMS}[{PLACE}] + {slid.bias})', '')}"
    lines = [place, total]
    if slid.activation != "none":
        lines.append(f"'{slid.activation} makes it ' + {told(f'{RESULTS}[{PLACE}]', '')}")
    together = f"[{', '.join(lines)}]" if narrow else " + ', ' + ".join(lines)
    return alt.Title(
        text=alt.expr(together), fontSize=palette.PANEL_TITLE_SIZE, offset=12, anchor="start"
    )


def _image(slid, width):
    """Draw the image with its borders, and the window upon it."""
    sliding, (height, across) = slid.sliding, slid.image.shape
    frame = _cells_of_image(slid)
    (top, bottom), (left, right) = sliding.borders(height), sliding.borders(across)
    size = cell_size(width, across + left + right, height + top + bottom)
    channels = cell_channels((-left, across + right), (-top, height + bottom))
    grid = alt.Chart(frame).encode(*channels)
    color = (
        alt.Color("v:Q")
        .scale(domain=[min(0.0, slid.image.min()), max(1.0, slid.image.max())], range=GREYS)
        .legend(None)
    )
    reaching = alt.selection_point(
        name=REACHING, on="pointerover", clear="pointerout", fields=["y", "x"], empty=False
    )
    marks = [
        grid.mark_rect(stroke=palette.MUTED, strokeWidth=0.4)
        .encode(
            color, alt.Opacity("o:Q").scale(None), tooltip=tips(y2="Row", x2="Column", v="Value")
        )
        .add_params(reaching),
    ]
    if size >= READABLE:
        dark = (slid.image.min() + slid.image.max()) / 2
        marks.append(numbers(frame, "v", f"datum.v > {dark} ? 'black' : 'white'", channels))
    outline = window_outline(sliding, PLACE, slid.sums.shape[1], (top, left))
    marks.append(outline.encode(*channels))
    return cell_panel(
        marks, size, (across + left + right, height + top + bottom), _image_title(slid)
    )


def _window(slid, width):
    """Draw the numbers of the window times those of the kernel."""
    length = len(slid.kernel)
    size = cell_size(width, length, length, most=LARGEST_PRODUCT)
    y, x = (axis.ravel() for axis in np.indices(slid.kernel.shape))
    frame = with_ends({"y": y, "x": x, "w": slid.kernel.ravel()})
    channels = cell_channels((0, length), (0, length))
    limit = round_up(max(np.abs(slid.kernel).max() * np.abs(slid.image).max(), LEAST))
    shown = alt.Chart(frame).transform_calculate(
        v=f"{PIXELS}[{_pixel_below(slid)}]", m="datum.v * datum.w"
    )
    marks = [
        shown.encode(*channels)
        .mark_rect(stroke=palette.HIGHLIGHT, strokeWidth=1.5)
        .encode(signed("m", limit), tooltip=tips(v="Of the image", w="Of the kernel", m="Product"))
    ]
    roomy = size >= ROOMY
    lines = LINES if roomy else (LINES[-1],) if size >= READABLE else ()
    for field, before, apart in lines:
        words = shown.mark_text(
            fontSize=palette.LABEL_SIZE if roomy else SMALL,
            dy=apart * size if roomy else 0,
            color=alt.expr(legible("m", limit)),
            tooltip=None,
        ).transform_calculate(t=f"'{before if roomy else ''}' + {told(field)}")
        marks.append(centred(words, channels).encode(alt.Text("t:N")))
    return cell_panel(marks, size, (length, length), "Window times kernel")


def _pixel_below(slid):
    """Say which of the pixels, borders included, lies below a cell of the window."""
    sliding, columns = slid.sliding, slid.sums.shape[1]
    across = slid.padded.shape[1]
    row = f"(floor({PLACE} / {columns}) * {sliding.stride} + datum.y * {sliding.dilation})"
    column = f"({PLACE} % {columns}) * {sliding.stride} + datum.x * {sliding.dilation}"
    return f"{row} * {across} + {column}"


def _result(slid, width):
    """Draw the feature map as far as the window has come."""
    results = slid.results
    rows, columns = results.shape
    size = cell_size(width, columns, rows)
    y, x = (axis.ravel() for axis in np.mgrid[:rows, :columns])
    frame = with_ends({"p": np.arange(results.size), "y": y, "x": x, "a": results.ravel()})
    channels = cell_channels((0, columns), (0, rows))
    limit = round_up(max(np.abs(results).max(), LEAST))
    pointed = alt.selection_point(
        name=POINTED, on="pointerover", clear="pointerout", fields=["p"], empty=False
    )
    come = f"datum.p <= {pair.SLIDER} || datum.p == {PLACE}"
    grid = alt.Chart(frame).encode(*channels)
    marks = [
        grid.mark_rect(
            stroke=palette.MUTED,
            strokeWidth=0.4,
            opacity=alt.expr(f"{come} ? 1 : {WAITING}"),
        )
        .encode(signed("a", limit), tooltip=tips(y2="Row", x2="Column", a="Value"))
        .add_params(pointed),
    ]
    if size >= READABLE:
        color = f"{come} ? {legible('a', limit)} : 'transparent'"
        marks.append(numbers(frame, "a", color, channels))
    sliding, (top, left) = slid.sliding, [slid.sliding.borders(n)[0] for n in slid.image.shape]
    for condition, color in (
        (_is_reached(sliding, top, left), palette.RUN_A),
        (f"datum.p == {PLACE}", palette.HIGHLIGHT),
    ):
        marks.append(
            grid.mark_rect(
                filled=False, stroke=color, strokeWidth=2.5, tooltip=None
            ).transform_filter(condition)
        )
    return cell_panel(marks, size, (columns, rows), f"Feature map, {rows} x {columns}")


def _is_reached(sliding, top, left):
    """Say whether the window of a cell covers the cell of the image that is pointed at."""
    parts = [f"isValid({REACHING}.y)"]
    for field, before in (("y", top), ("x", left)):
        apart = f"({REACHING}.{field}[0] + {before} - datum.{field} * {sliding.stride})"
        parts += [
            f"{apart} >= 0",
            f"{apart} < {sliding.extent}",
            f"{apart} % {sliding.dilation} == 0",
        ]
    return " && ".join(parts)


def _cells_of_image(slid):
    """List the cells of the image and of its borders, which hold 0."""
    borders = [slid.sliding.borders(given) for given in slid.image.shape]
    inside = np.pad(np.ones(slid.image.shape), borders)
    y, x = (axis.ravel() for axis in np.indices(inside.shape))
    y, x = y - borders[0][0], x - borders[1][0]
    opacity = np.where(inside.ravel() > 0, 1.0, BORDER)
    return with_ends({"y": y, "x": x, "v": slid.padded.ravel(), "o": opacity})


def _image_title(slid):
    height, across = slid.image.shape
    added = sum(map(sum, (slid.sliding.borders(n) for n in (height, across))))
    return f"Image, {height} x {across}" + (", borders of 0" if added else "")
