"""Compiled programs over a network: made once, kept for as long as the network is."""

from collections.abc import Callable, Hashable, Iterator
from math import prod
from weakref import WeakKeyDictionary

import keras
import numpy as np

BATCH_VALUES = 1_200_000  # of the images in a batch: 390 colour images of 32 x 32, 7 of 224 x 224
BATCH_FILLS = 150_000_000  # values on the way of a batch, all held where gradients are asked for
_programs: WeakKeyDictionary[keras.Model, dict[Hashable, Callable]] = WeakKeyDictionary()


def compiled(model: keras.Model, name: Hashable, make: Callable[[keras.Model], Callable]):
    """Return a program over a network, making it when it is first asked for.

    A program reads the network's weights when it runs: it stays right when another checkpoint
    is loaded into the same network.

    Args:
        model: The network.
        name: Tells the programs of a network apart.
        make: Makes the program; what it makes must not keep `model` itself alive.
    """
    known = _programs.setdefault(model, {})
    if name not in known:
        known[name] = make(model)
    return known[name]


def whole(model: keras.Model) -> keras.Model:
    """Return a model with the same layers, which a program may hold without holding `model`."""
    return keras.Model(model.inputs, model.outputs[0])


def functional(model: keras.Model) -> keras.Model:
    """Return the graph of a network, which a `Sequential` one keeps inside."""
    return model._functional if isinstance(model, keras.Sequential) else model


def num_values(model: keras.Model) -> int:
    """Return how many values one image fills on its way through a network without networks."""
    outputs = keras.tree.flatten([step.output for step in functional(model).operations])
    return sum(prod(length or 1 for length in tensor.shape) for tensor in outputs)


def batches(model: keras.Model, images: np.ndarray) -> Iterator[slice]:
    """Cut images into batches that fit into memory, with what a network makes of them.

    Args:
        model: The network.
        images: (images, height, width, channels)
    """
    fills = compiled(model, "values", num_values)
    most = min(BATCH_VALUES // max(1, prod(images.shape[1:])), BATCH_FILLS // max(1, fills))
    size = max(1, most)
    for start in range(0, len(images), size):
        yield slice(start, min(start + size, len(images)))
