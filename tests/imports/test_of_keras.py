"""What Keras itself leaves of a training, its log and its checkpoints, as runs."""

import json
import shutil
import zipfile

import keras
import numpy as np
import pytest

from explorer import runs
from explorer.analysis.verdict import judge
from explorer.imports.bringing import bring_in
from explorer.imports.checkpoint_files import signature
from explorer.inference.network import open_network, probabilities
from explorer.runs.source import lacking_words
from explorer.training.networks import can_be_opened

EPOCHS, UPDATES = 3, 4
SIZE = 8


def network(units=5):
    inputs = keras.Input((SIZE, SIZE, 1))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(4, 3, activation="relu", name="conv_1")(x)
    x = keras.layers.BatchNormalization(name="norm_1")(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(units, activation="relu", name="hidden")(x)
    outputs = keras.layers.Dense(3, activation="softmax", name="answer")(x)
    return keras.Model(inputs, outputs)


class Seen(keras.callbacks.Callback):
    """Keeps the weights after every epoch."""

    def __init__(self):
        super().__init__()
        self.weights = []

    def on_epoch_end(self, epoch, logs=None):
        self.weights.append({one.path: np.array(one) for one in self.model.weights})


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Train once, with Keras' own callbacks."""
    folder = tmp_path_factory.mktemp("training")
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(0)
    images, labels = rng.uniform(0, 255, (32, SIZE, SIZE, 1)), rng.integers(0, 3, 32)
    model, seen = network(), Seen()
    model.compile(
        keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    save = keras.callbacks.ModelCheckpoint
    history = model.fit(
        images,
        labels,
        batch_size=8,
        epochs=EPOCHS,
        validation_data=(images, labels),
        verbose=0,
        callbacks=[
            seen,
            keras.callbacks.TensorBoard(str(folder / "log"), histogram_freq=1, update_freq=1),
            save(str(folder / "saved" / "epoch-{epoch:02d}-{val_loss:.2f}.keras")),
            save(str(folder / "weights" / "ckpt-{epoch:05d}.weights.h5"), save_weights_only=True),
        ],
    )
    network(units=6).save(folder / "other.keras")
    (folder / "network.json").write_text(model.to_json())
    last = probabilities(np.log(np.asarray(model(images, training=False)) + 1e-9))
    return folder, history.history, seen.weights, (images.astype(np.float32), last)


@pytest.fixture(scope="module")
def saved(trained, tmp_path_factory):
    """Import the checkpoints, with damaged and foreign ones among them."""
    folder = trained[0]
    mixed = tmp_path_factory.mktemp("mixed") / "saved"
    shutil.copytree(folder / "saved", mixed)
    shutil.copy(folder / "other.keras", mixed / "epoch-07-0.50.keras")
    (mixed / "epoch-08-0.50.keras").write_bytes(b"PK\x03\x04 cut short")
    _write_hostile(folder / "other.keras", mixed / "epoch-09-0.50.keras")
    (mixed / "best.keras").write_bytes(b"")
    return bring_in(mixed, "Saved", root=tmp_path_factory.mktemp("runs"), steps_per_epoch=UPDATES)


def _write_hostile(good, path):
    """Give a network whose layer would run a program."""
    with zipfile.ZipFile(good) as given, zipfile.ZipFile(path, "w") as made:
        for name in given.namelist():
            content = given.read(name)
            if name == "config.json":
                content = content.replace(b'"Flatten"', b'"Lambda"')
            made.writestr(name, content)


def named(weights):
    """Return the last two parts of Keras' paths."""
    return {"/".join(path.split("/")[-2:]): values for path, values in weights.items()}


def test_a_log_of_keras_tells_the_training_at_its_updates(trained, tmp_path):
    folder, history, weights, _ = trained
    run = bring_in(folder / "log", "Log", root=tmp_path)
    metrics, ends = run.metrics(), [UPDATES * (epoch + 1) for epoch in range(EPOCHS)]
    assert run.steps.tolist() == metrics.validation["step"].tolist() == ends
    assert metrics.validation["loss"].tolist() == pytest.approx(history["val_loss"])
    assert metrics.train["step"].tolist() == list(range(EPOCHS * UPDATES))
    at_ends = metrics.train.set_index("step")["loss"][[end - 1 for end in ends]]
    assert at_ends.tolist() == pytest.approx(history["loss"])
    for epoch, one in enumerate(weights):
        for name, values in named(one).items():
            moments = run.moments("weights", name).iloc[epoch]
            assert moments["size"] == values.size
            assert moments["minimum"] == pytest.approx(values.min())
            assert moments["maximum"] == pytest.approx(values.max())


def test_checkpoints_become_weights_over_steps(saved, trained):
    steps = [UPDATES * (epoch + 1) for epoch in range(EPOCHS)]
    assert saved.checkpoints.tolist() == saved.steps.tolist() == steps
    for step, weights in zip(steps, trained[2], strict=True):
        found = saved.checkpoint(step)
        assert set(found) == set(named(weights))
        for name, values in named(weights).items():
            assert np.array_equal(found[name], values)
    kept = saved.values("weights", "conv_1/kernel", [steps[0]])
    assert np.array_equal(kept.ravel(), named(trained[2][0])["conv_1/kernel"].ravel())


def test_what_is_damaged_foreign_or_hostile_is_left_out_and_named(saved):
    said = "\n".join(saved.source["left_out"])
    assert "epoch-07-0.50.keras: it holds a network of another architecture" in said
    assert "epoch-08-0.50.keras: The file is damaged" in said
    assert "epoch-09-0.50.keras: " in said
    assert "Lambda" in said
    assert "best.keras: its name is unlike the others" in said


def test_the_network_of_checkpoints_answers_as_it_did(saved, trained):
    images, wanted = trained[3]
    assert can_be_opened(saved)
    found = probabilities(open_network(saved).logits(images))
    assert np.allclose(found, wanted, atol=1e-5)
    first = probabilities(open_network(saved, UPDATES).logits(images))
    assert not np.allclose(first, wanted, atol=1e-3)


def test_a_network_that_was_changed_in_the_run_is_not_built(saved, tmp_path):
    shutil.copytree(saved.folder, tmp_path / "copy")
    described = json.loads((tmp_path / "copy" / "run.json").read_text())
    described["network"]["built_from"] = described["network"]["built_from"].replace(
        '"Flatten"', '"Lambda"'
    )
    (tmp_path / "copy" / "run.json").write_text(json.dumps(described))
    with pytest.raises(runs.RunError, match="cannot be built"):
        open_network(runs.open_run(tmp_path / "copy"))


def test_checkpoints_say_what_they_lack_and_give_no_verdict(saved):
    said = " ".join(lacking_words(saved))
    for word in ("gradients", "updates", "activations", "loss"):
        assert word in said
    judgement = judge(saved)
    assert judgement.verdict == "undecided"
    assert "cannot tell" in judgement.summary


@pytest.mark.parametrize("beside", ["network.json", "other-name.keras"])
def test_weights_find_their_network_beside_them(trained, tmp_path, beside):
    folder, _, weights, (images, wanted) = trained
    shutil.copytree(folder / "weights", tmp_path / "given")
    if beside.endswith(".json"):
        shutil.copy(folder / beside, tmp_path / "given")
    else:
        first = next((folder / "saved").iterdir())
        shutil.copy(first, tmp_path / "given" / beside)
    run = bring_in(tmp_path / "given", "Weights", root=tmp_path / "runs")
    assert run.checkpoints.tolist() == [1, 2, 3]
    assert np.array_equal(run.checkpoint(2)["hidden/kernel"], named(weights[1])["hidden/kernel"])
    assert np.allclose(probabilities(open_network(run).logits(images)), wanted, atol=1e-5)


def test_weights_alone_are_shown_by_the_names_of_their_layers(trained, tmp_path):
    run = bring_in(trained[0] / "weights", "Alone", root=tmp_path)
    assert {name: values.shape for name, values in run.checkpoint(3).items()} == {
        name: values.shape for name, values in named(trained[2][2]).items()
    }
    assert not can_be_opened(run)
    assert "no network" in " ".join(lacking_words(run))
    assert run.source["step_unit"] == "as named"


def test_only_files_that_cannot_be_read_are_refused_and_leave_nothing(tmp_path):
    (tmp_path / "given").mkdir()
    (tmp_path / "runs").mkdir()
    for number in range(2):
        (tmp_path / "given" / f"epoch-{number}.keras").write_bytes(b"no network")
        (tmp_path / "given" / f"epoch-{number}.weights.h5").write_bytes(b"\x89HDF\r\n cut")
    with pytest.raises(ValueError, match="None of the checkpoints can be read"):
        bring_in(tmp_path / "given", "Refused", root=tmp_path / "runs")
    assert list((tmp_path / "runs").iterdir()) == []


def test_an_architecture_is_the_same_whatever_its_layers_are_called():
    def config(name, units):
        layers = [{"class_name": "Dense", "config": {"name": name, "units": units}}]
        return {"config": {"name": f"net_{name}", "layers": layers, "output": [name, 0, 0]}}

    assert signature(config("dense", 3)) == signature(config("dense_7", 3))
    assert signature(config("dense", 3)) != signature(config("dense", 4))
