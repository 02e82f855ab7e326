import keras
import numpy as np
import pytest

from explorer import Recorder, runs
from explorer.training import step_lines
from explorer.training.spec import Recording

STEPS = 135
FEW = Recording(dense_steps=1, ratio=8.0, checkpoints=2)


@pytest.fixture
def numbers(rng):
    return rng.uniform(0, 5, (STEPS, 1)).astype(np.float32)


def counting_model(**options):
    """Return a model that predicts 0 and never learns: its loss on `x` is `x` squared."""
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="zeros", use_bias=False)]
    )
    model.compile(keras.optimizers.SGD(0.0), "mse", metrics=["accuracy"], **options)
    return model


def fit(folder, numbers, callbacks=(), **options):
    recorder = Recorder(folder, recording=FEW)
    counting_model(**options).fit(
        numbers, numbers, batch_size=1, shuffle=False, verbose=0,
        validation_data=(numbers, numbers), callbacks=[recorder, *callbacks],
    )  # fmt: skip
    return runs.open_run(folder).metrics()


@pytest.mark.parametrize("most_seconds", [0.0, 0.01, 1000.0])
def test_every_step_has_the_line_it_would_have_alone(tmp_path, numbers, monkeypatch, most_seconds):
    monkeypatch.setattr(step_lines, "MOST_SECONDS", most_seconds)
    lines = fit(tmp_path / "run", numbers).train
    assert lines["step"].tolist() == list(range(STEPS))
    assert lines["loss"].to_numpy() == pytest.approx(numbers[:, 0] ** 2, rel=1e-5)
    assert set(lines["accuracy"]) == {0.0}
    assert not lines["gradient_norm"].isna().any()


@pytest.mark.parametrize("together", [2, 67])
@pytest.mark.parametrize("most_seconds", [0.0, 1000.0])
def test_of_steps_run_together_each_has_its_line(
    tmp_path, numbers, monkeypatch, together, most_seconds
):
    monkeypatch.setattr(step_lines, "MOST_SECONDS", most_seconds)
    lines = fit(tmp_path / "run", numbers, steps_per_execution=together).train
    assert lines["step"].tolist() == list(range(STEPS))
    assert lines["loss"].to_numpy() == pytest.approx(numbers[:, 0] ** 2, rel=1e-5)
    assert lines["gradient_norm"].to_numpy() == pytest.approx(2 * numbers[:, 0] ** 2, rel=1e-5)
    assert set(lines["accuracy"]) == {0.0}


class Looking(keras.callbacks.Callback):
    """See how many lines there are while the training goes on."""

    def __init__(self, folder):
        super().__init__()
        self._folder = folder
        self.missing = []

    def on_train_batch_end(self, batch, logs=None):
        self.missing.append(batch + 1 - len(runs.open_run(self._folder).metrics().train))


def test_lines_wait_for_one_another_but_never_long(tmp_path, numbers, monkeypatch):
    monkeypatch.setattr(step_lines, "MOST_SECONDS", 1000.0)
    many = Looking(tmp_path / "many")
    fit(tmp_path / "many", numbers, [many])
    assert many.missing == list(range(1, STEPS + 1))
    monkeypatch.setattr(step_lines, "MOST_SECONDS", 0.0)
    none = Looking(tmp_path / "none")
    fit(tmp_path / "none", numbers, [none])
    assert set(none.missing) == {0}
