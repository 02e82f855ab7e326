"""Seeing inside a compiled training step: its loss, its gradients, its layers' outputs.

Keras' callbacks are called between compiled steps and see neither. Instead of a training loop
of our own, three methods of the user's own model and optimizer are wrapped while they are being
traced: `optimizer.apply` (which gets the gradients), `model.compute_loss`, and `layer.call`.
Nothing is registered or subclassed: a hooked model saves and loads as the plain model it is.
"""

from collections.abc import Callable
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

from explorer.training.names import tensor_names

SCALARS = ("loss", "gradient_norm", "learning_rate")


class StepHook:
    """See loss, learning rate and gradients of every step of a compiled `fit`.

    The gradients are those handed to the optimizer: averaged over the batch, unscaled under
    mixed precision, before the optimizer clips them or adds weight decay.

    Args:
        model: A compiled model. A subclassed one may get its weights in its very first step.
        when_built: Called once the weights exist, before any of them is updated.
    """

    def __init__(self, model: keras.Model, when_built: Callable[[], None] = lambda: None):
        self._model = model
        optimizer = model.optimizer
        self._optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        self._when_built = when_built
        self._variables = None
        self._fresh = tf.Variable(False, trainable=False)
        self._scalars = tf.Variable([float("nan")] * len(SCALARS), trainable=False)
        self._last = {}
        self.sees_loss = False

    def attach(self) -> None:
        """Wrap the model and its optimizer; the next step is traced anew."""
        self._plain_apply = self._optimizer.apply
        self._plain_loss = self._model.compute_loss
        object.__setattr__(self._optimizer, "apply", self._apply)
        object.__setattr__(self._model, "compute_loss", self._compute_loss)
        self._model.make_train_function(force=True)
        if self._model.built:
            self._look_at_weights()

    def detach(self) -> None:
        """Leave model and optimizer as they were."""
        self._optimizer.__dict__.pop("apply", None)
        self._model.__dict__.pop("compute_loss", None)
        self._model.train_function = None

    def forget_gradients(self) -> None:
        """Forget those of the steps so far, so that a skipped update is not taken for the last."""
        self._fresh.assign(False)

    def scalars(self) -> dict[str, float]:
        """Return `loss`, `gradient_norm` and `learning_rate` of the last step, NaN if unseen."""
        return dict(zip(SCALARS, self._scalars.value().numpy().tolist(), strict=True))

    def gradients(self) -> dict:
        """Return the gradients of the last step by name, `None` if the update was skipped.

        Mixed precision skips an update whose gradients overflow. Weights that the loss does not
        depend on have no gradient and no entry.
        """
        if not self._fresh.numpy():
            return dict.fromkeys(self.gradient_names())
        return {self.names[i]: self._last[i].value().numpy() for i in sorted(self._last)}

    def gradient_names(self) -> list[str]:
        """Return the names of the weights that have a gradient; known after the first step."""
        return [self.names[i] for i in sorted(self._last)]

    def _look_at_weights(self):
        self._variables = list(self._model.trainable_variables)
        self.names = tensor_names([v.path for v in self._variables], self._model.name)
        self._when_built()

    def _apply(self, grads, trainable_variables=None):
        if self._variables is None:
            with tf.init_scope():
                self._look_at_weights()
        grads = list(grads)
        variables = self._variables if trainable_variables is None else list(trainable_variables)
        position = {id(v): i for i, v in enumerate(self._variables)}
        dense = {
            position[id(v)]: tf.cast(tf.convert_to_tensor(g), tf.float32)
            for v, g in zip(variables, grads, strict=True)
            if g is not None and id(v) in position
        }
        self._keep(dense)
        rate = tf.cast(tf.convert_to_tensor(self._optimizer.learning_rate), tf.float32)
        norm = tf.linalg.global_norm(list(dense.values()))
        self._scalars[1:].assign(tf.stack([norm, rate]))
        if trainable_variables is None:
            return self._plain_apply(grads)
        return self._plain_apply(grads, variables)

    def _keep(self, dense):
        """Assign the gradients of every step: that shares their memory and copies nothing."""
        with tf.init_scope():
            for i in dense.keys() - self._last.keys():
                shape = tuple(self._variables[i].shape)
                self._last[i] = tf.Variable(tf.zeros(shape), trainable=False)
        for i, gradient in dense.items():
            self._last[i].assign(gradient)
        self._fresh.assign(True)

    def _compute_loss(self, *args, **kwargs):
        loss = self._plain_loss(*args, **kwargs)
        if kwargs.get("training", True):
            self.sees_loss = True
            self._scalars[0].assign(tf.cast(tf.reduce_mean(loss), tf.float32))
        return loss


class ProbeHook:
    """Run fixed images through the model and see what chosen layers answer.

    Args:
        model: A built model.
        images: The images, as the network gets them. (images, ...)
        layers: The layers to watch.
    """

    def __init__(self, model: keras.Model, images, layers: list[keras.Layer]):
        self._model = model
        self._images = tf.constant(images)
        names = tensor_names([layer.name for layer in layers], model.name)
        self._layers = dict(zip(names, layers, strict=True))
        self._forward = tf.function(self._trace)

    def __call__(self):
        """Return outputs by layer, shares of positive outputs by layer, and the model's output."""
        outputs, active, final = self._forward()
        return (
            {name: value.numpy() for name, value in outputs.items()},
            {name: value.numpy() for name, value in active.items()},
            final.numpy(),
        )

    def _trace(self):
        seen = {}
        with _watched(self._layers, seen):
            final = self._model(self._images, training=False)
        # What a recurrent layer computes within its loop cannot be seen from outside.
        graph = tf.compat.v1.get_default_graph()
        outputs = {
            name: tf.cast(value, tf.float32)
            for name, value in seen.items()
            if tf.executing_eagerly() or value.graph is graph
        }
        active = {name: _share_positive(value) for name, value in outputs.items()}
        first = tf.nest.flatten(final)[0]
        return outputs, active, tf.cast(first, tf.float32)


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


def value_of(variable: keras.Variable) -> np.ndarray:
    """Copy the value of a weight or a metric; three times as fast as Keras' own `numpy()`."""
    return variable.value.value().numpy()


def answering_layers(model: keras.Model) -> list[keras.Layer]:
    """Choose the layers whose outputs are worth recording.

    These are the layers with an activation function, separate or built in, and the last one
    with weights of its own, which gives the logits.
    """
    leaves = [
        layer
        for layer in model._flatten_layers(include_self=False)
        if not list(layer._flatten_layers(include_self=False)) and not _is_input(layer)
    ]
    weighted = [layer for layer in leaves if hasattr(layer, "kernel")]
    chosen = [layer for layer in leaves if _activates(layer) or layer in weighted[-1:]]
    return chosen or weighted


def _is_input(layer):
    return isinstance(layer, keras.layers.InputLayer)


def _activates(layer):
    separate = ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU")
    if type(layer).__name__ in separate:
        return True
    activation = getattr(layer, "activation", None)
    return activation not in (None, keras.activations.linear) and hasattr(layer, "kernel")
