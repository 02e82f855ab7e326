from itertools import pairwise

import keras
import numpy as np
import pytest
import tensorflow as tf

from explorer import Recorder, runs
from explorer.models.architectures import Network
from explorer.models.build import build
from explorer.runs import files
from explorer.runs.sketch import share_below
from explorer.training import cost
from explorer.training.probe import ProbeHook, answering_layers
from explorer.training.schedule import checkpoint_steps, recorded_steps
from explorer.training.spec import Recording

BATCH = 8
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.fixture
def images(rng):
    return rng.uniform(0, 255, (48, 16, 16, 3)).astype(np.float32)


@pytest.fixture
def labels(rng):
    return rng.integers(0, 4, 48)


def network(name="article", **options):
    return Network(
        name, image_size=16, channels=3, num_classes=4, **{"filters": 4, "depth": 2} | options
    )


def compiled(name="article", optimizer=None, **options):
    model = build(network(name, **options), seed=0)
    model.compile(optimizer or keras.optimizers.SGD(0.1), LOSS, metrics=["accuracy"])
    return model


def train(model, images, labels, folder, epochs=2, **options):
    recorder = Recorder(folder, probe=(images[:10], labels[:10]), **options)
    model.fit(
        images, labels, batch_size=BATCH, epochs=epochs, shuffle=False, verbose=0,
        validation_data=(images[:8], labels[:8]), callbacks=[recorder],
    )  # fmt: skip
    return runs.open_run(folder)


def gradient_of(model, images, labels):
    with tf.GradientTape() as tape:
        loss = LOSS(labels, model(images, training=True))
    return float(loss), [g.numpy() for g in tape.gradient(loss, model.trainable_variables)]


