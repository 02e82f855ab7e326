"""What every layer puts out for an image: layer after layer, and one map enlarged."""

import json

import streamlit as st

from explorer.charts import feature_maps as pictures
from explorer.charts.feature_maps import EACH_LAYER, SCALES, LayerMaps
from explorer.charts.montage import to_png
from explorer.ui import text
from explorer.ui.asking import answer
from explorer.ui.filters_images import ask_for_image, choose_one
from explorer.ui.filters_map import show_one
from explorer.ui.filters_network import Network
from explorer.ui.filters_shown import Shown
from explorer.ui.play import play_button

PLACE = "feature_maps"
WIDEST = 1400  # pixels; wider pictures would be made smaller on their way
MOST_CHANNELS, MORE_CHANNELS = 64, 192
ALL, ONE = "All maps", "One map enlarged"
KINDS = {
    "Conv2D": "Convolution",
    "DepthwiseConv2D": "Convolution of every channel by itself",
    "SeparableConv2D": "Separable convolution",
    "BatchNormalization": "Normalisation",
    "MaxPooling2D": "Max pooling",
    "AveragePooling2D": "Average pooling",
    "GlobalAveragePooling2D": "Mean of every map",
    "GlobalMaxPooling2D": "Largest value of every map",
    "ZeroPadding2D": "Zeros around",
    "Activation": "Activation function",
    "Concatenate": "Joined channels",
    "Add": "Sum",
    "Multiply": "Product",
    "Dense": "Dense",
}
ACTIVATIONS = {"relu": "ReLU", "relu6": "ReLU up to 6", "silu": "SiLU", "gelu": "GELU"}


def show(network: Network, images: list[Shown]):
    """Show what the layers put out for one of the images."""
    if not images:
        ask_for_image(network, "what every layer makes of it is shown here")
        return
    image = choose_one(images, key="maps_image")
    left, right = st.columns(2, vertical_alignment="bottom")
    what = left.segmented_control(
        "Show", [ALL, ONE], default=ALL, required=True, key="maps", bind="query-params"
    )
    scale = right.segmented_control(
        "Scale of",
        list(SCALES),
        default=EACH_LAYER,
        required=True,
        key="maps_scale",
        bind="query-params",
        help="One scale for all maps of a layer shows which are strong. A scale for each map "
        "shows what the weak ones see.",
    )
    with st.container(key=PLACE):
        width = min(play_button(PLACE, [], shown=False), WIDEST)
        if what == ALL:
            _show_all(network, image, scale, width)
        else:
            show_one(network, image, scale)


def _show_all(network, image, scale, width):
    choice, begin = st.container(), f"maps_begin {network.source}"
    first = start = st.session_state.get(begin, 0)
    shown = f"maps_parts {network.source} {start}"
    for _ in range(st.session_state.get(shown, 1)):
        found = answer("feature_maps", network=network.source, image=image.kept, first=first)
        if found is None:
            return
        about = json.loads(str(found["about"]))
        layers = pictures.layers_of(found)
        if first == start:
            if start > 0 or about["next"] is not None:
                _choose_begin(choice, list(about["all_layers"]), begin)
            else:
                _say_where_maps_end(layers)
            _show_input(image)
        for layer in layers:
            _show_layer(network, image, layer, scale, width)
        first = about["next"]
        if first is None:
            return
    total = len(about["all_layers"])
    st.button(
        f"Show more layers: {total - first:,} of {total:,} follow",
        icon=":material/expand_more:",
        on_click=_add,
        args=(shown, 1, 1),
    )


def _choose_begin(place, names, key):
    """Let the visitor go to a layer of a network with more layers than are shown at once."""
    place.selectbox(
        f"Begin with one of its {len(names):,} layers",
        range(len(names)),
        format_func=lambda number: names[number],
        key=key,
        persist_state="session",
    )


def _say_where_maps_end(layers):
    if not any(layer.has_maps for layer in layers):
        st.info(
            "This network has no feature maps: it has dense layers only. Each of their units "
            "looks at the whole image and puts out one number, so nothing of the image's "
            "width and height is left. The numbers are shown as cells.",
            icon=":material/grid_off:",
        )


def _show_input(image):
    size = image.pixels.shape
    st.markdown(f"**Input** · {text.shape(size)}")
    picture = image.pixels[None]
    times = pictures.tile_times(size[:2], WIDEST) * 2
    large = pictures.montage(picture, columns=1, scale=times, gap=0)
    st.image(to_png(large), width=large.shape[1], output_format="PNG", alt="What the network sees")
    st.caption("Of this and of every layer below: height × width × channels.")


def _show_layer(network, image, layer, scale, width):
    more = f"maps_more {network.source} {layer.name}"
    wanted = st.session_state.get(more, MOST_CHANNELS)
    if wanted > MOST_CHANNELS:
        found = answer(
            "feature_maps",
            network=network.source,
            image=image.kept,
            layers=[layer.name],
            most_channels=wanted,
        )
        layer = pictures.layers_of(found)[0] if found is not None else layer
    st.markdown(
        f":material/arrow_downward: **{text.plain(layer.name)}** · {kind_words(layer)} · "
        f"{text.shape(layer.shape)}"
    )
    picture = pictures.map_montage(layer, scale=scale, width=width)
    words = f"{counts(layer)} {pictures.scale_words(layer, scale)}"
    st.image(
        to_png(picture),
        width=picture.shape[1],
        output_format="PNG",
        alt=f"Output of the layer {layer.name}. {words}",
    )
    st.caption(words)
    hidden = layer.shape[-1] - layer.values.shape[-1]
    if layer.num_more:
        shown = min(layer.num_more, MORE_CHANNELS)
        st.button(
            f"Show {shown:,} more of {hidden:,}"
            if shown < hidden
            else f"Show the other {hidden:,}",
            key=f"button {more}",
            on_click=_add,
            args=(more, MOST_CHANNELS, MORE_CHANNELS),
        )
    elif hidden:
        st.caption(
            f"The other {text.count(hidden, 'map')} would take too much memory to be shown at "
            f'once. "{ONE}", above, shows any of them.'
        )


def _add(key, usual, more):
    st.session_state[key] = st.session_state.get(key, usual) + more


def kind_words(layer: LayerMaps) -> str:
    """Say what a layer does: `"Convolution 3 × 3, ReLU"`."""
    words = KINDS.get(layer.class_name, text.plain(layer.class_name))
    if layer.size:
        words += f" {text.shape(layer.size)}"
    if layer.activation == "linear":
        return words
    return f"{words}, {ACTIVATIONS.get(layer.activation, text.plain(layer.activation))}"


def counts(layer: LayerMaps) -> str:
    """Say how many maps there are, how many are shown, and which are remarkable."""
    noun = "map" if layer.has_maps else "unit"
    total, shown = layer.shape[-1], layer.values.shape[-1]
    known = f"{text.count(total, noun)}"
    sentences = [known if shown == total else f"The first {shown:,} of {known}"]
    if layer.silent:
        state = "dead on this image: 0 everywhere" if layer.has_maps else "0 on this image"
        sentences.append(f"{layer.silent:,} of them {'is' if layer.silent == 1 else 'are'} {state}")
    if layer.lost:
        verb = "holds" if layer.lost == 1 else "hold"
        sentences.append(f"{layer.lost:,} {verb} values that are not a number or infinite")
    return ". ".join(sentences) + "."
