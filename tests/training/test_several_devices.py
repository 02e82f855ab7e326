"""A batch that is spread over several devices is recorded once, and as a whole."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from explorer import runs
from explorer.paths import PROJECT

PROGRAM = Path(__file__).with_name("two_devices.py")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Runs of the same training on one device and on two."""
    folder = tmp_path_factory.mktemp("devices")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, PROGRAM, folder], env=environment, check=True)
    return runs.open_run(folder / "one"), runs.open_run(folder / "two")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["weights", "gradients", "updates", "activations"])
def test_two_devices_record_what_one_records(recorded, kind):
    one, two = recorded
    assert two.status == "finished"
    assert two.steps.tolist() == one.steps.tolist()
    assert list(two.tensors(kind)) == list(one.tensors(kind))
    for name in one.tensors(kind):
        expected = one.values(kind, name)
        size = np.nanmax(np.abs(expected))
        assert np.allclose(two.values(kind, name), expected, atol=1e-4 * size, equal_nan=True)


@pytest.mark.slow
def test_a_step_on_two_devices_has_the_loss_and_the_accuracy_of_its_whole_batch(recorded):
    one, two = (run.metrics() for run in recorded)
    numbers = ["step", "epoch", "loss", "accuracy", "learning_rate", "gradient_norm"]
    assert np.allclose(two.train[numbers], one.train[numbers], rtol=1e-4)
    assert np.allclose(two.validation["loss"], one.validation["loss"], rtol=1e-4)
