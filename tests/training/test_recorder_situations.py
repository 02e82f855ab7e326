"""However Keras is told to train, what is recorded is what happened, or it is said."""

import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf

from explorer import Recorder, runs
from explorer.training.spec import Recording
from tests.training.rivals import Rivals
from tests.waiting import wait_until

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
BATCH, NUM_STEPS = 8, 6


@pytest.fixture
def images(rng):
    return rng.uniform(0, 1, (BATCH * NUM_STEPS, 4, 4, 1)).astype(np.float32)


@pytest.fixture
def labels(rng):
    return rng.integers(0, 3, BATCH * NUM_STEPS)


def small(**options):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Flatten(), keras.layers.Dense(3, name="logits")]
    model = keras.Sequential([keras.Input((4, 4, 1)), *layers])
    usual = {"optimizer": keras.optimizers.SGD(0.1), "loss": LOSS, "metrics": ["accuracy"]}
    model.compile(**usual | options)
    return model


def record(folder, model, *data, **options):
    usual = {"batch_size": BATCH, "shuffle": False, "verbose": 0}
    model.fit(*data, callbacks=[Recorder(folder)], **usual | options)
    return runs.open_run(folder)


def plain_losses(images, labels, **options):
    """Return the loss of each batch of a training that nobody records."""
    model = small(**options)
    return [
        model.train_on_batch(images[i : i + BATCH], labels[i : i + BATCH])[0]
        for i in range(0, len(images), BATCH)
    ]


@pytest.mark.parametrize("options", [{"jit_compile": True}, {"run_eagerly": True}])
def test_it_does_not_matter_how_a_step_is_compiled(tmp_path, images, labels, options):
    usual = record(tmp_path / "usual", small(), images, labels)
    run = record(tmp_path / "run", small(**options), images, labels)
    for kind in ("weights", "gradients", "updates"):
        found, expected = (one.values(kind, "logits/kernel") for one in (run, usual))
        assert np.allclose(found, expected, atol=1e-6, equal_nan=True)
    numbers = ["step", "loss", "accuracy", "gradient_norm", "learning_rate"]
    found, expected = (one.metrics().train[numbers] for one in (run, usual))
    assert np.allclose(found, expected, atol=1e-6)


def unknown_length(images, labels):
    def batches():
        for i in range(0, len(images), BATCH):
            yield images[i : i + BATCH], labels[i : i + BATCH]

    types = (tf.TensorSpec((None, 4, 4, 1), tf.float32), tf.TensorSpec((None,), tf.int64))
    return tf.data.Dataset.from_generator(batches, output_signature=types)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("jit_compile", [False, True])
def test_steps_run_together_are_counted_as_they_are_made(tmp_path, images, labels, jit_compile):
    model = small(steps_per_execution=4, jit_compile=jit_compile)
    data = unknown_length(images, labels)
    run = record(tmp_path / "run", model, data, batch_size=None, epochs=2)
    assert int(model.optimizer.iterations) == 2 * NUM_STEPS
    assert run.steps.tolist() == [0, 4, 6, 10, 12]
    lines = run.metrics().train
    assert lines["step"].tolist() == list(range(12))
    assert lines["loss"][:6].tolist() == pytest.approx(plain_losses(images, labels), rel=1e-4)
    assert run.description["steps_per_execution"] == 4


def test_an_epoch_may_take_more_steps_than_keras_was_asked_for(tmp_path, images, labels):
    data = tf.data.Dataset.from_tensor_slices((images, labels)).batch(BATCH).repeat()
    model = small(steps_per_execution=4)
    run = record(tmp_path / "run", model, data, batch_size=None, steps_per_epoch=6, shuffle=None)
    assert int(model.optimizer.iterations) == run.steps[-1] == run.planned_steps == 8
    assert run.status == "finished"


