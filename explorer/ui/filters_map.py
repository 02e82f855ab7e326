"""One feature map enlarged, beside the filter that makes it and over the image."""

import json

import numpy as np
import streamlit as st

from explorer.charts import feature_maps as pictures
from explorer.charts.montage import to_png
from explorer.ui import text
from explorer.ui.asking import answer
from explorer.ui.filters_network import Network
from explorer.ui.filters_shown import Shown
from explorer.ui.linked_layer import choose_layer

LAYER, CHANNEL = "map_layer", "map_channel"
UNKNOWN = "The link names a layer that this network does not have, or that puts out no maps."
MOST_SLICES = 256
SLICES_WIDTH = 320


def show_one(network: Network, image: Shown, scale: str):
    """Show the map that the visitor or the link names."""
    sizes = _sizes(network, image)
    if sizes is None:
        return
    if not sizes:
        st.info(
            "This network has no feature maps to enlarge: it has dense layers only.",
            icon=":material/grid_off:",
        )
        return
    left, right = st.columns([2, 1])
    layer = choose_layer(list(sizes), left, key=LAYER, unknown=UNKNOWN)
    channel = _choose_channel(sizes[layer], right)
    found = answer(
        "feature_map", network=network.source, image=image.kept, layer=layer, channel=channel
    )
    if found is not None:
        _show(image, found, channel, scale)


def _sizes(network, image) -> dict[str, tuple[int, ...]] | None:
    """Return the shapes of the layers that put out maps, by name."""
    found = answer("feature_maps", network=network.source, image=image.kept, first=0)
    if found is None:
        return None
    shapes = json.loads(str(found["about"]))["all_layers"]
    return {name: tuple(shape) for name, shape in shapes.items() if len(shape) == 3}


def _choose_channel(size, place) -> int:
    """Ask for a channel, counted from 1 as people do; return it counted from 0."""
    most = size[-1]
    if CHANNEL not in st.session_state:
        st.session_state[CHANNEL] = text.number(st.query_params.get(CHANNEL)) or 1
    st.session_state[CHANNEL] = min(max(st.session_state[CHANNEL], 1), most)
    chosen = place.number_input(
        f"Map, 1 to {most:,}", 1, most, step=1, key=CHANNEL, persist_state="session"
    )
    st.query_params[CHANNEL] = str(chosen)
    return chosen - 1


def _show(image, found, channel, scale):
    about = json.loads(str(found["about"]))
    values = found["map"]
    layer = pictures.read_layer(about, values[..., None])
    limit = float(pictures.limits(layer, scale)[0])
    left, middle, right = st.columns(3, gap="medium")
    with left:
        st.markdown(f"**Map {channel + 1:,} of {text.plain(layer.name)}**")
        _picture(
            pictures.enlarged(values, limit, is_signed=layer.is_signed),
            f"{text.shape(values.shape)} values, enlarged {pictures.large_times(values.shape)} "
            f"times. {pictures.scale_words(layer, scale)} {_range_words(values)}",
        )
    with middle:
        st.markdown("**The filter that makes it**")
        _show_filter(about, layer, found["kernel"], float(found["bias"]))
    with right:
        st.markdown("**The map over the image**")
        _picture(
            pictures.laid_over(image.pixels, values, limit, is_signed=layer.is_signed),
            _over_words(layer, values.shape, image.pixels.shape),
        )


def _range_words(values) -> str:
    finite = values[np.isfinite(values)]
    lost = values.size - finite.size
    words = f"{lost:,} values are not a number or infinite. " if lost else ""
    if not finite.size:
        return words
    if not finite.any():
        return words + "This map is 0 everywhere: dead on this image."
    return words + f"This map reaches from {_number(finite.min())} to {_number(finite.max())}."


def _number(value) -> str:
    return f"{value:.3g}".replace("-", pictures.MINUS)


def _over_words(layer, map_size, image_size):
    colors = "orange where it is above 0, blue below" if layer.is_signed else "orange"
    words = f"The map is {colors}, the stronger the clearer; the image is grey."
    if map_size != image_size[:2]:
        words += f" It is stretched from {text.shape(map_size)} to {text.shape(image_size[:2])}."
    return words


def _show_filter(about, layer, kernel, bias):
    name = about["filter_of"]
    if name is None:
        st.caption("No single filter makes this map: the layer mixes channels in another way.")
        return
    finite = np.abs(kernel[np.isfinite(kernel)])
    limit = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    shown = kernel[..., :MOST_SLICES]
    _picture(
        pictures.slices(shown, limit, width=SLICES_WIDTH, tile=_tile(shown.shape[-1])),
        _filter_words(name, layer, kernel, bias, limit),
    )
    if about["sees_colours"]:
        _picture(pictures.color_filter(kernel, limit), "The same filter in colour; grey is 0.")


def _tile(count):
    return 96 if count <= 3 else 36 if count <= 64 else 16


def _filter_words(name, layer, kernel, bias, limit):
    inputs = text.count(kernel.shape[-1], "input channel")
    shown = min(kernel.shape[-1], MOST_SLICES)
    first = f", of which the first {shown:,} are shown" if shown < kernel.shape[-1] else ""
    words = f"{text.shape(kernel.shape[:2])} weights for each of {inputs}{first}, in their order. "
    words += f"Blue is below 0, orange above; the scale ends at {limit:.3g}."
    words += f" Bias: {_number(bias)}." if np.isfinite(bias) else ""
    if name != layer.name:
        words = f"It belongs to {text.plain(name)}; the layers after it keep maps apart. {words}"
    return words


def _picture(pixels, caption):
    st.image(to_png(pixels), width=pixels.shape[1], output_format="PNG", alt=caption)
    st.caption(caption)
