"""A batch that is spread over several devices is recorded once, and as a whole."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from explorer import runs
from explorer.paths import PROJECT

PROGRAM = Path(__file__).with_name("two_devices.py")
WAYS = {"one by one": "", "four together": "-together"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give the folder of what `two_devices.py` has recorded."""
    folder = tmp_path_factory.mktemp("devices")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, PROGRAM, folder], env=environment, check=True)
    return folder


@pytest.fixture(params=WAYS)
def recorded(folder, request):
    """Give runs of the same training on one device and on two."""
    end = WAYS[request.param]
    return runs.open_run(folder / f"one{end}"), runs.open_run(folder / f"two{end}")


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


def test_a_step_on_two_devices_has_the_loss_and_the_accuracy_of_its_whole_batch(recorded):
    one, two = (run.metrics() for run in recorded)
    numbers = ["step", "epoch", "loss", "accuracy", "learning_rate", "gradient_norm"]
    assert one.train["step"].tolist() == list(range(12))
    assert np.allclose(two.train[numbers], one.train[numbers], rtol=1e-4)
    assert np.allclose(two.validation["loss"], one.validation["loss"], rtol=1e-4)


def test_what_keras_cannot_do_on_two_devices_ends_with_a_recorder_as_without(folder):
    without, recorded = json.loads((folder / "refused.json").read_text())
    assert recorded == without
    run = runs.open_run(folder / "two-as-a-graph")
    assert run.status == ("stopped" if without else "finished")
    assert len(run.metrics().train) == (0 if without else 12)