def test_accumulated_gradients_move_the_weights_at_every_so_many_steps(tmp_path, images, labels):
    optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=3)
    run = record(tmp_path / "run", small(optimizer=optimizer), images, labels)
    moved = np.abs(run.values("updates", "logits/kernel")[:-1]).max(axis=(1, 2)) > 0
    assert moved.tolist() == [False, False, True] * 2
    gradients = run.values("gradients", "logits/kernel")[:3]
    update = run.values("updates", "logits/kernel")[2]
    assert np.allclose(update, -0.1 * gradients.mean(axis=0), atol=1e-6)


def test_the_last_state_is_what_fit_leaves_also_where_weights_are_averaged(
    tmp_path, images, labels
):
    model = small(optimizer=keras.optimizers.SGD(0.1, use_ema=True))
    run = record(tmp_path / "run", model, images, labels)
    weights = run.values("weights", "logits/kernel")
    left = weights[-2] + run.values("updates", "logits/kernel")[-2]
    kernel = model.get_layer("logits").kernel.numpy()
    assert np.array_equal(weights[-1], kernel)
    assert not np.allclose(weights[-1], left, atol=1e-4)


def test_weights_of_images_count_as_keras_counts_them(tmp_path, images, labels):
    heavy = {"class_weight": {0: 0.0, 1: 1.0, 2: 5.0}, "shuffle": False, "verbose": 0}
    usual = {"loss": LOSS, "metrics": [], "weighted_metrics": ["accuracy"]}
    history = small(**usual).fit(images, labels, batch_size=len(images), **heavy).history
    run = record(
        tmp_path / "run", small(**usual), images, labels, **heavy | {"batch_size": len(images)}
    )
    line = run.metrics().train.iloc[0]
    assert line["accuracy"] == pytest.approx(history["accuracy"][0])
    assert line["loss"] == pytest.approx(history["loss"][0], rel=1e-5)
    assert line["loss"] != pytest.approx(plain_losses(images, labels)[0], rel=0.05)


def test_a_model_without_an_accuracy_has_none(tmp_path, images):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1, name="size")])
    model.compile("sgd", "mse", metrics=["mae"])
    run = record(tmp_path / "run", model, images, images.mean(axis=(1, 2, 3)))
    assert run.metrics().train["accuracy"].isna().all()
    assert not run.metrics().train["loss"].isna().any()
    assert (run.recording["accuracy"], run.network["loss"]) == (None, "mse")


def test_a_plain_accuracy_goes_before_that_of_the_best_few(tmp_path, images, labels):
    metrics = [keras.metrics.SparseTopKCategoricalAccuracy(3, name="top_3_accuracy"), "accuracy"]
    model = small(optimizer=keras.optimizers.SGD(0.0), metrics=metrics)
    run = record(tmp_path / "run", model, images, labels)
    right = model(images).numpy().argmax(axis=1) == labels
    expected = right.reshape(NUM_STEPS, BATCH).mean(axis=1)
    assert run.metrics().train["accuracy"].to_numpy() == pytest.approx(expected)
    assert run.recording["accuracy"] == "accuracy"


def test_a_training_that_begins_at_a_later_epoch_plans_what_is_left(tmp_path, images, labels):
    run = record(tmp_path / "run", small(), images, labels, epochs=5, initial_epoch=3)
    assert (run.planned_steps, run.status) == (2 * NUM_STEPS, "finished")
    assert run.metrics().train["epoch"].tolist() == [3] * NUM_STEPS + [4] * NUM_STEPS


def transfer(is_frozen=True):
    look = keras.layers.Dense(4, activation="relu", name="look")
    base = keras.Sequential([keras.Input((16,)), look], name="base")
    base.trainable = not is_frozen
    layers = [keras.layers.Flatten(), base, keras.layers.Dense(3, name="kind")]
    model = keras.Sequential([keras.Input((4, 4, 1)), *layers])
    model.compile(keras.optimizers.SGD(0.1), LOSS)
    return model, base


LOOK, KIND = ["base/look/bias", "base/look/kernel"], ["kind/bias", "kind/kernel"]


