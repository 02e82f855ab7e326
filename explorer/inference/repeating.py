"""Doing the steps of a training again, from a checkpoint, as they were done. Loads TensorFlow."""

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from explorer import runs
from explorer.inference.losses import assign, vector_of
from explorer.inference.network import load_checkpoint
from explorer.inference.unseen import Own
from explorer.training.lengths import num_steps
from explorer.training.pipeline import make_optimizer, training_batches


@dataclass(frozen=True, eq=False)
class Taken:
    """A step as it was taken.

    Args:
        step: Weight updates done before it.
        before: All trainable weights. (weights,)
        after: The same after the update. (weights,)
        batch: The images and labels the update was made on.
        state: What else belongs to the network before the step: the statistics of normalisation
            and the state of dropout's generators.
    """

    step: int
    before: np.ndarray
    after: np.ndarray
    batch: tuple[tf.Tensor, tf.Tensor]
    state: list[np.ndarray]


class Repeated:
    """A training of the explorer that is done again.

    Args:
        own: The run, its images and their split.
        model: Its network, whose weights are changed.
    """

    def __init__(self, own: Own, model: keras.Model):
        self._own, self.model = own, model
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

        @tf.function(reduce_retracing=True, autograph=False)
        def slopes(images, labels):
            with tf.GradientTape() as tape:
                value = loss(labels, model(images, training=True))
            return value, tape.gradient(value, model.trainable_variables)

        @tf.function(reduce_retracing=True, autograph=False)
        def value(images, labels):
            return loss(labels, model(images, training=True))

        self._slopes, self._value = slopes, value

    def steps_from(self, checkpoint: int) -> Iterator[Taken]:
        """Do steps again from a checkpoint on, without end.

        The weights may be changed between two steps; they are put back before the next one.

        Raises:
            RunError: There is no such checkpoint, or it does not fit.
        """
        load_checkpoint(self.model, self._own.run, checkpoint)
        optimizer = self._optimizer(checkpoint)
        update = _updating(self._slopes, optimizer, self.model)
        for number, batch in enumerate(self._batches(checkpoint)):
            before, state = vector_of(self.model), self._state()
            update(*batch)
            after, then = vector_of(self.model), self._state()
            yield Taken(checkpoint + number, before, after, batch, state)
            assign(self.model, after)
            self._put_back(then)

    def loss_of_batch(self, taken: Taken, weights: np.ndarray) -> float:
        """Return the loss that the update lowers, on its own batch, at any weights."""
        self._place(taken, weights)
        return float(self._value(*taken.batch))

    def slope(self, taken: Taken, weights: np.ndarray) -> float:
        """Return the slope of that loss along the step, at any weights."""
        self._place(taken, weights)
        _, gradients = self._slopes(*taken.batch)
        flat = np.concatenate([np.asarray(one, np.float64).ravel() for one in gradients])
        return float(flat @ (taken.after.astype(np.float64) - taken.before))

    def _place(self, taken, weights):
        assign(self.model, weights)
        self._put_back(taken.state)

    def _batches(self, step):
        images, spec = self._own.images, self._own.spec
        return training_batches(
            images.images,
            images.labels,
            self._own.split.train,
            batch_size=spec.batch_size,
            seed=spec.seed,
            start_step=step,
            augment=spec.augment,
            augment_strength=spec.augment_strength,
        )

    def _optimizer(self, step):
        spec = self._own.spec
        planned = num_steps(len(self._own.split.train), spec.batch_size, spec.epochs)
        optimizer = make_optimizer(spec, planned)
        optimizer.build(self.model.trainable_variables)
        optimizer.iterations.assign(step)
        return optimizer

    def _state(self):
        return [np.array(one) for one in self.model.non_trainable_variables]

    def _put_back(self, state):
        for variable, value in zip(self.model.non_trainable_variables, state, strict=True):
            variable.assign(value)


def _updating(slopes, optimizer, model):
    """Compile one update."""

    @tf.function(reduce_retracing=True, autograph=False)
    def update(images, labels):
        _, gradients = slopes(images, labels)
        optimizer.apply(gradients, model.trainable_variables)

    return update


def deviation(run: runs.Run, taken: Taken, names: list[str], shapes: list[tuple]) -> float:
    """Say how far the repeated update is from the recorded one, as a share of its length.

    Of large tensors a part was recorded; that part is compared. Rounding alone gives 1e-6 or so;
    another processor or version may give more, and more with every step.

    Args:
        run: The run.
        taken: One of its steps, done again.
        names: Of the trainable weights.
        shapes: Their shapes.

    Returns:
        NaN where the step was not recorded, or its numbers are not finite.
    """
    if taken.step not in run.steps:
        return float("nan")
    infos, start, pairs = run.tensors("updates"), 0, []
    for name, shape in zip(names, shapes, strict=True):
        part = slice(start, start + int(np.prod(shape)))
        start = part.stop
        if name in infos:
            made = (taken.after[part] - taken.before[part]).reshape(shape)
            recorded = run.values("updates", name, [taken.step])[0]
            pairs.append((infos[name].take(made).ravel(), recorded.ravel()))
    if not pairs:
        return float("nan")
    made, recorded = (np.concatenate(part).astype(np.float64) for part in zip(*pairs, strict=True))
    length = np.linalg.norm(recorded)
    if not np.isfinite(length):
        return float("nan")
    away = np.linalg.norm(made - recorded)
    return 0.0 if away == 0 else float(away / length) if length else float("inf")
