"""What a layer makes of the shape of its input, from its configuration alone. Without Keras.

Shapes are those of one image: without the batch. What these rules do not know is `None`, and is
left to whoever really builds the network.
"""

from collections.abc import Callable, Sequence
from math import prod

from explorer.models.allowed import names

Shape = tuple[int, ...] | None
POOL = "pool_size"
# They put out what they take, and hold no parameters.
KEEPING = names(
    """
    Rescaling Activation ReLU LeakyReLU ELU Softmax Dropout SpatialDropout2D AlphaDropout
    GaussianDropout GaussianNoise ActivityRegularization Identity UnitNormalization Normalization
    RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness
    Absolute Clip Exp Flip Log Negative Sqrt Square Celu Elu Gelu Glu HardShrink HardSigmoid
    HardSilu HardTanh LeakyRelu LogSigmoid LogSoftmax Relu Relu6 Selu Sigmoid Silu SoftShrink
    Softplus Softsign SquarePlus TanhShrink
    """
)
MERGING = names("Add Subtract Multiply Average Maximum Minimum Divide TrueDivide Power")
NORMALISING = names("BatchNormalization LayerNormalization GroupNormalization")


def output_shape(name: str, config: dict, shapes: Sequence[Shape]) -> Shape:
    """Return the shape of what a layer puts out; `None` where it cannot be told.

    Args:
        name: Class of the layer or the operation.
        config: Its settings, as Keras saves them.
        shapes: Of its inputs.

    >>> output_shape("ZeroPadding2D", {"padding": [[1, 1], [2, 2]]}, [(8, 8, 3)])
    (10, 12, 3)
    """
    if not shapes or None in shapes or config.get("data_format") == "channels_first":
        return None
    if name in KEEPING or name in NORMALISING:
        return shapes[0]
    if name in MERGING:
        return _broadcast(shapes)
    if name == "Concatenate":
        return _concatenated(config.get("axis", -1), shapes)
    rule = RULES.get(name)
    return None if rule is None else tuple(rule(config, shapes[0]))


def num_parameters(name: str, config: dict, shape: Shape) -> int:
    """Return how many numbers a layer keeps; 0 where that cannot be told.

    Args:
        name: Class of the layer.
        config: Its settings.
        shape: Of its input.

    >>> num_parameters("Dense", {"units": 10, "use_bias": True}, (4, 100))
    1010
    """
    rule = PARAMETERS.get(name)
    return 0 if rule is None or shape is None else rule(config, shape)