def test_layers_that_are_unfrozen_on_the_way_have_gradients_in_a_recording_of_their_own(
    tmp_path, images, labels
):
    model, base = transfer()
    first = record(tmp_path / "first", model, images, labels)
    base.trainable = True
    model.compile(keras.optimizers.SGD(0.1), LOSS)
    second = record(tmp_path / "second", model, images, labels)
    assert sorted(first.tensors("gradients")) == KIND
    assert sorted(second.tensors("gradients")) == LOOK + KIND
    for run in (first, second):
        assert sorted(run.tensors("weights")) == LOOK + KIND
    moved = [np.ptp(run.values("weights", LOOK[1]), axis=0).max() > 0 for run in (first, second)]
    assert moved == [False, True]


@pytest.mark.parametrize("is_frozen", [True, False])
def test_one_recorder_goes_on_when_other_layers_are_trained_and_says_what_it_lacks(
    tmp_path, images, labels, is_frozen
):
    model, base = transfer(is_frozen)
    recorder = Recorder(tmp_path / "run")
    for _ in range(2):
        model.fit(images, labels, batch_size=BATCH, verbose=0, callbacks=[recorder])
        base.trainable = is_frozen
        model.compile(keras.optimizers.SGD(0.1), LOSS)
    run = runs.open_run(tmp_path / "run")
    assert run.steps.tolist() == list(range(2 * NUM_STEPS + 1))
    assert run.recording["left_out"] == ({"gradients": LOOK, "updates": LOOK} if is_frozen else {})
    known = ~np.isnan(run.values("gradients", KIND[1])[:-1]).any(axis=(1, 2))
    assert known.all()
    if not is_frozen:  # the second half has weights of these, and nothing else
        sizes = run.moments("gradients", LOOK[1])["size"]
        assert (sizes > 0).tolist() == [True] * NUM_STEPS + [False] * (NUM_STEPS + 1)
        assert np.isnan(run.values("updates", LOOK[1], [NUM_STEPS])).all()


def test_a_network_that_is_all_frozen_is_recorded_from_its_first_step_on(tmp_path, images, labels):
    model, _ = transfer()
    model.trainable = False
    model.compile("sgd", LOSS)
    with pytest.warns(UserWarning, match="does not have any trainable weights"):
        run = record(tmp_path / "run", model, images, labels)
    assert run.steps.tolist() == list(range(NUM_STEPS + 1))
    assert not run.tensors("gradients")


@pytest.mark.filterwarnings("ignore:The model does not have any trainable weights")
def test_a_model_without_weights_has_metrics_alone(tmp_path, images, labels):
    model = keras.Sequential([keras.layers.Reshape((4, 4)), keras.layers.GlobalMaxPooling1D()])
    model.compile("sgd", LOSS)
    run = record(tmp_path / "run", model, images, labels)
    assert run.status == "finished"
    assert len(run.metrics().train) == NUM_STEPS
    assert not run.tensors("weights")


def test_what_other_optimizers_do_shows_in_the_weights_alone(tmp_path, images, labels):
    model = Rivals()
    model.compile(optimizer=None)
    run = record(tmp_path / "run", model, images, labels)
    assert run.status == "finished"
    assert not run.tensors("gradients")
    (kernel,) = (name for name in run.tensors("weights") if name.endswith("kernel"))
    assert np.ptp(run.values("weights", kernel), axis=0).max() > 0
    assert run.description["optimizer"] is None


