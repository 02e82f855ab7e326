import numpy as np
import pytest

from explorer.training.schedule import Plan, checkpoint_steps, is_recorded, recorded_steps
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


def test_few_checkpoints_grow_by_one_factor_after_the_untrained_one():
    steps = checkpoint_steps(10_000, Recording(dense_steps=32, ratio=1.01, checkpoints=5))
    assert steps == pytest.approx([0, 10, 100, 1000, 10_000], rel=0.01)


@pytest.mark.parametrize("num_steps", [1, 40, 1000])
def test_a_plan_says_of_each_step_what_the_lists_say(num_steps):
    recording = Recording(dense_steps=4, ratio=1.5, checkpoints=5)
    plan = Plan(recording, num_steps)
    recorded = [step for step in range(num_steps + 9) if plan.records(step)]
    checkpoints = [step for step in range(num_steps + 9) if plan.keeps_all(step)]
    assert recorded == recorded_steps(num_steps, recording).tolist()
    assert checkpoints == checkpoint_steps(num_steps, recording).tolist()


@pytest.mark.parametrize("unknown", [None, 0])
def test_without_a_known_end_the_same_steps_are_recorded_and_powers_of_two_kept_whole(unknown):
    recording = Recording(dense_steps=4, ratio=1.5)
    plan = Plan(recording, unknown)
    recorded = [step for step in range(200) if plan.records(step)]
    assert recorded == [step for step in range(200) if is_recorded(step, recording)]
    assert [step for step in range(100) if plan.keeps_all(step)] == [0, 1, 2, 4, 8, 16, 32, 64]


@pytest.mark.parametrize("checkpoints", [4, 6, 11])
def test_without_a_known_end_fewer_checkpoints_are_kept_where_fewer_are_wanted(checkpoints):
    plan = Plan(Recording(checkpoints=checkpoints), None)
    kept = [step for step in range(2000) if plan.keeps_all(step)]
    assert kept[:2] == [0, 1]
    assert len(kept) <= checkpoints
    assert all(plan.records(step) or step > 32 for step in kept)
