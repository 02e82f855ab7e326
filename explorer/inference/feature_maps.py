"""What every layer puts out for an image, and the filter that makes a map. Loads TensorFlow."""

import json
from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from explorer.inference.opened import Opened, open_source
from explorer.inference.tracing_back import (
    activation_of,
    convolution_behind,
    is_signed,
    sees_colours,
)

Tell = Callable[[float, str], None]
MOST_CHANNELS = 64
MOST_VALUES = 1_000_000  # in one answer: 4 MB, sent in a fraction of a second
MOST_LAYER_VALUES = 4_000_000  # in an answer about one layer, however many are asked for
MOST_COMPUTED = 16_000_000  # held at once for one answer, of all channels: 64 MB


def feature_maps(
    progress: Tell,
    *,
    network: dict,
    image: str,
    first: int = 0,
    layers: Sequence[str] | None = None,
    most_channels: int = MOST_CHANNELS,
) -> dict:
    """Send an image through a network and return what its layers put out.

    Large networks put out tens of millions of values: an answer holds as many layers as make
    up a million values, and of every layer the first channels, four million values at most. What
    is said of a layer is said of all its channels.

    Args:
        progress: Called with the share done and words.
        network: A source, see `opened`.
        image: A name from `given.keep`.
        first: Number of the first layer to return.
        layers: Return these instead.
        most_channels: How many channels of a layer are returned at most.

    Returns:
        `about`, JSON: `all_layers`, the shapes of all by name; `next`, the number of the first
        layer that is not returned, or null; and for every returned one, in `layers`: `name`,
        `class_name`, `size` of kernel or pool, `activation`, `shape`, `most_channels`, how many
        can be had at most, `is_signed`, `lowest` and `largest` finite value, `silent` and `lost`,
        how many channels are 0 throughout and how many hold a value that is not finite. And
        `maps_0`, `maps_1`, ..., their values, (height, width, channels) or (units,).

    Raises:
        RunError: The run or its checkpoint cannot be used.
        ValueError: There is no such layer, or the image is gone or was prepared for another.
    """
    progress(0.0, "Opening the network")
    opened = open_source(network)
    pixels = opened.look_up([image])
    known = opened.layers
    names = list(layers) if layers is not None else _fitting(opened, first, most_channels)
    progress(0.2, "Sending the image through the network")
    outputs = opened.parts(names)([pixels], training=False)[:-1]
    described, maps = [], {}
    for number, (name, output) in enumerate(zip(names, outputs, strict=True)):
        values = _channels_last(np.asarray(output, np.float32)[0])
        about = _describe(opened.layers[name], values)
        described.append(about)
        maps[f"maps_{number}"] = values[..., : min(most_channels, about["most_channels"])]
    after = list(known).index(names[-1]) + 1 if names else len(known)
    about = {
        "all_layers": {name: list(layer.output.shape[1:]) for name, layer in known.items()},
        "next": after if layers is None and after < len(known) else None,
        "layers": described,
    }
    return {"about": np.array(json.dumps(about)), **maps}


def feature_map(progress: Tell, *, network: dict, image: str, layer: str, channel: int) -> dict:
    """Return one feature map with the filter that makes it.

    Args:
        progress: Called with the share done and words.
        network: A source, see `opened`.
        image: A name from `given.keep`.
        layer: The layer.
        channel: Which of its channels.

    Returns:
        `about`, JSON: that of the layer as in `feature_maps`, and `filter_of`, the convolution
        whose filter makes the map, or null, and `sees_colours`, whether that takes red, green
        and blue; `map` (height, width); `kernel`, the filter,
        (kernel height, kernel width, input channels), empty without one; `bias`, its bias, NaN
        without one.

    Raises:
        RunError: The run or its checkpoint cannot be used.
        ValueError: There is no such map, or the image is gone or was prepared for another.
    """
    progress(0.0, "Opening the network")
    opened = open_source(network)
    output, _ = opened.parts([layer])([opened.look_up([image])], training=False)
    values = _channels_last(np.asarray(output, np.float32)[0])
    _check_map(layer, channel, values.shape)
    source = convolution_behind(opened.layers[layer])
    about = _describe(opened.layers[layer], values)
    about |= {"filter_of": source and source.name, "sees_colours": sees_colours(source)}
    return {
        "about": np.array(json.dumps(about)),
        "map": values[..., channel],
        "kernel": np.zeros((0, 0, 0), np.float32) if source is None else _filter(source, channel),
        "bias": np.float32(np.nan if source is None else _bias(source, channel)),
    }


def _fitting(opened: Opened, first: int, most_channels: int) -> list[str]:
    """Return the layers from `first` on that make up an answer; at least one."""
    names, values, computed = [], 0, 0
    for name in list(opened.layers)[first:]:
        *places, channels = opened.layers[name].output.shape[1:]
        values += prod(places) * min(channels, most_channels)
        computed += prod(places) * channels
        if names and (values > MOST_VALUES or computed > MOST_COMPUTED):
            break
        names.append(name)
    return names


def _channels_last(values):
    """Leave maps and units as they are; what has any other shape becomes units."""
    return values if values.ndim in (1, 3) else values.reshape(-1)


def _describe(layer, values) -> dict:
    finite = np.isfinite(values)
    known = values if finite.all() else values[finite]
    places = tuple(range(values.ndim - 1))
    lowest = float(known.min()) if known.size else 0.0
    return {
        "name": layer.name,
        "class_name": type(layer).__name__,
        "size": _size(layer),
        "activation": activation_of(layer),
        "shape": list(values.shape),
        "most_channels": max(1, MOST_LAYER_VALUES // prod(values.shape[:-1])),
        "is_signed": is_signed(layer) or lowest < 0,
        "lowest": lowest,
        "largest": float(known.max()) if known.size else 0.0,
        "silent": int((values == 0).all(axis=places).sum()),
        "lost": int((~finite).any(axis=places).sum()),
    }


def _size(layer) -> list[int]:
    size = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None) or ()
    return [int(length) for length in size]


def _check_map(layer, channel, shape):
    if len(shape) != 3:
        raise ValueError(
            f"The layer {layer!r} puts out {shape[0]} numbers and no feature maps. Choose a layer "
            "before the dense ones."
        )
    if not 0 <= channel < shape[-1]:
        raise ValueError(
            f"The layer {layer!r} has no channel {channel}. Choose one from 0 to {shape[-1] - 1}."
        )


def _filter(layer, channel):
    kernel = np.asarray(layer.kernel, np.float32)
    if type(layer).__name__ == "DepthwiseConv2D":
        return kernel.reshape(*kernel.shape[:2], 1, -1)[..., channel]
    return kernel[..., channel]


def _bias(layer, channel):
    return np.nan if layer.bias is None else np.asarray(layer.bias)[channel]