class Fail(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        raise KeyError("boom")


def test_an_exception_leaves_the_model_clean_once_the_recorder_is_gone(tmp_path, images, labels):
    model = small()
    recorder = Recorder(tmp_path / "run")
    with pytest.raises(KeyError):
        model.fit(images, labels, verbose=0, callbacks=[recorder, Fail()])
    gone = weakref.ref(recorder)
    del recorder
    gc.collect()
    # The thread that writes beside the training may be the last that holds the recorder.
    wait_until(lambda: runs.open_run(tmp_path / "run").status == "stopped")
    assert gone() is None
    assert "compute_loss" not in vars(model)
    assert "apply" not in vars(model.optimizer)
    model.fit(images, labels, verbose=0)


def test_a_recorder_records_one_model(tmp_path, images, labels):
    recorder = Recorder(tmp_path / "run")
    small().fit(images, labels, verbose=0, callbacks=[recorder])
    with pytest.raises(ValueError, match="has recorded another model"):
        small().fit(images, labels, verbose=0, callbacks=[recorder])
    assert runs.open_run(tmp_path / "run").status == "finished"


def test_a_training_is_not_continued_with_another_network(tmp_path, images, labels):
    record(tmp_path / "run", small(), images, labels)
    model, _ = transfer()
    recorder = Recorder(tmp_path / "run", initial_step=3)
    with pytest.raises(ValueError, match="the recording of another network"):
        model.fit(images, labels, verbose=0, callbacks=[recorder])


def test_two_recorders_do_not_share_a_folder(tmp_path, images, labels):
    recorders = [Recorder(tmp_path / "run") for _ in range(3)]
    with pytest.raises(ValueError, match="holds a run already"):
        small().fit(images, labels, verbose=0, callbacks=recorders[:2])
    small().fit(images, labels, verbose=0, callbacks=recorders[:1])
    with pytest.raises(ValueError, match="holds a run already"):
        small().fit(images, labels, verbose=0, callbacks=recorders[2:])
    assert runs.open_run(tmp_path / "run").status == "finished"


@pytest.mark.parametrize("name", ["my run", "run.1", "größe", "r" * 65])
def test_a_folder_is_named_so_that_its_run_can_be_opened(tmp_path, name):
    with pytest.raises(ValueError, match="its name is the id of the run"):
        Recorder(tmp_path / name)


def test_the_folder_of_all_runs_is_no_place_for_one(tmp_path, images, labels):
    record(tmp_path / "runs" / "run", small(), images, labels)
    with pytest.raises(ValueError, match=r"holds runs. Record into a folder of its own"):
        Recorder(tmp_path / "runs")


def test_images_that_the_model_does_not_take_are_told_and_leave_the_folder_free(
    tmp_path, images, labels
):
    wrong = Recorder(tmp_path / "run", probe=(np.zeros((5, 3, 3, 1)), np.zeros(5, int)))
    model = small()
    with pytest.raises(ValueError, match=r"cannot be shown to the model.*\(5, 3, 3, 1\)"):
        model.fit(images, labels, verbose=0, callbacks=[wrong])
    right = Recorder(tmp_path / "run", probe=(images, labels))
    model.fit(images, labels, verbose=0, callbacks=[right])
    assert runs.open_run(tmp_path / "run").status == "finished"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"probe": (np.zeros((0, 4, 4, 1)), [])}, "probe is empty"),
        ({"probe": (np.array([None, 1]), [0, 1])}, "probe holds objects"),
        ({"about": {"name": "mine", "notes": {1, 2}}}, "set is not JSON serializable"),
    ],
)
def test_what_cannot_be_recorded_is_told_before_the_training(tmp_path, options, words):
    with pytest.raises(ValueError, match=words):
        Recorder(tmp_path / "run", **options)


def test_names_instead_of_classes_are_no_labels_to_show(tmp_path, images, labels):
    recorder = Recorder(tmp_path / "run", probe=(images[:2], np.array(["cat", "dog"])))
    small().fit(images, labels, verbose=0, callbacks=[recorder])
    run = runs.open_run(tmp_path / "run")
    assert run.probe() is None
    assert "logits" in run.tensors("activations")


def test_images_that_are_not_numbers_are_seen_in_what_they_do(tmp_path, images, labels):
    images[BATCH] = np.nan  # in the second batch
    recording = Recording(dense_steps=NUM_STEPS)
    recorder = Recorder(tmp_path / "run", recording=recording)
    model = small()
    model.fit(images, labels, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[recorder])
    run = runs.open_run(tmp_path / "run")
    moments = run.moments("weights", "logits/kernel")
    assert (moments["nan"] > 0).tolist() == [False, False] + [True] * 5
    assert run.metrics().train["loss"].isna().tolist() == [False] + [True] * 5


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_a_training_without_data_keeps_the_network_as_it_is(tmp_path, images, labels):
    run = record(tmp_path / "run", small(), images[:0], labels[:0])
    assert (run.steps.tolist(), run.checkpoints.tolist()) == ([0], [0])
