"""What Keras can train is recorded: several inputs, frozen layers, labels of any form."""

import keras
import numpy as np
import pytest

from explorer import Recorder, runs
from explorer.training.probe_data import images_and_classes

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.fixture
def inputs(rng):
    return {
        "left": rng.uniform(0, 1, (24, 8, 8, 1)).astype(np.float32),
        "right": rng.uniform(0, 1, (24, 4)).astype(np.float32),
    }


@pytest.fixture
def outputs(rng):
    return {"kind": rng.integers(0, 3, 24), "size": rng.uniform(0, 1, (24, 1))}


def two_eyed():
    left, right = keras.Input((8, 8, 1), name="left"), keras.Input((4,), name="right")
    seen = keras.layers.Conv2D(4, 3, activation="relu", name="look")(left)
    together = keras.layers.concatenate([keras.layers.Flatten()(seen), right])
    kind = keras.layers.Dense(3, name="kind")(together)
    size = keras.layers.Dense(1, name="size")(together)
    model = keras.Model({"left": left, "right": right}, {"kind": kind, "size": size})
    model.compile(
        keras.optimizers.SGD(0.1), {"kind": LOSS, "size": "mse"}, metrics={"kind": ["accuracy"]}
    )
    return model


def test_several_inputs_and_outputs_are_recorded(tmp_path, inputs, outputs):
    model = two_eyed()
    before = model.predict(inputs, verbose=0)
    recorder = Recorder(tmp_path / "run", probe=(inputs, outputs))
    history = model.fit(
        inputs, outputs, batch_size=24, epochs=3, verbose=0,
        validation_data=(inputs, outputs), callbacks=[recorder],
    ).history  # fmt: skip
    run = runs.open_run(tmp_path / "run")
    assert run.steps.tolist() == [0, 1, 2, 3]
    assert np.allclose(run.metrics().train["loss"], history["loss"], rtol=1e-4)
    assert np.allclose(run.metrics().train["accuracy"], history["kind_accuracy"])
    assert np.allclose(run.metrics().validation["accuracy"], history["val_kind_accuracy"])
    assert set(run.tensors("gradients")) == set(run.tensors("weights"))
    assert set(run.tensors("activations")) == {"look", "size", "kind"}
    assert run.recording["accuracy"] == "kind_accuracy"
    assert run.network["loss"] == {"kind": "SparseCategoricalCrossentropy", "size": "mse"}
    assert np.allclose(run.probe_logits([0])[0], before["kind"], atol=1e-5)
    assert run.probe() is None


def test_frozen_layers_have_weights_and_no_gradients(tmp_path, inputs, outputs):
    look = keras.layers.Conv2D(4, 3, name="look")
    base = keras.Sequential([keras.Input((8, 8, 1)), look], name="base")
    base.trainable = False
    model = keras.Sequential([base, keras.layers.Flatten(), keras.layers.Dense(3, name="kind")])
    model.compile(keras.optimizers.SGD(0.1), LOSS)
    kept = look.kernel.numpy()
    model.fit(inputs["left"], outputs["kind"], verbose=0, callbacks=[Recorder(tmp_path / "run")])
    run = runs.open_run(tmp_path / "run")
    frozen = {"base/look/kernel", "base/look/bias"}
    assert set(run.tensors("weights")) == {*frozen, "kind/kernel", "kind/bias"}
    assert set(run.tensors("gradients")) == {"kind/kernel", "kind/bias"}
    assert np.array_equal(run.values("weights", "base/look/kernel")[-1].ravel(), kept.ravel())


@pytest.mark.parametrize("form", ["numbers", "column", "one-hot", "floats", "list"])
def test_labels_of_any_form_name_the_class_of_each_image(tmp_path, inputs, form):
    classes = np.arange(24) % 3
    forms = {
        "numbers": classes,
        "column": classes[:, None],
        "one-hot": np.eye(3)[classes],
        "floats": classes.astype(np.float32),
        "list": classes.tolist(),
    }
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3)])
    model.compile("sgd", LOSS)
    recorder = Recorder(tmp_path / "run", probe=(inputs["left"], forms[form]))
    model.fit(inputs["left"], classes, verbose=0, callbacks=[recorder])
    images, labels = runs.open_run(tmp_path / "run").probe()
    assert np.array_equal(images, inputs["left"])
    assert np.array_equal(labels, classes)


@pytest.mark.parametrize(
    ("shape", "labels"),
    [
        ((6, 4), np.arange(6)),
        ((6, 8, 8, 1), np.linspace(0, 1, 6)),
        ((6, 8, 8, 1), np.full((6, 3), 1 / 3)),
        ((6, 8, 8, 1), np.ones((6, 2, 2), int)),
    ],
)
def test_what_is_no_image_with_a_class_is_not_taken_for_one(shape, labels):
    assert images_and_classes(np.zeros(shape), labels) is None