def test_recorded_gradients_are_those_of_the_batch_at_the_recorded_weights(
    tmp_path, images, labels
):
    run = train(compiled(), images, labels, tmp_path / "run")
    model = compiled()
    for step in (0, 1, 7, 11):
        for variable in model.trainable_variables:
            kept = run.values("weights", variable.path, [step])
            variable.assign(kept.reshape(variable.shape))
        batch = slice(step % 6 * BATCH, step % 6 * BATCH + BATCH)
        loss, gradients = gradient_of(model, images[batch], labels[batch])
        line = run.metrics().train.set_index("step").loc[step]
        assert line["loss"] == pytest.approx(loss, rel=1e-4)
        norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients))
        assert line["gradient_norm"] == pytest.approx(norm, rel=1e-3)
        for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
            found = run.values("gradients", variable.path, [step]).reshape(gradient.shape)
            assert np.allclose(found, gradient, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_updates_lead_from_each_recorded_step_to_the_next(tmp_path, images, labels, optimizer):
    model = compiled(optimizer=keras.optimizers.get(optimizer))
    run = train(model, images, labels, tmp_path / "run")
    for name in run.tensors("gradients"):
        kept = run.tensors("updates")[name]
        weights = np.stack([kept.take(values) for values in run.values("weights", name)])
        assert np.array_equal(weights[1:] - weights[:-1], run.values("updates", name)[:-1])


def test_plain_descent_moves_against_the_gradient(tmp_path, images, labels):
    run = train(compiled(), images, labels, tmp_path / "run")
    gradients = run.values("gradients", "conv_1/kernel")[:-1]
    updates = run.values("updates", "conv_1/kernel")[:-1]
    assert np.abs(updates).max() > 0
    assert np.allclose(updates, -0.1 * gradients, atol=1e-6)


def test_recording_does_not_change_the_training(tmp_path, images, labels):
    watched, plain = compiled(), compiled()
    train(watched, images, labels, tmp_path / "run")
    plain.fit(images, labels, batch_size=BATCH, epochs=2, shuffle=False, verbose=0)
    for one, other in zip(watched.weights, plain.weights, strict=True):
        assert np.array_equal(one.numpy(), other.numpy())


def test_the_model_is_left_as_it_was(tmp_path, images, labels):
    model = compiled()
    train(model, images, labels, tmp_path / "run")
    assert "apply" not in vars(model.optimizer)
    assert "compute_loss" not in vars(model)
    assert all("call" not in vars(layer) for layer in model.layers)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert np.array_equal(again(images[:2]).numpy(), model(images[:2]).numpy())
    model.fit(images, labels, batch_size=BATCH, verbose=0)


def test_planned_steps_are_recorded_the_last_without_gradients(tmp_path, images, labels):
    recording = Recording(dense_steps=4, ratio=1.5, checkpoints=4)
    run = train(compiled(), images, labels, tmp_path / "run", epochs=6, recording=recording)
    assert run.steps.tolist() == recorded_steps(36, recording).tolist()
    assert run.status == "finished"
    assert not np.isnan(run.values("gradients", "conv_1/kernel")[:-1]).any()
    assert np.isnan(run.values("gradients", "conv_1/kernel")[-1]).all()
    assert not np.isnan(run.values("weights", "conv_1/kernel")[-1]).any()
    assert run.checkpoints[[0, -1]].tolist() == [0, 36]


def test_metrics_are_those_of_each_batch_alone(tmp_path, images, labels):
    model = compiled(optimizer=keras.optimizers.SGD(0.0))
    run = train(model, images, labels, tmp_path / "run")
    metrics = run.metrics()
    assert metrics.train["step"].tolist() == list(range(12))
    for i in range(6):
        batch = slice(i * BATCH, i * BATCH + BATCH)
        logits = model(images[batch]).numpy()
        assert metrics.train["accuracy"][i] == np.mean(logits.argmax(axis=1) == labels[batch])
        assert metrics.train["loss"][i] == pytest.approx(float(LOSS(labels[batch], logits)), 1e-4)
    assert metrics.validation["step"].tolist() == [6, 12]


def test_activations_are_those_of_the_probe_images(tmp_path, images, labels):
    run = train(compiled(), images, labels, tmp_path / "run", recording=Recording(checkpoints=12))
    model = compiled()
    layers = answering_layers(model)
    assert [layer.name for layer in layers] == list(run.tensors("activations"))
    parts = keras.Model(model.input, [layer.output for layer in layers])
    for step in (0, 3, 12):
        for variable, value in run.checkpoint(step).items():
            next(v for v in model.weights if v.path == variable).assign(value)
        for layer, output in zip(layers, parts(images[:10]), strict=True):
            output = output.numpy()
            axes = tuple(range(output.ndim - 1))
            active = run.active_share(layer.name, [step])[0]
            assert np.allclose(active, (output > 0).mean(axis=axes), atol=1e-3)
            edges = np.linspace(output.min(), output.max(), 33)
            share = share_below(run.knots("activations", layer.name, [step]), output.size, edges)
            true = (output.reshape(-1, 1) < edges).mean(axis=0)
            assert np.abs(share - true).max() <= 0.005 + 1 / output.size
        assert np.allclose(run.probe_logits([step])[0], model(images[:10]).numpy(), atol=1e-4)


def test_of_large_outputs_evenly_spaced_images_are_seen_and_active_shares_are_of_all(rng):
    model = build(network(filters=32), seed=0)
    images = rng.uniform(0, 255, (32, 16, 16, 3)).astype(np.float32)
    layers = answering_layers(model)
    outputs, active, final = ProbeHook(model, images, layers)()
    parts = keras.Model(model.input, [layer.output for layer in layers])(images)
    seen = {name: len(values) for name, values in outputs.items()}
    assert seen == {"conv_1": 16, "conv_2": 32, "dense_1": 32, "logits": 32}
    for layer, every, part in zip(layers, (2, 1, 1, 1), parts, strict=True):
        assert np.allclose(outputs[layer.name], part[::every], atol=1e-4)
        axes = tuple(range(part.ndim - 1))
        assert np.allclose(active[layer.name], (part.numpy() > 0).mean(axis=axes), atol=1e-3)
    assert len(final) == 32


@pytest.mark.parametrize(
    ("shape", "stride"),
    [((32, 32, 32, 4), 1), ((32, 32, 32, 16), 4), ((32, 64, 64, 64), 4), ((7, 512, 512, 8), 1)],
)
def test_eight_images_are_always_seen_or_all_there_are(shape, stride):
    assert cost.image_stride(shape) == stride


def test_numbers_that_are_none_are_counted_not_dropped(tmp_path, images, labels):
    model = compiled(optimizer=keras.optimizers.SGD(np.inf))  # and 0 times that is not a number
    run = train(model, images, labels, tmp_path / "run")
    assert run.status == "finished"
    assert np.isnan(run.metrics().train["loss"].to_numpy()[-1])
    moments = run.moments("weights", "dense_1/kernel").iloc[-1]
    assert moments["nan"] + moments["positive_infinity"] + moments["negative_infinity"] > 0


def test_batch_normalisation_and_unused_weights_are_handled(tmp_path, images, labels):
    run = train(compiled("compact"), images, labels, tmp_path / "run")
    assert "norm_1/moving_mean" in run.tensors("weights")
    assert "norm_1/moving_mean" not in run.tensors("gradients")
    assert "relu_1" in run.tensors("activations")


class OwnStep(keras.Model):
    """A subclassed model with a training step of its own that never asks for `compute_loss`."""

    def __init__(self):
        super().__init__()
        self.flatten = keras.layers.Flatten()
        self.hidden = keras.layers.Dense(6, activation="relu")
        self.unused = self.add_weight(shape=(3,), name="unused")
        self.logits = keras.layers.Dense(4)

    def call(self, images, training=False):
        return self.logits(self.hidden(self.flatten(images / 255)))

    def train_step(self, data):
        images, labels = data
        with tf.GradientTape() as tape:
            loss = LOSS(labels, self(images, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


@pytest.mark.filterwarnings("ignore:.*Gradients do not exist")
def test_any_model_with_any_training_step_can_be_recorded(tmp_path, images, labels):
    model = OwnStep()
    model.compile(keras.optimizers.SGD(0.1), LOSS)
    run = train(model, images, labels, tmp_path / "run", epochs=1)
    assert set(run.tensors("gradients")) < set(run.tensors("weights"))
    assert not any("unused" in name for name in run.tensors("gradients"))
    assert not run.metrics().train["loss"].isna().any()
    assert run.status == "finished"


class OwnOptimizer(OwnStep):
    """A model that updates its weights without the optimizer that Keras knows of."""

    def train_step(self, data):
        images, labels = data
        loss = LOSS(labels, self(images, training=True))
        for variable in self.trainable_variables:
            variable.assign_sub(0.0 * variable)
        return {"loss": loss}


def test_a_model_whose_updates_nobody_sees_is_recorded_from_its_second_step_on(
    tmp_path, images, labels
):
    model = OwnOptimizer()
    model.compile(keras.optimizers.SGD(0.1), LOSS)
    run = train(model, images, labels, tmp_path / "run", epochs=1)
    assert run.steps.tolist() == [1, 2, 3, 4, 5, 6]
    assert run.metrics().train["step"].tolist() == [0, 1, 2, 3, 4, 5]
    assert run.tensors("weights")
    assert not run.tensors("gradients")
    assert run.status == "finished"


class OwnParts(keras.Model):
    """A model that trains its only part by itself and is never called as a whole."""

    def __init__(self):
        super().__init__()
        self.part = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(4)])

    def train_step(self, data):
        images, labels = data
        with tf.GradientTape() as tape:
            loss = LOSS(labels, self.part(images))
        variables = self.part.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return {"loss": loss}


@pytest.mark.parametrize("is_built", [False, True])
def test_a_model_that_is_never_called_as_a_whole_is_recorded(tmp_path, images, labels, is_built):
    model = OwnParts()
    model.built = is_built  # as `build` leaves it, though the part has no weights yet
    model.compile(keras.optimizers.SGD(0.1))
    recorder = Recorder(tmp_path / "run")
    model.fit(images, labels, batch_size=BATCH, verbose=0, callbacks=[recorder])
    run = runs.open_run(tmp_path / "run")
    assert run.steps.tolist() == [0, 1, 2, 3, 4, 5, 6]
    (kernel,) = (name for name in run.tensors("gradients") if name.endswith("kernel"))
    assert not np.isnan(run.values("gradients", kernel)[:-1]).any()


class OwnValidation(OwnStep):
    def test_step(self, data):
        images, labels = data
        hits = tf.cast(tf.argmax(self(images), axis=1) == labels, tf.float32)
        return {"accuracy": tf.reduce_mean(hits)}


@pytest.mark.filterwarnings("ignore:.*Gradients do not exist")
def test_a_validation_without_a_loss_still_tells_its_accuracy(tmp_path, images, labels):
    model = OwnValidation()
    model.compile(keras.optimizers.SGD(0.1), LOSS)
    validation = train(model, images, labels, tmp_path / "run").metrics().validation
    assert validation["step"].tolist() == [6, 12]
    assert validation["loss"].isna().all()
    hits = model(images[:8]).numpy().argmax(axis=1) == labels[:8]
    assert validation["accuracy"].iloc[-1] == pytest.approx(hits.mean())


def test_a_training_of_no_step_ends_without_weights(tmp_path, images, labels):
    model = OwnStep()
    model.compile(keras.optimizers.SGD(0.1), LOSS)
    run = train(model, images, labels, tmp_path / "run", epochs=0)
    assert (run.status, run.steps.tolist()) == ("finished", [])


@pytest.mark.parametrize("together", [2, 4])
def test_of_steps_run_together_the_first_is_recorded_with_the_change_of_all(
    tmp_path, images, labels, together
):
    every, sparse = Recording(dense_steps=100), Recording(dense_steps=2, ratio=3.5)
    alone = train(compiled(), images, labels, tmp_path / "alone", epochs=4, recording=every)
    model = compiled()
    model.steps_per_execution = together
    run = train(model, images, labels, tmp_path / "run", epochs=4, recording=sparse)
    cuts = [6 * epoch + step for epoch in range(4) for step in range(0, 6, together)] + [24]
    planned = recorded_steps(24, sparse)
    parts = [(a, b) for a, b in pairwise(cuts) if any(a <= step < b for step in planned)]
    first, after = np.array(parts).T
    assert run.steps.tolist() == [*first, 24]
    kept = checkpoint_steps(24, sparse)
    with_all = [a for a, b in parts if any(a <= step < b for step in kept)]
    assert run.checkpoints.tolist() == [*with_all, 24]
    for kind in ("weights", "gradients"):
        expected = alone.values(kind, "conv_1/kernel", first)
        assert np.allclose(run.values(kind, "conv_1/kernel", first), expected, atol=1e-5)
    before, then = (alone.values("weights", "conv_1/bias", steps) for steps in (first, after))
    assert np.allclose(run.values("updates", "conv_1/bias", first), then - before, atol=1e-5)


def test_mixed_precision_records_unscaled_gradients(tmp_path, images, labels):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        run = train(compiled(), images, labels, tmp_path / "run")
    finally:
        keras.config.set_dtype_policy("float32")
    finite = np.isfinite(run.values("gradients", "logits/kernel")).all(axis=(1, 2))
    step = int(run.steps[finite][0])  # before it, gradients overflow and updates are skipped
    batch = slice(step % 6 * BATCH, step % 6 * BATCH + BATCH)
    _, gradients = gradient_of(compiled(), images[batch], labels[batch])
    found = run.values("gradients", "logits/kernel", [step])[0]
    assert np.allclose(found, gradients[-2], rtol=0.1, atol=0.05 * np.abs(gradients[-2]).max())


def test_a_skipped_update_has_no_gradient_norm(tmp_path, images, labels):
    images[3 * BATCH :: BATCH] = np.inf  # in the batches of the steps from 3 on
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = compiled(optimizer=keras.optimizers.SGD(1e-6))
        model.compile(
            keras.optimizers.LossScaleOptimizer(model.optimizer.inner_optimizer, initial_scale=1.0),
            LOSS,
        )
        run = train(model, images, labels, tmp_path / "run", epochs=1)
    finally:
        keras.config.set_dtype_policy("float32")
    assert run.metrics().train["gradient_norm"].isna().tolist() == [False] * 3 + [True] * 3
    assert "apply" not in vars(model.optimizer)


def test_what_happens_within_a_loop_is_left_and_equal_names_are_numbered(tmp_path, labels):
    words = keras.layers.Embedding(10, 4)
    inner = keras.Sequential([keras.layers.Dense(4, activation="relu", name="same")])
    last = keras.layers.Dense(4, name="same")
    model = keras.Sequential([keras.Input((5,)), words, keras.layers.LSTM(4), inner, last])
    model.compile(keras.optimizers.SGD(0.1), LOSS)
    texts = np.arange(48 * 5).reshape(48, 5) % 10
    recorder = Recorder(tmp_path / "run", probe=(texts[:4], labels[:4]))
    model.fit(texts, labels, batch_size=24, verbose=0, callbacks=[recorder])
    run = runs.open_run(tmp_path / "run")
    assert list(run.tensors("activations")) == ["same", "same_2"]
    assert run.values("activations", "same_2").shape[0] == len(run.steps) == 3


def test_a_second_fit_with_the_same_recorder_is_recorded_like_the_first(tmp_path, images, labels):
    model, recorder = compiled(), Recorder(tmp_path / "run")
    for _ in range(2):
        model.fit(images, labels, batch_size=BATCH, verbose=0, callbacks=[recorder])
    run = runs.open_run(tmp_path / "run")
    assert run.steps.tolist() == list(range(13))
    assert (run.status, run.planned_steps) == ("finished", 12)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"about": {"data": "cats"}}, "data is 'cats'. It must be an object"),
        ({"probe": ({"a": [1, 2]}, [0])}, "It must hold as many labels as images"),
        ({"probe": np.zeros((2, 8, 8, 1))}, "probe is a ndarray. It must be two things"),
    ],
)
def test_what_cannot_be_recorded_is_refused_before_the_training(tmp_path, options, words):
    with pytest.raises(ValueError, match=words):
        Recorder(tmp_path / "run", **options)


