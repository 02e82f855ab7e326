"""Seeing inside a compiled training step: its loss, its gradients.

Keras' callbacks are called between compiled steps and see neither. Instead of a training loop
of our own, three methods of the user's own model and optimizer are wrapped while they are being
traced: `optimizer.apply` (which gets the gradients), `model.compute_loss` and
`model.compute_metrics`; and `model.train_step`, to count steps that are executed together.
Nothing is registered or subclassed: a hooked model saves and loads as the plain model it is.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from explorer.training.describe import first_accuracy
from explorer.training.names import tensor_names
from explorer.training.step_scalars import SCALARS, StepScalars

WRAPPED = ("compute_loss", "compute_metrics", "train_step")


class StepHook:
    """See loss, learning rate and gradients of every step of a compiled `fit`.

    The gradients are those handed to the optimizer: averaged over the batch, unscaled under
    mixed precision, before the optimizer clips them or adds weight decay. Under a strategy that
    spreads each batch over several devices, they are added up over these, as Keras does itself.

    Args:
        model: A compiled model. A subclassed one may get its weights in its very first step.
        when_built: Called once the weights exist, before any of them is updated.
    """

    def __init__(self, model: keras.Model, when_built: Callable[[], None] = lambda: None):
        self._model = model
        optimizer = model.optimizer
        self._optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        self._scaling = None if self._optimizer is optimizer else optimizer
        self._when_built = when_built
        self._variables, self._is_built = None, False
        self._fresh = tf.Variable(False, trainable=False)
        self._together = model.steps_per_execution
        self._scalars = StepScalars(self._together)
        self._last = {}
        self.sees_loss = False

    def attach(self) -> None:
        """Wrap the model and its optimizer; the next step is traced anew."""
        self._plain_loss = self._model.compute_loss
        self._plain_metrics = self._model.compute_metrics
        self._plain_step = self._model.train_step
        if self._optimizer is not None:
            self._plain_apply = self._optimizer.apply
            object.__setattr__(self._optimizer, "apply", self._apply)
        if self._scaling is not None:
            self._plain_scaling = self._scaling.apply
            object.__setattr__(self._scaling, "apply", self._apply_unless_skipped)
        object.__setattr__(self._model, "compute_loss", self._compute_loss)
        object.__setattr__(self._model, "compute_metrics", self._compute_metrics)
        if self._together > 1:
            object.__setattr__(self._model, "train_step", self._train_step)
        self._model.make_train_function(force=True)
        if self._model.built and self._model.weights:
            self.look_at_weights()

    def detach(self) -> None:
        """Leave model and optimizer as they were; the next `fit` traces its step anew."""
        self.unwrap()
        self._model.train_function = None

    def unwrap(self) -> None:
        """Take what was wrapped away, unless another recorder has wrapped it since.

        A step that is traced already stays as it is: it may be about to be called.
        """
        if getattr(self._model.__dict__.get("compute_loss"), "__self__", None) is not self:
            return
        for optimizer in filter(None, (self._optimizer, self._scaling)):
            optimizer.__dict__.pop("apply", None)
        for name in WRAPPED:
            self._model.__dict__.pop(name, None)

    def look_at_weights(self) -> None:
        """Take note of the weights there are, and tell once they have values.

        Weights that are made while a step is traced get theirs afterwards; then TensorFlow traces
        the step again before it runs.
        """
        self._variables = list(self._model.trainable_variables)
        self.names = tensor_names([v.path for v in self._variables], self._model.name)
        if all(variable.value.is_initialized() for variable in self._variables):
            self._is_built = True
            self._when_built()

    def forget_gradients(self) -> None:
        """Forget those of the steps so far, so that a skipped update is not taken for the last."""
        self._fresh.assign(False)

    def scalars(self) -> np.ndarray:
        """Return `SCALARS` of the steps just executed and `TOTALS` of their epoch so far.

        One row a step that was really made, NaN where nobody saw a number. (steps, 5)
        """
        return self._scalars.read()

    def gradients(self) -> dict:
        """Return the gradients of the last step by name, `None` if the update was skipped.

        Of steps that are executed together they are those of the first since `forget_gradients`.

        Mixed precision skips an update whose gradients overflow. Weights that the loss does not
        depend on have no gradient and no entry.
        """
        if not self._fresh.numpy():
            return dict.fromkeys(self.gradient_names())
        return {self.names[i]: self._last[i].value().numpy() for i in sorted(self._last)}

    def gradient_names(self) -> list[str]:
        """Return the names of the weights that have a gradient; known after the first step."""
        return [self.names[i] for i in sorted(self._last)]

    def _apply(self, grads, trainable_variables=None):
        if not self._is_built:
            with tf.init_scope():
                self.look_at_weights()
        grads = list(grads)
        variables = self._variables if trainable_variables is None else list(trainable_variables)
        position = {id(v): i for i, v in enumerate(self._variables)}
        dense = {
            position[id(v)]: tf.cast(tf.convert_to_tensor(g), tf.float32)
            for v, g in zip(variables, grads, strict=True)
            if g is not None and id(v) in position
        }
        dense = _over_replicas(dense)
        self._keep(dense)
        rate = tf.cast(tf.convert_to_tensor(self._optimizer.learning_rate), tf.float32)
        norm = tf.linalg.global_norm(list(dense.values()))
        self._scalars.put(1, norm, rate)
        if trainable_variables is None:
            return self._plain_apply(grads)
        return self._plain_apply(grads, variables)

    def _apply_unless_skipped(self, *args, **kwargs):
        """Scale gradients back; if they overflow, nothing is applied and no norm is seen."""
        self._scalars.put(1, tf.constant(float("nan")))
        return self._plain_scaling(*args, **kwargs)

    def _keep(self, dense):
        """Assign the gradients of every step: that shares their memory and copies nothing."""
        with tf.init_scope():
            for i in dense.keys() - self._last.keys():
                shape = tuple(self._variables[i].shape)
                self._last[i] = tf.Variable(tf.zeros(shape), trainable=False)

        def assign():
            for i, gradient in dense.items():
                self._last[i].assign(gradient)
            return True

        if self._together > 1:
            tf.cond(self._fresh, lambda: True, assign)
        else:
            assign()
        self._fresh.assign(True)

    def _compute_loss(self, *args, **kwargs):
        loss = self._plain_loss(*args, **kwargs)
        if kwargs.get("training", True):
            self.sees_loss = True
            mean = tf.cast(tf.reduce_mean(loss), tf.float32)
            self._scalars.put(0, _over_replicas(mean))
        return loss

    def _compute_metrics(self, *args, **kwargs):
        values = self._plain_metrics(*args, **kwargs)
        metric = accuracy_metric(self._model)
        if metric is not None:
            totals = tf.cast(tf.stack([metric.total.value, metric.count.value]), tf.float32)
            self._scalars.put(len(SCALARS), *tf.unstack(_over_replicas(totals)))
        return values

    def _train_step(self, data):
        values = self._plain_step(data)
        self._scalars.end_step()
        return values


def _over_replicas(values):
    """Add up over the devices that share a batch; Keras has divided losses by their number."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return values
    return context.all_reduce(tf.distribute.ReduceOp.SUM, values)


def accuracy_metric(model: keras.Model) -> keras.metrics.Mean | None:
    """Return the metric of a model that `first_accuracy` chooses, `None` when there is none."""
    parts = [
        part
        for metric in model.metrics
        for part in getattr(metric, "metrics", None) or [metric]
        if isinstance(part, keras.metrics.Mean)
    ]
    chosen = first_accuracy(part.name for part in parts)
    return next((part for part in parts if part.name == chosen), None)


def value_of(variable: keras.Variable) -> np.ndarray:
    """Copy the value of a weight or a metric; three times as fast as Keras' own `numpy()`."""
    return variable.value.value().numpy()
