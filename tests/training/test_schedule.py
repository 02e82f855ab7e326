import numpy as np
import pytest

from explorer.training.schedule import checkpoint_steps, is_recorded, recorded_steps
from explorer.training.spec import Recording


@pytest.mark.parametrize("num_steps", [1, 2, 31, 32, 33, 100, 5000])
def test_the_beginning_is_dense_and_the_end_is_there(num_steps):
    steps = recorded_steps(num_steps, Recording())
    assert steps[: min(33, num_steps + 1)].tolist() == list(range(min(33, num_steps + 1)))
    assert steps[-2:].tolist() == [num_steps - 1, num_steps]


def test_later_steps_are_spaced_by_the_ratio():
    steps = recorded_steps(100_000, Recording(ratio=1.1))[32:-2]
    assert np.all(np.diff(steps) > 0)
    assert np.all(steps[1:] <= np.maximum(steps[:-1] + 1, np.ceil(steps[:-1] * 1.1)))
    assert len(steps) < 100


def test_planned_and_unplanned_trainings_record_the_same_steps():
    planned = set(recorded_steps(1000, Recording()).tolist())
    unplanned = {step for step in range(999) if is_recorded(step, Recording())}
    assert planned - unplanned <= {999, 1000}
    assert unplanned <= planned


@pytest.mark.parametrize("num_steps", [1, 10, 1000, 50_000])
@pytest.mark.parametrize("checkpoints", [2, 3, 12, 30])
def test_checkpoints_are_recorded_steps_with_both_ends(num_steps, checkpoints):
    recording = Recording(checkpoints=checkpoints)
    steps = checkpoint_steps(num_steps, recording)
    assert {0, num_steps} <= set(steps.tolist())
    assert len(steps) <= checkpoints
    assert set(steps.tolist()) <= set(recorded_steps(num_steps, recording).tolist())
