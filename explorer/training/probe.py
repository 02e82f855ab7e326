"""What chosen layers of a network answer to the same few images, step after step.

The layers' `call` is wrapped while one forward pass is traced, and left as it was.
"""

from contextlib import contextmanager

import keras
import tensorflow as tf

from explorer.training.cost import image_stride
from explorer.training.names import tensor_names


class ProbeHook:
    """Run fixed images through the model and see what chosen layers answer.

    Of a layer with large outputs, those of fewer images are returned, evenly spaced, see
    `image_stride`; the shares of positive outputs are those of all.

    Args:
        model: A built model.
        images: The images, as the network gets them: an array (images, ...), or a list or dict
            of arrays for a network with several inputs.
        layers: The layers to watch.
    """

    def __init__(self, model: keras.Model, images, layers: list[keras.Layer]):
        self._model = model
        self._images = keras.tree.map_structure(tf.constant, images)
        names = tensor_names([layer.name for layer in layers], model.name)
        self._layers = dict(zip(names, layers, strict=True))
        self._forward = tf.function(self._trace, autograph=False)

    def __call__(self):
        """Return outputs by layer, shares of positive outputs by layer, and the model's output.

        Raises:
            ValueError: The model does not take the images.
        """
        try:
            outputs, active, final = self._forward()
        except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
            shapes = [tuple(part.shape) for part in keras.tree.flatten(self._images)]
            raise ValueError(
                f"The images of the probe cannot be shown to the model. They have the shape "
                f"{', '.join(map(str, shapes))}; give them as `fit` gets its images. The model "
                f"says: {error}"
            ) from error
        return (
            {name: value.numpy() for name, value in outputs.items()},
            {name: value.numpy() for name, value in active.items()},
            final.numpy(),
        )

    def _trace(self):
        answers = {}
        with _watched(self._layers, answers):
            final = self._model(self._images, training=False)
        # What a recurrent layer computes within its loop cannot be seen from outside.
        graph = tf.compat.v1.get_default_graph()
        outputs = {
            name: tf.cast(value, tf.float32)
            for name, value in answers.items()
            if tf.executing_eagerly() or value.graph is graph
        }
        active = {name: _share_positive(value) for name, value in outputs.items()}
        seen = {name: _fewer_images(value) for name, value in outputs.items()}
        first = tf.nest.flatten(final)[0]
        return seen, active, tf.cast(first, tf.float32)


def answering_layers(model: keras.Model) -> list[keras.Layer]:
    """Choose the layers whose outputs are worth recording.

    These are the layers with an activation function, separate or built in, and those with
    weights of their own that give the outputs: the logits. Of a subclassed model the last one.
    """
    leaves = [
        layer
        for layer in model._flatten_layers(include_self=False)
        if not list(layer._flatten_layers(include_self=False)) and not _is_input(layer)
    ]
    weighted = [layer for layer in leaves if hasattr(layer, "kernel")]
    last = [*_output_layers(model), *weighted[-1:]]
    chosen = [
        layer for layer in leaves if _activates(layer) or (layer in weighted and layer in last)
    ]
    return chosen or weighted


def _output_layers(model):
    """Return the layers that give the outputs of a functional model; others do not tell theirs."""
    outputs = keras.tree.flatten(getattr(model, "outputs", None) or [])
    return [output._keras_history.operation for output in outputs]


def _is_input(layer):
    return isinstance(layer, keras.layers.InputLayer)


def _activates(layer):
    separate = ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU")
    if type(layer).__name__ in separate:
        return True
    activation = getattr(layer, "activation", None)
    return activation not in (None, keras.activations.linear) and hasattr(layer, "kernel")


def _fewer_images(output):
    stride = image_stride(output.shape)
    if stride == 1:
        return output
    # A slice with a stride would take as long as the forward pass: it moves value after value.
    return tf.gather(output, tf.range(0, output.shape[0], stride))


def _share_positive(output):
    axes = list(range(output.shape.rank - 1))
    return tf.reduce_mean(tf.cast(output > 0, tf.float32), axis=axes)


@contextmanager
def _watched(layers, seen):
    def watch(name, call):
        def watched_call(*args, **kwargs):
            output = call(*args, **kwargs)
            seen[name] = tf.nest.flatten(output)[0]
            return output

        return watched_call

    for name, layer in layers.items():
        object.__setattr__(layer, "call", watch(name, layer.call))
    try:
        yield
    finally:
        for layer in layers.values():
            layer.__dict__.pop("call", None)
