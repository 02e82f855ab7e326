"""Networks as lists of layers, and what every layer costs. Plain arithmetic, no TensorFlow.

A network is a chain: every layer takes what the layer before it puts out. Shapes leave the
batch axis away, `(height, width, channels)` or `(units,)`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

ARCHITECTURES = {
    "article": "Convolutions with ReLU and max pooling, then two dense layers",
    "compact": "Convolutions with batch normalisation, then global average pooling",
    "dense": "Dense layers only, for contrast: it does not know that images are images",
}
DEFAULTS = {
    "article": {"filters": 16, "kernel_size": 3, "depth": 3, "dropout": 0.0},
    "compact": {"filters": 32, "kernel_size": 3, "depth": 3, "dropout": 0.0},
    "dense": {"filters": 128, "kernel_size": 3, "depth": 2, "dropout": 0.0},
}
HIDDEN_UNITS = 64
STEM_FROM = 48  # images from this size on pass one convolution more in "compact", and a pooling
FLOAT_BYTES = 4


@dataclass(frozen=True)
class Layer:
    """One layer of a network.

    Args:
        name: Unique in its network, for instance `"conv_1"`.
        kind: What it does: a key of `KINDS`.
        options: What its kind needs to know, for instance `{"filters": 16}`.
    """

    name: str
    kind: str
    options: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Network:
    """The choices that decide a network.

    Args:
        name: A key of `ARCHITECTURES`.
        image_size: Width and height of the images, in pixels.
        channels: 1 for grey images, 3 for colour.
        num_classes: Number of logits.
        filters: Filters of the first convolution; units of every dense layer in `"dense"`.
        kernel_size: Height and width of every kernel; `"dense"` has none and ignores it.
        depth: Number of blocks; of dense layers in `"dense"`.
        dropout: Share of units dropped while training, before the logits.
    """

    name: str
    image_size: int
    channels: int
    num_classes: int
    filters: int = 16
    kernel_size: int = 3
    depth: int = 3
    dropout: float = 0.0

    def __post_init__(self):
        """Refuse what cannot be built."""
        _check_name(self.name)
        _check_channels(self.channels)
        for option, low in LOWEST.items():
            _check_at_least(option, getattr(self, option), low)
        _check_dropout(self.dropout)
        _check_depth(self)


LOWEST = {
    "image_size": 1,
    "num_classes": 2,
    "filters": 1,
    "kernel_size": 1,
    "depth": 1,
}


def design(network: Network) -> tuple[Layer, ...]:
    """List the layers of a network in the order in which an image passes them."""
    blocks = {"article": _article, "compact": _compact, "dense": _dense}[network.name]
    return (
        Layer("rescale", "rescale"),
        *blocks(network),
        *_dropout(network),
        Layer("logits", "dense", {"units": network.num_classes, "activation": None}),
    )


def layer_table(network: Network) -> list[dict]:
    """Tell what every layer puts out and costs.

    Returns:
        One dictionary a layer: `name`, `kind`, `output_shape` (without the batch axis),
        `parameters` and `memory_bytes`, the output for one image in float32.
    """
    shape = (network.image_size, network.image_size, network.channels)
    rows = []
    for layer in design(network):
        shape, parameters = KINDS[layer.kind](shape, layer.options)
        rows.append(_row(layer, shape, parameters))
    return rows


def largest_depth(name: str, image_size: int) -> int | None:
    """Tell how many blocks fit images of this size; `None` when nothing limits them."""
    if name == "dense":
        return None
    if name == "article":
        return image_size.bit_length() - 1
    return (image_size // 2 if image_size >= STEM_FROM else image_size).bit_length()


def _article(network: Network) -> Iterator[Layer]:
    for block in range(1, network.depth + 1):
        filters = network.filters * 2 ** (block - 1)
        yield _conv(block, filters, network.kernel_size, activation="relu", use_bias=True)
        yield Layer(f"pool_{block}", "pool", {"pool_size": 2})
    yield Layer("flatten", "flatten")
    yield Layer("dense_1", "dense", {"units": HIDDEN_UNITS, "activation": "relu"})


def _compact(network: Network) -> Iterator[Layer]:
    convolutions = 0
    for number, count in enumerate(_compact_blocks(network), start=1):
        is_stem = number == 1 and _has_stem(network)
        pool = Layer(f"pool_{number}", "pool", {"pool_size": 2})
        filters = network.filters * 2 ** max(0, number - 1 - _has_stem(network))
        for _ in range(count):
            convolutions += 1
            yield _conv(convolutions, filters, network.kernel_size, use_bias=False)
            if is_stem:  # a quarter of the values to normalise: a fifth of the time saved
                yield pool
            yield Layer(f"norm_{convolutions}", "norm")
            yield Layer(f"relu_{convolutions}", "relu")
        if not is_stem and number < len(_compact_blocks(network)):
            yield pool
    yield Layer("global_pool", "global_pool")


def _compact_blocks(network):
    """List how many convolutions stand between two poolings; a stem is a single one."""
    return [1] * _has_stem(network) + [2] * network.depth


def _has_stem(network):
    return network.image_size >= STEM_FROM


def _dense(network: Network) -> Iterator[Layer]:
    yield Layer("flatten", "flatten")
    for number in range(1, network.depth + 1):
        options = {"units": network.filters, "activation": "relu"}
        yield Layer(f"dense_{number}", "dense", options)


def _conv(number: int, filters: int, kernel_size: int, **options) -> Layer:
    options = {"filters": filters, "kernel_size": kernel_size, **options}
    return Layer(f"conv_{number}", "conv", options)


def _dropout(network: Network) -> Iterator[Layer]:
    if network.dropout > 0:
        yield Layer("dropout_1", "dropout", {"rate": network.dropout})


def _row(layer: Layer, shape: tuple[int, ...], parameters: int) -> dict:
    return {
        "name": layer.name,
        "kind": layer.kind,
        "output_shape": shape,
        "parameters": parameters,
        "memory_bytes": FLOAT_BYTES * _product(shape),
    }


def _product(shape: tuple[int, ...]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def _same(shape, options):
    return shape, 0


def _conv_cost(shape, options):
    height, width, channels = shape
    kernel = options["kernel_size"] ** 2 * channels * options["filters"]
    bias = options["filters"] if options["use_bias"] else 0
    return (height, width, options["filters"]), kernel + bias


def _norm_cost(shape, options):
    return shape, 4 * shape[-1]


def _pool_cost(shape, options):
    height, width, channels = shape
    size = options["pool_size"]
    return (height // size, width // size, channels), 0


def _global_pool_cost(shape, options):
    return (shape[-1],), 0


def _flatten_cost(shape, options):
    return (_product(shape),), 0


def _dense_cost(shape, options):
    return (options["units"],), (shape[-1] + 1) * options["units"]


# kind -> function of (input shape, options) that returns (output shape, parameters)
KINDS = {
    "rescale": _same,
    "conv": _conv_cost,
    "norm": _norm_cost,
    "relu": _same,
    "pool": _pool_cost,
    "global_pool": _global_pool_cost,
    "flatten": _flatten_cost,
    "dense": _dense_cost,
    "dropout": _same,
}


def _check_name(name):
    if name not in ARCHITECTURES:
        raise ValueError(
            f"There is no network named {name!r}. Choose one of {', '.join(ARCHITECTURES)}."
        )


def _check_channels(channels):
    if channels not in (1, 3):
        raise ValueError(
            f"The images have {channels} channels. Give grey images (1) or colour images (3)."
        )


def _check_at_least(option, value, low):
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise ValueError(f"{option} is {value!r}. It must be a whole number of at least {low}.")


def _check_dropout(dropout):
    if not 0 <= dropout < 1:
        raise ValueError(
            f"dropout is {dropout!r}. It is a share: give 0 for none, or a number below 1."
        )


def _check_depth(network):
    fits = largest_depth(network.name, network.image_size)
    if fits is None or network.depth <= fits:
        return
    size = network.image_size
    needed = size
    while largest_depth(network.name, needed) < network.depth:
        needed *= 2
    advice = f"Choose a depth of at most {fits}" if fits else "Choose larger images"
    needed = 2 ** (needed.bit_length() - 1)
    raise ValueError(
        f"depth is {network.depth}, but every block halves the image, and {size} x {size} pixels "
        f"can be halved no further after {fits}. {advice}, or an image size of at least {needed}."
    )
