"""What a layer makes of the shape of its input, from its configuration alone. Without Keras.

Shapes are those of one image, see `lengths`. Operations, which a network is saved with when it was
written as `x + y`, have rules of their own in `operations`.
"""

from collections.abc import Callable, Sequence
from math import prod

from explorer.models.allowed import names
from explorer.models.lengths import (
    Shape,
    Untold,
    broadcast,
    checked,
    joined,
    place_of,
    reshaped,
    told,
    whole,
)

POOL = "pool_size"
# They put out what they take.
KEEPING = names(
    """
    Rescaling Activation ReLU LeakyReLU PReLU ELU Softmax Dropout SpatialDropout2D AlphaDropout
    GaussianDropout GaussianNoise ActivityRegularization Identity
    RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness
    UnitNormalization Normalization BatchNormalization LayerNormalization GroupNormalization
    """
)
MERGING = names("Add Subtract Multiply Average Maximum Minimum")
# They take images: height, width, channels; or channels first, if their settings say so.
SPATIAL = names(
    """
    Conv2D SeparableConv2D DepthwiseConv2D Conv2DTranspose MaxPooling2D AveragePooling2D
    GlobalAveragePooling2D GlobalMaxPooling2D ZeroPadding2D Cropping2D UpSampling2D
    Resizing CenterCrop RandomCrop
    """
)


def output_shape(name: str, config: dict, shapes: Sequence[Shape]) -> Shape:
    """Return the shape of what a layer puts out.

    Args:
        name: Its class.
        config: Its settings, as Keras saves them.
        shapes: Of its inputs.

    Raises:
        Untold: It cannot be told; says why, if that is known.

    >>> output_shape("ZeroPadding2D", {"padding": [[1, 1], [2, 2]]}, [(8, 8, 3)])
    (10, 12, 3)
    """
    return told(lambda: checked(_output_shape(name, config, shapes)))


def _output_shape(name, config, shapes):
    if name in MERGING:
        rank = max(map(len, shapes))
        return broadcast([(1,) * (rank - len(shape)) + shape for shape in shapes])
    if name == "Concatenate":
        return joined(place_of(config.get("axis", -1), len(shapes[0]) + 1), shapes)
    (shape,) = shapes
    if name in KEEPING:
        _check_keeps(config, shape)
        return shape
    if name not in SPATIAL:
        return RULES[name](config, shape)
    is_first = channels_first(config)
    made = tuple(RULES[name](config, with_channels_last(shape, is_first)))
    return made if len(made) != 3 or not is_first else (made[2], *made[:2])


def _check_keeps(config, shape):
    """Check that no list among the settings stretches what a layer takes."""
    for key in ("scale", "offset"):
        if isinstance(config.get(key), list) and len(config[key]) not in (1, shape[-1]):
            raise Untold(f"its {key} is neither one number nor one a channel")
        if isinstance(config.get(key), list) and any(isinstance(x, list) for x in config[key]):
            raise Untold(f"its {key} is neither one number nor one a channel")
    if any(length not in (None, 1) for length in config.get("noise_shape") or []):
        raise Untold("its noise has a shape of its own")


def channels_first(config: dict) -> bool:
    """Say whether a layer takes images whose channels come first; they must be told if not last."""
    data_format = config.get("data_format")
    if data_format not in (None, "channels_last", "channels_first"):
        raise Untold("its data format is unknown")
    return data_format == "channels_first"


def with_channels_last(shape: Shape, is_first: bool) -> Shape:
    """Return the shape of an image as height, width, channels."""
    if len(shape) != 3:
        raise Untold("it takes images, of three axes each")
    return (*shape[1:], shape[0]) if is_first else shape


def pair(value: object) -> tuple[int, int]:
    """Return a setting for height and width; one number means both."""
    if isinstance(value, list | tuple):
        first, second = value
        return whole(first), whole(second)
    return whole(value), whole(value)


def _is_same(config):
    """Say whether borders are added so that only the steps make an image smaller."""
    padding = config.get("padding", "valid")
    if padding not in ("valid", "same"):
        raise Untold(f"its padding is {str(padding)[:20]!r}")
    return padding == "same"


