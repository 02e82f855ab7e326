"""Any Keras network as the parts of the page need it: functional, flat, ending in logits.

Loads TensorFlow.
"""

import keras
import numpy as np

from explorer.inference.programs import functional, num_values
from explorer.inference.tracing_back import WITHOUT_VALUES
from explorer.models.sizes import FLOAT_BYTES, MOST_ACTIVATION_BYTES

INPUT = "images"
OWN_SCALE, SCORES = "explorer_values", "scores"
MOST_CLASSES = 20_000


def straightened(
    model: keras.Model, image_size: int, *, scale: tuple[float, object] | None = None
) -> keras.Model:
    """Return a network as one functional model from images, 0 to 255, to logits.

    Networks within the network are laid open, so that their layers can be looked at one by one.
    An activation that turns logits into probabilities is left away; a sigmoid for two classes
    becomes two logits whose softmax is the same.

    Args:
        model: Takes one batch of square images, gives one score or probability a class. It
            should not be used any more: its last activation is gone, some names are changed.
        image_size: Width and height of the images.
        scale: What images are multiplied by, and what is added then, before `model` gets them.

    Raises:
        ValueError: It takes or gives something else; says what.
    """
    channels = check_input(model, image_size)
    images = keras.Input((image_size, image_size, channels), name=INPUT)
    start = images
    if scale is not None:
        start = keras.layers.Rescaling(scale[0], offset=scale[1], name=OWN_SCALE)(images)
    _name_apart(model)
    outputs = _without_probabilities(_through(model, start))
    if outputs.ndim != 2 or not 2 <= (outputs.shape[1] or 0) <= MOST_CLASSES:
        raise ValueError(
            f"The network gives {_shape(outputs)} for an image. Expected was one score a class, "
            "of at least 2 classes."
        )
    return _anew(keras.Model(images, _of_a_layer(outputs, model), name=model.name))


