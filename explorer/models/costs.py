"""What a layer keeps, what it fills for a moment while it works, and how much it computes.

Some layers need far more memory than what they take and what they put out: a window with holes
lies on an image with borders as wide as it reaches; a transposed convolution lays out a patch for
every pixel before it adds them up. Such arrays are gone when the layer is done. Without Keras.
"""

from collections.abc import Callable
from math import prod

from explorer.models.lengths import Shape, Untold, places_of, told, whole
from explorer.models.shapes import POOL, SPATIAL, channels_first, pair, window, with_channels_last


def num_parameters(name: str, config: dict, shape: Shape) -> int:
    """Return how many numbers a layer keeps that are trained.

    Args:
        name: Class of the layer.
        config: Its settings.
        shape: Of its input, one image.

    Raises:
        Untold: It cannot be told.

    >>> num_parameters("Dense", {"units": 10, "use_bias": True}, (4, 100))
    1010
    """
    return _counted(PARAMETERS, name, config, shape)


def num_passing(name: str, config: dict, shape: Shape) -> int:
    """Return how many numbers a layer needs for a moment, beside what it takes and puts out.

    Args:
        name: Class of the layer.
        config: Its settings.
        shape: Of its input, one image.

    Raises:
        Untold: It cannot be told.
    """
    return _counted(PASSING, name, config, shape)


def num_products(name: str, config: dict, shape: Shape) -> int:
    """Return how many numbers a layer multiplies, or compares, for one image.

    Args:
        name: Class of the layer.
        config: Its settings.
        shape: Of its input, one image.

    Raises:
        Untold: It cannot be told.

    >>> num_products("Dense", {"units": 10}, (4, 100))
    4000
    """
    return _counted(PRODUCTS, name, config, shape)


def _counted(rules, name, config, shape):
    """Apply the rule of a layer, if it has one, to what it takes with the channels last."""
    number = told(_by_rule, rules, name, config, shape) if name in rules else 0
    if type(number) is not int or number < 0:
        raise Untold
    return number


def _by_rule(rules, name, config, shape):
    if name in SPATIAL:
        shape = with_channels_last(shape, channels_first(config))
    return rules[name](config, shape)


def _bias(config, number):
    return number if config.get("use_bias", True) else 0


def _kernel(config):
    return prod(pair(config["kernel_size"]))


def _between(config, shape):
    """Return the channels between the two halves of a separable convolution."""
    return shape[-1] * whole(config.get("depth_multiplier", 1))


def _of_convolution(config, shape):
    filters, groups = whole(config["filters"]), whole(config.get("groups") or 1)
    if groups < 1 or shape[-1] % groups:
        raise Untold("its groups do not share the channels evenly")
    return _kernel(config) * (shape[-1] // groups) * filters + _bias(config, filters)


def _of_transposed(config, shape):
    filters = whole(config["filters"])
    return _kernel(config) * shape[-1] * filters + _bias(config, filters)


def _of_depthwise(config, shape):
    outputs = _between(config, shape)
    return _kernel(config) * outputs + _bias(config, outputs)


def _of_separable(config, shape):
    between, filters = _between(config, shape), whole(config["filters"])
    return _kernel(config) * between + between * filters + _bias(config, filters)


def _of_dense(config, shape):
    units = whole(config["units"])
    return shape[-1] * units + _bias(config, units)


def _along_axes(config, shape):
    return prod(shape[place] for place in places_of(config.get("axis", -1), len(shape) + 1))


def _of_normalisation(config, shape):
    each = bool(config.get("scale", True)) + bool(config.get("center", True))
    return each * _along_axes(config, shape)


def _of_slopes(config, shape):
    shared = config.get("shared_axes") or []
    return prod(1 if place in shared else length for place, length in enumerate(shape, start=1))


def _with_borders(config, shape):
    """Count an image with borders as wide as a window with holes reaches."""
    holes = pair(config.get("dilation_rate") or 1)
    if holes == (1, 1):
        return 0
    sides = zip(shape[:-1], pair(config["kernel_size"]), holes, strict=True)
    return shape[-1] * prod(length + (size - 1) * apart for length, size, apart in sides)


def _in_two_steps(config, shape):
    made = prod(window(config, "kernel_size", shape[:-1])) * _between(config, shape)
    return made + _with_borders(config, shape)


def _as_patches(config, shape):
    patches = prod(shape[:-1]) * _kernel(config) * whole(config["filters"])
    return patches + _with_borders(config, shape)


def _padded_to_aspect(config, shape):
    """Count an image with borders that give it the shape of the result."""
    if not config.get("pad_to_aspect_ratio"):
        return 0
    (height, width, channels), wanted = shape, (whole(config["height"]), whole(config["width"]))
    high = max(height, -(-width * wanted[0] // wanted[1]))
    wide = max(width, -(-height * wanted[1] // wanted[0]))
    return high * wide * channels


def _at_each_place(rule, key="kernel_size"):
    """Count what is multiplied with one window, wherever the window is laid."""
    return lambda config, shape: prod(window(config, key, shape[:-1])) * rule(config, shape)


PARAMETERS: dict[str, Callable[[dict, tuple], int]] = {
    "Conv2D": _of_convolution,
    "Conv2DTranspose": _of_transposed,
    "DepthwiseConv2D": _of_depthwise,
    "SeparableConv2D": _of_separable,
    "Dense": _of_dense,
    "PReLU": _of_slopes,
    **dict.fromkeys(("BatchNormalization", "LayerNormalization"), _of_normalisation),
    "GroupNormalization": _of_normalisation,
}
PASSING: dict[str, Callable[[dict, tuple], int]] = {
    **dict.fromkeys(("Conv2D", "DepthwiseConv2D"), _with_borders),
    "SeparableConv2D": _in_two_steps,
    "Conv2DTranspose": _as_patches,
    "Resizing": _padded_to_aspect,
}
WITHOUT_BIAS = {"use_bias": False}
PRODUCTS: dict[str, Callable[[dict, tuple], int]] = {
    "Conv2D": _at_each_place(lambda config, shape: _of_convolution(config | WITHOUT_BIAS, shape)),
    "DepthwiseConv2D": _at_each_place(
        lambda config, shape: _of_depthwise(config | WITHOUT_BIAS, shape)
    ),
    "SeparableConv2D": _at_each_place(
        lambda config, shape: _of_separable(config | WITHOUT_BIAS, shape)
    ),
    "Conv2DTranspose": lambda config, shape: (
        prod(shape[:-1]) * _of_transposed(config | WITHOUT_BIAS, shape)
    ),
    "Dense": lambda config, shape: prod(shape) * whole(config["units"]),
    **dict.fromkeys(
        ("AveragePooling2D", "MaxPooling2D"),
        _at_each_place(lambda config, shape: prod(pair(config[POOL])) * shape[-1], POOL),
    ),
}