def _broadcast(shapes):
    """Return the shape in which all fit; lengths of 1 are stretched."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return tuple(max(lengths) for lengths in zip(*padded, strict=True))


def _concatenated(axis, shapes):
    place = axis - 1 if axis > 0 else axis
    joined = list(shapes[0])
    joined[place] = sum(shape[place] for shape in shapes)
    return tuple(joined)


def _pair(value):
    """Settings may give one number for both directions."""
    return (value, value) if isinstance(value, int) else value


def _window(config, key, places):
    """Slide a window over height and width."""
    size = _pair(config[key])
    strides = _pair(config.get("strides") or (size if key == POOL else 1))
    dilation = _pair(config.get("dilation_rate") or 1)
    if config.get("padding") == "same":
        return [-(-length // step) for length, step in zip(places, strides, strict=True)]
    return [
        (length - apart * (width - 1) - 1) // step + 1
        for length, width, step, apart in zip(places, size, strides, dilation, strict=True)
    ]


def _widened(config, places):
    """Do what a transposed convolution does to height and width."""
    strides, size = _pair(config.get("strides") or 1), _pair(config["kernel_size"])
    if config.get("padding") == "same":
        return [length * step for length, step in zip(places, strides, strict=True)]
    return [
        length * step + max(width - step, 0)
        for length, step, width in zip(places, strides, size, strict=True)
    ]


def _bordered(config, key, sign, shape):
    *places, channels = shape
    borders = [_pair(border) for border in _pair(config[key])]
    return [
        *(length + sign * sum(border) for length, border in zip(places, borders, strict=True)),
        channels,
    ]


def _reshaped(config, shape):
    wanted = config["target_shape"]
    known = prod(length for length in wanted if length != -1)
    return [prod(shape) // known if length == -1 else length for length in wanted]


def _means(config, shape):
    return [1, 1, shape[-1]] if config.get("keepdims") else [shape[-1]]


def _scaled(config, shape):
    times = _pair(config["size"])
    return [*(k * length for k, length in zip(times, shape[:-1], strict=True)), shape[-1]]


def _cut(config, shape):
    return [config["height"], config["width"], shape[-1]]


def _slid(channels: Callable[[dict, tuple], int], key="kernel_size"):
    return lambda config, shape: [*_window(config, key, shape[:-1]), channels(config, shape)]


RULES: dict[str, Callable[[dict, tuple], Sequence[int]]] = {
    "Conv2D": _slid(lambda config, shape: config["filters"]),
    "SeparableConv2D": _slid(lambda config, shape: config["filters"]),
    "DepthwiseConv2D": _slid(lambda config, shape: shape[-1] * config.get("depth_multiplier", 1)),
    "MaxPooling2D": _slid(lambda config, shape: shape[-1], POOL),
    "AveragePooling2D": _slid(lambda config, shape: shape[-1], POOL),
    "Conv2DTranspose": lambda config, shape: [*_widened(config, shape[:-1]), config["filters"]],
    "PReLU": lambda config, shape: shape,
    "GlobalAveragePooling2D": _means,
    "GlobalMaxPooling2D": _means,
    "ZeroPadding2D": lambda config, shape: _bordered(config, "padding", 1, shape),
    "Cropping2D": lambda config, shape: _bordered(config, "cropping", -1, shape),
    "UpSampling2D": _scaled,
    "Resizing": _cut,
    "CenterCrop": _cut,
    "RandomCrop": _cut,
    "Flatten": lambda config, shape: [prod(shape)],
    "Reshape": _reshaped,
    "Permute": lambda config, shape: [shape[place - 1] for place in config["dims"]],
    "Dense": lambda config, shape: [*shape[:-1], config["units"]],
}


def _bias(config, number):
    return number if config.get("use_bias", True) else 0


def _of_convolution(config, shape):
    filters = config["filters"]
    inputs = shape[-1] // (config.get("groups") or 1)
    return prod(_pair(config["kernel_size"])) * inputs * filters + _bias(config, filters)


def _of_depthwise(config, shape):
    outputs = shape[-1] * config.get("depth_multiplier", 1)
    return prod(_pair(config["kernel_size"])) * outputs + _bias(config, outputs)


def _of_separable(config, shape):
    between = shape[-1] * config.get("depth_multiplier", 1)
    filters = config["filters"]
    return prod(_pair(config["kernel_size"])) * between + between * filters + _bias(config, filters)


def _of_dense(config, shape):
    return shape[-1] * config["units"] + _bias(config, config["units"])


def _of_normalisation(config, shape):
    axes = config.get("axis", -1)
    axes = axes if isinstance(axes, list) else [axes]
    number = prod(shape[axis - 1 if axis > 0 else axis] for axis in axes)
    return number * (bool(config.get("scale", True)) + bool(config.get("center", True)))


def _of_slopes(config, shape):
    shared = config.get("shared_axes") or []
    return prod(1 if place in shared else length for place, length in enumerate(shape, start=1))


PARAMETERS: dict[str, Callable[[dict, tuple], int]] = {
    "Conv2D": _of_convolution,
    "Conv2DTranspose": _of_convolution,
    "DepthwiseConv2D": _of_depthwise,
    "SeparableConv2D": _of_separable,
    "Dense": _of_dense,
    "PReLU": _of_slopes,
    **dict.fromkeys(NORMALISING, _of_normalisation),
}
