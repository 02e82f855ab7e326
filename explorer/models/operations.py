"""What an operation of `keras.ops` makes of the shapes of its inputs. Without Keras.

Operations are what a network is saved with when it was written as `x + y` or `x[:, :8]`. Unlike
layers, many of them can be applied to the batch, too. Those that would are not told: a network
that mixes the images of a batch gives other answers for one image than for many.
"""

from collections.abc import Callable, Sequence

import numpy as np

from explorer.models.allowed import NN_OPERATIONS, names
from explorer.models.lengths import (
    MOST_RANK,
    Shape,
    Untold,
    broadcast,
    checked,
    joined,
    place_of,
    places_of,
    reshaped,
    told,
)

# They put out what they take.
KEEPING = NN_OPERATIONS - {"Glu"} | names("Absolute Clip Exp Flip Log Negative ReLU Sqrt Square")
OF_TWO = names("Add Divide Maximum Minimum Multiply Power Subtract TrueDivide")
BATCHES = (2_000_003, 3_000_017)  # more images than a configuration can count


def operation_shape(name: str, config: dict, shapes: Sequence[Shape], key: object = None) -> Shape:
    """Return the shape of what an operation puts out.

    Args:
        name: Its class.
        config: Its settings, as Keras saves them.
        shapes: Of its inputs.
        key: What `GetItem` takes: an entry, or a list of them.

    Raises:
        Untold: It cannot be told; says why, if that is known.

    >>> operation_shape("Mean", {"axis": [1, 2], "keepdims": False}, [(8, 8, 3)])
    (3,)
    """
    return told(lambda: checked(_operation_shape(name, config, shapes, key)))


def _operation_shape(name, config, shapes, key):
    if name in OF_TWO:
        return _of_two(shapes)
    if name == "Concatenate":
        return joined(place_of(config["axis"], len(shapes[0]) + 1), shapes)
    (shape,) = shapes
    if name == "GetItem":
        return _part(shape, key)
    return shape if name in KEEPING else RULES[name](config, shape)


def _of_two(shapes):
    """Fit two arrays, or one and a number; of different ranks, the batch would not be the first."""
    if len({len(shape) for shape in shapes}) != 1:
        raise Untold("its inputs have different numbers of axes")
    return broadcast(shapes)


def _part(shape, key):
    """Take the part from arrays that are as large but hold a single number."""
    parts = key if isinstance(key, list) else [key]
    if len(parts) > 2 * MOST_RANK:
        raise Untold
    index = tuple(map(_index, parts))
    found = [np.broadcast_to(np.zeros((), np.int8), (batch, *shape))[index] for batch in BATCHES]
    if any(part.shape[:1] != (batch,) for part, batch in zip(found, BATCHES, strict=True)):
        raise Untold("it mixes the images of a batch")
    return found[0].shape[1:]


def _index(part):
    """Read an entry of a key as Keras saves it."""
    if part is None or type(part) is int:
        return part
    if part["class_name"] == "__ellipsis__":
        return Ellipsis
    if part["class_name"] != "__slice__":
        raise Untold
    bounds = [part["config"][name] for name in ("start", "stop", "step")]
    if any(bound is not None and type(bound) is not int for bound in bounds):
        raise Untold
    return slice(*bounds)


def _reduced(config, shape):
    away = places_of(config["axis"], len(shape) + 1)
    if config.get("keepdims"):
        return (1 if place in away else length for place, length in enumerate(shape))
    return (length for place, length in enumerate(shape) if place not in away)


def _expanded(config, shape):
    axes = config["axis"] if isinstance(config["axis"], list) else [config["axis"]]
    if len(axes) > MOST_RANK:
        raise Untold
    rank = len(shape) + len(axes)
    new, old = places_of(axes, rank + 1), iter(shape)
    return [1 if place in new else next(old) for place in range(rank)]


def _squeezed(config, shape):
    away = places_of(config["axis"], len(shape) + 1)
    if any(shape[place] != 1 for place in away):
        raise Untold("it leaves out an axis that is longer than 1")
    return (length for place, length in enumerate(shape) if place not in away)


def _transposed(config, shape):
    axes = config["axes"]
    if not axes or len(axes) != len(shape) + 1 or axes[0] not in (0, -len(axes)):
        raise Untold("it mixes the images of a batch")
    return (shape[place] for place in places_of(axes[1:], len(axes)))


def _reshaped(config, shape):
    first, *wanted = config["newshape"]
    if first != -1 or -1 in wanted:
        raise Untold("its new shape must begin with -1, for any number of images")
    return reshaped(wanted, int(np.prod(shape, dtype=np.int64)))


def _halved(config, shape):
    place = place_of(config["axis"], len(shape) + 1)
    if shape[place] % 2:
        raise Untold("it halves an odd length")
    return [length // 2 if at == place else length for at, length in enumerate(shape)]


RULES: dict[str, Callable[[dict, Shape], Sequence[int]]] = {
    **dict.fromkeys(("Max", "Mean", "Min", "Sum"), _reduced),
    "ExpandDims": _expanded,
    "Squeeze": _squeezed,
    "Transpose": _transposed,
    "Reshape": _reshaped,
    "Glu": _halved,
}
