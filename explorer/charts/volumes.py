"""A network as volumes, as papers draw it: what every layer puts out, to scale."""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import palette

HEIGHT = 190
LABEL_HEIGHT = 84
HORIZONTAL_LABEL = 84  # pixels a layer needs for its label to lie flat
MOST_THICKNESS = 0.42  # of the room a layer has
MOST_DEPTH = 0.36
RISE = 0.28  # how far a square seen from the side rises, as part of its height
SAME_SHAPE = ("rescale", "flatten", "norm", "relu", "dropout", "activation")
KIND_WORDS = {
    "input": "image",
    "conv": "convolution",
    "pool": "max pooling",
    "global_pool": "global average",
    "dense": "dense",
}


def volumes(
    layers: Sequence[Mapping], *, input_shape: tuple[int, int, int] | None = None
) -> alt.LayerChart:
    """Draw the output of each layer as a box of height x width x channels.

    Height and depth of the boxes are pixels, thickness is channels, the height of the thin
    columns is units; each of the three has one scale for the whole drawing. Layers that leave
    the values as many as they are, or only lay them out anew, are not drawn.

    Args:
        layers: Rows of `layer_table`: name, kind, output_shape, parameters.
        input_shape: Height, width and channels of an image, drawn first if given.
    """
    drawn = drawn_layers(layers, input_shape)
    faces = face_frame(drawn)
    labels = pd.DataFrame(
        [
            {"x": place, "name": row["name"], "shape": shape_words(row["output_shape"])}
            for place, row in enumerate(drawn)
        ]
    )
    x = alt.X("x:Q").scale(domain=[-0.5, len(drawn) - 0.5], nice=False).axis(None)
    flat = f"width / {len(drawn)} >= {HORIZONTAL_LABEL}"
    return (
        alt.layer(_boxes(faces, x), *_labels(labels, x, flat))
        .properties(
            title="What every layer puts out, to scale",
            height=HEIGHT + LABEL_HEIGHT,
            autosize=palette.FIT_WIDTH,
            usermeta=palette.AS_SVG,
        )
        .configure_view(strokeWidth=0)
    )


def drawn_layers(layers, input_shape=None) -> list[dict]:
    """Choose the layers that are drawn: those that convolve, pool or connect."""
    chosen = []
    if input_shape is not None:
        chosen.append(
            {"name": "image", "kind": "input", "output_shape": input_shape, "parameters": 0}
        )
    chosen += [dict(row) for row in layers if row["kind"] not in SAME_SHAPE]
    if not chosen:
        raise ValueError("No layer to draw: expected a convolution, pooling or dense layer.")
    return chosen


def shape_words(shape: tuple[int, ...]) -> str:
    """Write a shape for people.

    >>> shape_words((32, 32, 16)), shape_words((128,))
    ('32 × 32 × 16', '128')
    """
    return " × ".join(f"{length:,}" for length in shape)


def face_frame(layers: Sequence[Mapping]) -> pd.DataFrame:
    """Compute the corners of the visible faces of all boxes.

    Returns:
        Four rows a face: x (in layers) and y (1 is the highest box), the face's number and
        the corner's, and for the tooltip what the layer is.
    """
    side = max((row["output_shape"][0] for row in layers if _is_volume(row)), default=1)
    channels = max(row["output_shape"][2] if _is_volume(row) else 16 for row in layers)
    units = max((row["output_shape"][0] for row in layers if not _is_volume(row)), default=1)
    rows = []
    for place, layer in enumerate(layers):
        shape = layer["output_shape"]
        if _is_volume(layer):
            size = (shape[0] / side, shape[1] / side, shape[2] / channels * MOST_THICKNESS)
        else:
            size = (shape[0] / units, 0.06, 0.03)
        rows += _faces(place, layer, *size)
    return pd.DataFrame(rows)


def _is_volume(layer):
    return len(layer["output_shape"]) == 3


def _faces(place, layer, high, deep, thick):
    """Three faces of a box whose middle lies on the line through all boxes."""
    high, thick = max(high, 0.03), max(thick, 0.02)
    shift, rise = MOST_DEPTH * deep, RISE * deep
    left, low = place - (thick + shift) / 2, -(high + rise) / 2
    right, top = left + thick, low + high
    corners = {
        "front": [(left, low), (right, low), (right, top), (left, top)],
        "top": [(left, top), (right, top), (right + shift, top + rise), (left + shift, top + rise)],
        "side": [
            (right, low),
            (right + shift, low + rise),
            (right + shift, top + rise),
            (right, top),
        ],
    }
    about = {
        "name": layer["name"],
        "kind": KIND_WORDS.get(layer["kind"], layer["kind"]),
        "shape": shape_words(layer["output_shape"]),
        "parameters": layer["parameters"],
    }
    color = palette.KIND_COLORS.get(layer["kind"], palette.MUTED)
    for face, light in (("front", 0.0), ("top", 0.45), ("side", 0.2)):
        for corner, (x, y) in enumerate(corners[face]):
            yield {
                "x": x,
                "y": y,
                "face": f"{place:03d} {face}",
                "corner": corner,
                "fill": palette.lighten(color, light),
                **about,
            }


def _boxes(faces, x):
    reach = float(np.abs(faces["y"]).max())
    pixels = [HEIGHT - 6, 6]
    return (
        alt.Chart(faces)
        .mark_line(filled=True, interpolate="linear-closed", strokeWidth=0.8, strokeJoin="round")
        .encode(
            x,
            alt.Y("y:Q").scale(domain=[-reach, reach], range=pixels, nice=False).axis(None),
            alt.Fill("fill:N").scale(None),
            alt.Order("corner:Q"),
            detail="face:N",
            stroke=alt.value(palette.MUTED),
            tooltip=[
                alt.Tooltip("name:N", title="Layer"),
                alt.Tooltip("kind:N", title="Kind"),
                alt.Tooltip("shape:N", title="Height × width × channels"),
                alt.Tooltip("parameters:Q", title="Parameters", format=","),
            ],
        )
    )


def _labels(labels, x, flat):
    """Write flat labels where there is room, upright ones where not."""
    text = {"color": palette.TEXT, "tooltip": None}
    base = alt.Chart(labels).encode(x)
    below = alt.value(HEIGHT + 14)
    name = base.mark_text(
        fontWeight="bold", opacity=alt.expr(f"{flat} ? 1 : 0"), fontSize=12, **text
    )
    shape = base.mark_text(opacity=alt.expr(f"{flat} ? 0.8 : 0"), fontSize=11, **text)
    turned = {"fontSize": 11, "angle": 270, "align": "right", **text}
    turned_name, turned_shape = (
        base.mark_text(dy=dy, opacity=alt.expr(f"{flat} ? 0 : {opacity}"), **turned, **look)
        for dy, opacity, look in ((-7, 1, {"fontWeight": "bold"}), (7, 0.8, {}))
    )
    return [
        name.encode(text="name:N", y=below),
        shape.encode(text="shape:N", y=alt.value(HEIGHT + 31)),
        turned_name.encode(text="name:N", y=alt.value(HEIGHT + 4)),
        turned_shape.encode(text="shape:N", y=alt.value(HEIGHT + 4)),
    ]