def check_input(model: keras.Model, image_size: int) -> int:
    """Check that a network takes square images of this size; return their channels.

    Raises:
        ValueError: It does not.
    """
    inputs = getattr(model, "inputs", None)
    if not inputs or len(inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(
            "The network does not take exactly one batch of images and give one answer each. "
            "Networks with several inputs or outputs cannot be looked into."
        )
    shape = tuple(inputs[0].shape)
    if len(shape) != 4 or shape[3] not in (1, 3):
        raise ValueError(
            f"The network takes {_shape(inputs[0])}. Expected were images, (height, width, 1 or 3)."
        )
    if any(length not in (None, image_size) for length in shape[1:3]):
        raise ValueError(
            f"The network takes images of {shape[1]} x {shape[2]} pixels. Expected were square "
            f"ones of {image_size} x {image_size}."
        )
    return shape[3]


def check_memory(model: keras.Model) -> None:
    """Check that one image fills no more memory than it may on its way.

    Raises:
        ValueError: It does.
    """
    needed = FLOAT_BYTES * num_values(model)
    if needed > MOST_ACTIVATION_BYTES:
        raise ValueError(
            f"One image fills {needed / 1e6:,.0f} MB on its way through the network. At most "
            f"{MOST_ACTIVATION_BYTES / 1e6:.0f} MB are given; use smaller images."
        )


def rescales_itself(model: keras.Model) -> bool:
    """Say whether a network begins by scaling its images, and so takes values of 0 to 255."""
    names = ("Rescaling", "Normalization")
    return any(type(layer).__name__ in names for layer in _steps(model))


def same_answers(probabilities: np.ndarray, logits: np.ndarray, tolerance: float) -> bool:
    """Say whether a network gives what it gave before it was straightened.

    Args:
        probabilities: What it gave: logits, probabilities, or those of the second class alone.
        logits: What it gives now. (images, classes)
        tolerance: Largest difference, of numbers around 1.
    """
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = powers / powers.sum(axis=1, keepdims=True)
    wanted = probabilities.shape[1]
    candidates = [logits, shares] if wanted > 1 else [shares[:, 1:]]
    return any(
        np.allclose(given, probabilities, rtol=tolerance, atol=tolerance, equal_nan=True)
        for given in candidates
    )


def _anew(model):
    """Build a model a second time, so that every layer knows its place in this one alone."""
    fresh = type(model).from_config(model.get_config())
    for layer, known in ((layer, model.get_layer(layer.name)) for layer in fresh.layers):
        for weights, values in zip(layer.weights, known.weights, strict=True):
            weights.assign(values)
    return fresh


def _through(model, tensor):
    """Call every layer of a network anew on the way of `tensor`, also of networks within."""

    def opened(operation):
        if isinstance(operation, keras.Model):
            return lambda inner, *others, **options: _through(operation, inner)
        return operation

    inner = keras.tree.flatten(tensor)
    outputs = functional(model)._run_through_graph(inner, operation_fn=opened)
    flat = keras.tree.flatten(outputs)
    return flat[0] if len(flat) == 1 else outputs


def _steps(model):
    """List the layers and operations of a network, and of networks within."""
    for step in functional(model).operations:
        if isinstance(step, keras.Model):
            yield from _steps(step)
        else:
            yield step


def _name_apart(model):
    """Rename layers of networks within that have the name of another layer."""
    taken = {INPUT, OWN_SCALE}
    for step in dict.fromkeys(_steps(model)):
        name, number = step.name, 1
        while step.name in taken:
            number += 1
            step.name = f"{name}_{number}"
        taken.add(step.name)


def _without_probabilities(outputs):
    """Return the logits that a network turns into probabilities at its end."""
    history = outputs._keras_history
    last = history.operation
    before = last._inbound_nodes[history.node_index].input_tensors
    kind, activation = type(last).__name__, _activation(last)
    if kind == "Softmax" or (kind == "Activation" and activation == "softmax"):
        return before[0]
    if kind == "Activation" and activation == "sigmoid" and outputs.shape[1] == 1:
        return _two_logits(before[0]._keras_history.operation, before[0], "linear")
    if activation == "softmax":
        last.activation = keras.activations.linear
        return last(*before)
    if activation == "sigmoid" or kind == "Sigmoid":
        return _two_logits(last, outputs, "sigmoid")
    return outputs


def _of_a_layer(outputs, model):
    """Let scores that come from an operation, or were only reshaped, come from a layer."""
    last = outputs._keras_history.operation
    if isinstance(last, keras.Layer) and type(last).__name__ not in WITHOUT_VALUES:
        return outputs
    taken = {step.name for step in _steps(model)}
    name = SCORES if SCORES not in taken else f"{SCORES}_{len(taken)}"
    return keras.layers.Activation("linear", name=name)(outputs)


def _two_logits(layer, outputs, activation):
    """Turn the one unit that tells two classes apart into two, the first of which is always 0."""
    if outputs.shape[1] != 1 or not isinstance(layer, keras.layers.Dense):
        raise ValueError(
            f"The network ends in a sigmoid of {outputs.shape[1]} scores, which does not choose "
            "one class among several. Only one score (two classes), or softmax, can be shown."
        )
    if _activation(layer) != activation:
        raise ValueError("The network's last layer has two activations. Leave one away.")
    before = layer._inbound_nodes[outputs._keras_history.node_index].input_tensors[0]
    pair = keras.layers.Dense(2, use_bias=layer.use_bias, name=layer.name)
    logits = pair(before)
    pair.set_weights([_after_zeros(weights) for weights in layer.get_weights()])
    return logits


def _after_zeros(weights):
    return np.concatenate([np.zeros_like(weights), weights], axis=-1)


def _activation(operation):
    return getattr(getattr(operation, "activation", None), "__name__", None)


def _shape(tensor):
    return f"({', '.join(str(length) for length in tensor.shape[1:])})"