def test_a_folder_that_holds_a_run_is_not_written_over(tmp_path, images, labels):
    train(compiled(), images, labels, tmp_path / "run", epochs=1)
    with pytest.raises(ValueError, match="holds a run already"):
        Recorder(tmp_path / "run")


def test_a_training_that_is_stopped_early_keeps_its_last_state(tmp_path, images, labels):
    class StopAt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 3

    model = compiled()
    recorder = Recorder(tmp_path / "run")
    model.fit(images, labels, batch_size=BATCH, epochs=3, verbose=0, callbacks=[recorder, StopAt()])
    run = runs.open_run(tmp_path / "run")
    assert run.status == "stopped"
    assert run.steps.tolist() == [0, 1, 2, 3, 4]
    assert run.checkpoints[-1] == 4
    bias = model.get_layer("logits").bias.numpy()
    assert np.array_equal(run.checkpoint(4)["logits/bias"], bias)


def test_what_was_recorded_stays_readable_while_the_training_goes_on(tmp_path, images, labels):
    sparse, seen = Recording(dense_steps=2, ratio=10), []
    before = train(compiled(), images, labels, tmp_path / "run", epochs=1, recording=sparse)

    class Look(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(runs.open_run(before.folder))

    model = compiled()
    recorder = Recorder(before.folder, recording=sparse, initial_step=7, planned_steps=100)
    model.fit(images, labels, batch_size=BATCH, verbose=0, callbacks=[recorder, Look()])
    for run in (seen[0], runs.open_run(before.folder)):
        assert run.recording["tensors"]["gradients"] == before.recording["tensors"]["gradients"]
        assert not np.isnan(run.values("gradients", "conv_1/kernel", [2])).any()
        assert run.recording["seconds"] >= before.recording["seconds"]
        assert run.recording["bytes"] >= before.recording["bytes"]


def test_a_training_that_goes_on_from_a_step_forgets_what_was_recorded_after_it(
    tmp_path, images, labels
):
    before = train(compiled(), images, labels, tmp_path / "run", epochs=1)
    kept = before.values("weights", "conv_1/kernel", [0, 1, 2])
    recorder = Recorder(before.folder, initial_step=3, planned_steps=100)
    compiled().fit(images[:16], labels[:16], batch_size=BATCH, verbose=0, callbacks=[recorder])
    run = runs.open_run(before.folder)
    assert run.steps.tolist() == [0, 1, 2, 3, 4, 5]
    assert run.checkpoints[-1] == 5
    assert run.metrics().train["step"].tolist() == [0, 1, 2, 3, 4]
    assert np.array_equal(run.values("weights", "conv_1/kernel", [0, 1, 2]), kept)


@pytest.mark.parametrize("name", ["article", "compact", "dense"])
def test_the_cost_told_before_is_the_cost_written_down_after(tmp_path, images, labels, name):
    recording = Recording(values_per_tensor=500, checkpoints=5, probe_images=10)
    run = train(compiled(name), images, labels, tmp_path / "run", recording=recording)
    told = cost.estimate(network(name), recording, 12)
    written = sum(
        path.stat().st_size
        for part in (files.STEPS, files.WEIGHTS)
        for path in (run.folder / part).iterdir()
    )
    assert run.recording["bytes"] == written
    assert told.num_bytes == pytest.approx(written, rel=0.15)
    assert told.num_steps == len(run.steps)
    assert told.num_checkpoints == len(run.checkpoints)
    assert run.recording["seconds"] > 0
