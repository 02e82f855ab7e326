"""One training as calls of Keras' `fit`: begun, stopped, and gone on with at any step."""

import time
from contextlib import suppress

import keras
import numpy as np
import tensorflow as tf

from explorer import data, runs
from explorer.models.build import build
from explorer.runs import files
from explorer.runs.write import RunWriter
from explorer.training import environment, resume
from explorer.training.lengths import num_steps, steps_per_epoch
from explorer.training.networks import network_for
from explorer.training.normalisation import SettleNormalisation, settling_images
from explorer.training.pipeline import (
    VALIDATION_BATCH,
    make_optimizer,
    training_batches,
    validation_batches,
)
from explorer.training.recorder import Recorder
from explorer.training.spec import TrainingSpec

SAVE_SECONDS = 60
SAVE_SHARE = 0.02  # of the time, at most, goes into saving at the ends of epochs


def fit(run: runs.Run, spec: TrainingSpec, images: data.ImageSet, split: data.Split) -> None:
    """Train a run to its end, or until somebody asks it to stop.

    Args:
        run: The run; a state saved in its folder is gone on from.
        spec: What to train.
        images: The images.
        split: Which of them to train on.
    """
    keras.utils.set_random_seed(spec.seed)
    steps = steps_per_epoch(len(split.train), spec.batch_size)
    planned = num_steps(len(split.train), spec.batch_size, spec.epochs)
    network = network_for(
        spec,
        image_size=images.images.shape[1],
        channels=images.images.shape[3],
        num_classes=len(images.class_names),
    )
    model = build(network, seed=spec.seed)
    compile_model(model, spec, planned)
    writer = RunWriter(run.folder)
    first = _restore(run, model, writer)
    recorder = Recorder(
        run.folder,
        recording=spec.recording,
        probe=probe_images(images, split, spec),
        initial_step=first,
        planned_steps=planned,
    )
    whole, keeper = Whole(recorder), Keeper(recorder, writer, planned)
    validation = whole_validation(images, split)
    settling = settling_callbacks(model, images, split, spec)
    with suppress(Stopped):
        for begin, end in parts(first, planned, steps):
            model.fit(
                batches_from(begin, images, split, spec),
                validation_data=validation,
                initial_epoch=begin // steps,
                epochs=-(-end // steps),
                steps_per_epoch=min(end - begin, steps),
                shuffle=False,
                callbacks=[*settling, whole, keeper],
                verbose=0,
            )
    keeper.save()
    whole.finish()
    if recorder.step >= planned:
        resume.forget_state(run.folder)


class Stopped(Exception):
    """Somebody asked the training to stop; leaves `fit` without another step."""


def batches_from(begin: int, images: data.ImageSet, split: data.Split, spec: TrainingSpec):
    """Return the training batches from a step on."""
    return training_batches(
        images.images,
        images.labels,
        split.train,
        batch_size=spec.batch_size,
        seed=spec.seed,
        start_step=begin,
        augment=spec.augment,
        augment_strength=spec.augment_strength,
    )


def settling_callbacks(
    model: keras.Model, images: data.ImageSet, split: data.Split, spec: TrainingSpec
) -> list[SettleNormalisation]:
    """Return what a training on distorted images needs before each validation."""
    if not (spec.augment and spec.augment_strength):
        return []
    return [SettleNormalisation(model, settling_images(images.images, split.train))]


def whole_validation(images: data.ImageSet, split: data.Split):
    """Return the validation batches, with their number for Keras, which else warns at the end."""
    batches = validation_batches(images.images, images.labels, split.validation)
    count = steps_per_epoch(len(split.validation), VALIDATION_BATCH)
    return batches.apply(tf.data.experimental.assert_cardinality(count))


def parts(first: int, planned: int, steps: int) -> list[tuple[int, int]]:
    """Cut the steps still to do into the rest of an epoch begun, and the whole epochs.

    >>> parts(0, 30, 10), parts(13, 30, 10), parts(25, 30, 10)
    ([(0, 30)], [(13, 20), (20, 30)], [(25, 30)])
    """
    whole_epochs = -(-first // steps) * steps
    cuts = [(first, whole_epochs), (whole_epochs, planned)]
    return [(begin, end) for begin, end in cuts if begin < end]


def compile_model(model: keras.Model, spec: TrainingSpec, planned: int) -> None:
    """Give a model its optimiser, built, and its loss."""
    model.compile(
        optimizer=make_optimizer(spec, planned),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.optimizer.build(model.trainable_variables)


def probe_images(
    images: data.ImageSet, split: data.Split, spec: TrainingSpec
) -> tuple[np.ndarray, np.ndarray]:
    """Choose validation images for the activations, as many of every class as possible."""
    rng = np.random.default_rng(spec.seed)
    order = rng.permutation(split.validation)
    labels = images.labels[order]
    rank = np.array([np.count_nonzero(labels[:i] == label) for i, label in enumerate(labels)])
    chosen = np.sort(order[np.argsort(rank, kind="stable")][: spec.recording.probe_images])
    return np.asarray(images.images[chosen]), images.labels[chosen]


class Whole(keras.callbacks.Callback):
    """Let a recorder see several calls of `fit` as the one training they are.

    Args:
        recorder: The callback behind.
    """

    def __init__(self, recorder: Recorder):
        super().__init__()
        self._recorder = recorder
        self._begun = False

    def set_model(self, model):
        super().set_model(model)
        self._recorder.set_model(model)

    def set_params(self, params):
        super().set_params(params)
        self._recorder.set_params(params)

    def on_train_begin(self, logs=None):
        if not self._begun:
            self._recorder.on_train_begin(logs)
        self._begun = True

    def on_epoch_begin(self, epoch, logs=None):
        self._recorder.on_epoch_begin(epoch, logs)

    def on_train_batch_begin(self, batch, logs=None):
        self._recorder.on_train_batch_begin(batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        self._recorder.on_train_batch_end(batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        self._recorder.on_epoch_end(epoch, logs)

    def finish(self) -> None:
        """Tell the recorder that the training has ended."""
        if self._begun:
            self._recorder.on_train_end()


class Keeper(keras.callbacks.Callback):
    """Save the state now and then, and stop the training when asked to.

    Both wait until an epoch whose last step is done has been validated: who goes on from there
    begins the next epoch, and would never come back to it.

    Args:
        recorder: Knows the step; comes before this callback.
        writer: Writes the run folder.
        planned: Weight updates of the whole training.
    """

    def __init__(self, recorder: Recorder, writer: RunWriter, planned: int):
        super().__init__()
        self._recorder = recorder
        self._writer = writer
        self._planned = planned
        self._stop_file = writer.folder / files.STOP
        self._saved = time.monotonic()
        self._cost = 0.0

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 < self.params["steps"]:
            self._stop_if_asked()
            if time.monotonic() - self._saved > SAVE_SECONDS:
                self.save()

    def on_epoch_end(self, epoch, logs=None):
        self._stop_if_asked()
        if self._cost < SAVE_SHARE * (time.monotonic() - self._saved):
            self.save()

    def save(self) -> None:
        """Save the state after the present step; after the last one there is nothing to resume."""
        if self._recorder.step >= self._planned:
            return
        begun = time.monotonic()
        self._recorder.settle()  # a state must not be ahead of what is recorded
        resume.save_state(self._writer, self.model, self._recorder.step)
        self._saved = time.monotonic()
        self._cost = self._saved - begun

    def _stop_if_asked(self):
        if self._stop_file.exists():
            raise Stopped


def _restore(run, model, writer):
    """Go back to the saved state, or to the beginning, and return its step."""
    state = resume.read_state(run.folder)
    step = 0 if state is None else resume.restore_state(state, model)
    writer.drop_after(step)
    before = run.description.get("environment") if step else None
    changed = environment.differences(before, environment.describe_environment()) if before else []
    note = f"Resumed at step {step:,}."
    if changed:
        note += f" The result may differ in the last bits, {'; '.join(changed)}."
    if step:
        writer.describe(resumed=[*run.description.get("resumed", []), note], detail=note)
    return step
