"""How much memory a network from elsewhere would take, told before anything is built.

Every number in a configuration can be small and the network still fill any memory: layers that
enlarge images stand behind each other, or two large layers are connected. Here shapes are followed
through the network. Where they cannot be told, behind a slice, say, nothing is refused: the
process that opens the file has limits of its own.
"""

from collections.abc import Iterator
from math import prod

from explorer.models import allowed
from explorer.models.shapes import Shape, num_parameters, output_shape

USUAL_SIZE = 128  # for networks that take images of any size
MOST_ACTIVATION_BYTES = 200_000_000
MOST_STEPS = 5_000  # a network within a network, used again and again, counts every time
MOST_ROUNDS = 20  # Keras lists layers nearly in the order of images
FLOAT_BYTES = 4
UNTELLABLE = (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError, AttributeError)


class Sizes:
    """The sum of what the layers of a network take, as far as it can be told."""

    def __init__(self):
        self.values = 0
        self.parameters = 0
        self.steps = 0


def check_sizes(config: dict, *, most_parameters: int) -> int:
    """Check how large a network becomes; return how many parameters it needs, at least.

    Args:
        config: A network that has passed `keras_file.check_config`.
        most_parameters: How many it may have.

    Raises:
        ValueError: One image or the parameters fill too much memory.
    """
    sizes = Sizes()
    _follow(config, None, sizes)
    if sizes.steps > MOST_STEPS:
        raise ValueError(
            f"An image passes more than {MOST_STEPS:,} layers of the network. Use networks within "
            "it less often."
        )
    if FLOAT_BYTES * sizes.values > MOST_ACTIVATION_BYTES:
        raise ValueError(
            f"One image fills {FLOAT_BYTES * sizes.values / 1e6:,.0f} MB of memory on its way "
            f"through the network. At most {MOST_ACTIVATION_BYTES / 1e6:.0f} MB are given; use "
            "smaller images."
        )
    if sizes.parameters > most_parameters:
        raise ValueError(
            f"The network has {sizes.parameters:,} parameters. At most {most_parameters:,} are "
            "opened; give a smaller one."
        )
    return sizes.parameters


def _follow(model: dict, shape: Shape, sizes: Sizes) -> Shape:
    """Follow shapes through a network; return the last one, `None` where it cannot be told."""
    try:
        config = model["config"]
        entries = config["layers"]
        if model["class_name"] == "Sequential":
            claimed = config.get("build_input_shape")
            start = shape if shape or not claimed else _image(claimed)
            return _through_chain(entries, start, sizes)
        return _through_graph(config, entries, shape, sizes)
    except UNTELLABLE:
        return None


def _through_chain(entries, shape, sizes):
    for entry in entries:
        shape = _through(entry, [shape], sizes)
    return shape


def _through_graph(config, entries, given, sizes):
    """Follow the layers in any order: each as soon as its inputs are known, some never."""
    known: dict[tuple, Shape] = {}
    waiting = [
        (entry, number, sources)
        for entry in entries
        for number, sources in enumerate(_nodes(entry))
    ]
    for _ in range(MOST_ROUNDS):
        later = []
        for entry, number, sources in waiting:
            if all(source in known for source in sources):
                shapes = [known[source] for source in sources] or [given]
                known[entry["name"], number] = _through(entry, shapes, sizes, again=number > 0)
            else:
                later.append((entry, number, sources))
        waiting = later
    return known.get(_last(config["output_layers"]))


def _through(entry, shapes, sizes, *, again=False) -> Shape:
    """Let a layer take shapes; count what it puts out and, the first time, what it keeps."""
    sizes.steps += 1
    if sizes.steps > MOST_STEPS:
        return None
    kept = sizes.parameters
    if allowed.is_model(entry):
        shape = _follow(entry, shapes[0], sizes)
    elif entry["class_name"] == "InputLayer":
        shape = shapes[0] or _image(entry["config"]["batch_shape"])
    else:
        shape = _out_of(entry, shapes)
        sizes.values += prod(shape) if shape else 0
        sizes.parameters += max(_needed(entry, one) for one in (shapes[0], _claimed(entry)))
    if again:
        sizes.parameters = kept
    return shape


def _out_of(entry, shapes) -> Shape:
    try:
        shape = output_shape(entry["class_name"], entry["config"], shapes)
        return shape if shape and min(shape) > 0 else None
    except UNTELLABLE:
        return None


def _needed(entry, shape) -> int:
    try:
        return max(0, num_parameters(entry["class_name"], entry["config"], shape))
    except UNTELLABLE:
        return 0


def _claimed(entry) -> Shape:
    """Return the shape for which Keras builds a layer as soon as it reads it."""
    try:
        return _image(entry["build_config"]["input_shape"])
    except UNTELLABLE:
        return None


def _image(batch_shape) -> Shape:
    """Leave the batch away; a length that may be anything is the usual one."""
    return tuple(USUAL_SIZE if length is None else int(length) for length in batch_shape[1:])


def _nodes(entry) -> list[list[tuple]]:
    """Return, for every time a layer is used, where its inputs come from."""
    nodes = [list(_sources(node)) for node in entry["inbound_nodes"]]
    return nodes or [[]]


def _sources(value) -> Iterator[tuple]:
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        layer, node, _ = value["config"]["keras_history"]
        yield layer, node
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _sources(inner)


def _last(outputs):
    layer = outputs[0] if isinstance(outputs[0], list) else outputs
    return layer[0], layer[1]