def window(config: dict, key: str, places: Sequence[int]) -> list[int]:
    """Slide a window over height and width; return how often it fits.

    Args:
        config: Of a convolution or a pooling layer.
        key: Of the size of the window in it.
        places: Height and width.
    """
    size = pair(config[key])
    strides = pair(config.get("strides") or (size if key == POOL else 1))
    dilation = pair(config.get("dilation_rate") or 1)
    if min(*size, *strides, *dilation) < 1:
        raise Untold("its window or its steps are not above 0")
    if _is_same(config):
        return [-(-length // step) for length, step in zip(places, strides, strict=True)]
    return [
        (length - apart * (width - 1) - 1) // step + 1
        for length, width, step, apart in zip(places, size, strides, dilation, strict=True)
    ]


def _widened(config, places):
    """Do what a transposed convolution does to height and width."""
    is_same, more = _is_same(config), config.get("output_padding")
    more = (None, None) if more is None else pair(more)
    settings = (config["kernel_size"], config.get("strides") or 1, config.get("dilation_rate") or 1)
    each = zip(places, *map(pair, settings), more, strict=True)
    return [_longer(is_same, *one) for one in each]


def _longer(is_same, length, size, step, apart, more):
    if min(size, step, apart) < 1:
        raise Untold("its window or its steps are not above 0")
    reach = (size - 1) * apart + 1
    if is_same:
        return length * step if more is None else (length - 1) * step + reach % 2 + more
    return (length - 1) * step + reach + (max(step - reach, 0) if more is None else more)


def _bordered(config, key, sign, shape):
    *places, channels = shape
    border = config[key]
    borders = [pair(one) for one in (border if isinstance(border, list | tuple) else [border] * 2)]
    return [
        *(length + sign * sum(one) for length, one in zip(places, borders, strict=True)),
        channels,
    ]


def _permuted(config, shape):
    dims = config["dims"]
    if sorted(dims) != list(range(1, len(shape) + 1)):
        raise Untold("its axes are not each named once")
    return [shape[dim - 1] for dim in dims]


def _means(config, shape):
    return [1, 1, shape[-1]] if config.get("keepdims") else [shape[-1]]


def _scaled(config, shape):
    times = pair(config["size"])
    return [*(k * length for k, length in zip(times, shape[:-1], strict=True)), shape[-1]]


def _cut(config, shape):
    return [whole(config["height"]), whole(config["width"]), shape[-1]]


def _multiplied(config, shape):
    return shape[-1] * whole(config.get("depth_multiplier", 1))


def _slid(channels: Callable[[dict, tuple], int], key="kernel_size"):
    return lambda config, shape: [*window(config, key, shape[:-1]), channels(config, shape)]


RULES: dict[str, Callable[[dict, tuple], Sequence[int]]] = {
    "Conv2D": _slid(lambda config, shape: whole(config["filters"])),
    "SeparableConv2D": _slid(lambda config, shape: whole(config["filters"])),
    "DepthwiseConv2D": _slid(_multiplied),
    "MaxPooling2D": _slid(lambda config, shape: shape[-1], POOL),
    "AveragePooling2D": _slid(lambda config, shape: shape[-1], POOL),
    "Conv2DTranspose": lambda config, shape: [
        *_widened(config, shape[:-1]),
        whole(config["filters"]),
    ],
    "GlobalAveragePooling2D": _means,
    "GlobalMaxPooling2D": _means,
    "ZeroPadding2D": lambda config, shape: _bordered(config, "padding", 1, shape),
    "Cropping2D": lambda config, shape: _bordered(config, "cropping", -1, shape),
    "UpSampling2D": _scaled,
    "Resizing": _cut,
    "CenterCrop": _cut,
    "RandomCrop": _cut,
    "Flatten": lambda config, shape: [prod(shape)],
    "Reshape": lambda config, shape: reshaped(config["target_shape"], prod(shape)),
    "Permute": _permuted,
    "Dense": lambda config, shape: [*shape[:-1], whole(config["units"])],
}
