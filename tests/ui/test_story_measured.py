"""What the home page says of measured numbers: it follows them, and is silent without them."""

import re
from dataclasses import replace

import numpy as np
import pytest

from explorer import runs
from explorer.analysis.overshoot import ACROSS, HIGHER
from explorer.inference import valley_results
from explorer.inference.walked import Walked
from explorer.paths import PROJECT
from explorer.ui.story_measured import (
    leap_words,
    still_moving,
    tell_good_leap,
    tell_rest,
    tell_spike,
)

GONE_FROM = 108  # the step from which on the verdict calls the gradients of the large rate gone


@pytest.fixture(scope="module")
def large():
    return runs.open_run(PROJECT / "checkpoints" / "characters-too-large")


@pytest.fixture(scope="module")
def adequate():
    return runs.open_run(PROJECT / "checkpoints" / "characters-adequate")


@pytest.fixture(scope="module")
def walked(large):
    return valley_results.of_run(large)


def test_steps_are_told_to_leap_by_their_overshoot_alone(walked):
    steps = int(np.argmax(np.diff(walked.step) > 1)) + 1
    still = replace(walked, alpha=np.full(len(walked.alpha), -0.5))
    assert f"first {steps} steps, none passed" in leap_words(still)
    still.alpha[[1, 3, 4]] = 0.2, 1.5, 0.9
    assert "3 passed" in leap_words(still)
    told = leap_words(still).replace("*", "")
    assert "1 landed at least as high on the other side as it began" in told
    assert "step 3 (overshoot 1.50)" in told


def test_steps_after_a_gap_or_not_repeated_are_not_counted_among_the_first(walked):
    lost = walked.deviation.copy()
    lost[5] = 1.0
    assert "first 5 steps" in leap_words(replace(walked, deviation=lost))
    assert leap_words(Walked.empty("")) == ""


def test_a_spike_is_told_with_the_numbers_of_the_recording(adequate):
    train = adequate.metrics().train
    late = train[train["step"] > train["step"].max() / 2]
    peak = late.loc[late["loss"].idxmax()]
    assert f"step {int(peak['step']):,} A's loss jumps to {peak['loss']:.2f}" in tell_spike(
        adequate
    )


def test_a_loss_that_stays_at_guessing_has_no_spike(large):
    assert tell_spike(large) == ""


@pytest.mark.parametrize("step", [0, GONE_FROM])
def test_what_still_moves_is_what_has_an_update_that_is_not_zero(large, step):
    later = large.steps[large.steps >= step][:-1]  # no update follows the last step
    changed = {
        name: info.size
        for name, info in large.tensors("updates").items()
        if np.any(large.values("updates", name, later))
    }
    assert still_moving(large, step) == changed


def test_the_rest_is_told_when_little_moves_and_not_when_all_does(large, adequate):
    assert "but 9 of its 89,769 weights (logits/bias)" in tell_rest(large, GONE_FROM)
    assert tell_rest(large, 0) == tell_rest(adequate, GONE_FROM) == ""


def test_the_good_run_is_told_to_leap_at_a_step_at_which_it_did(adequate):
    walked = valley_results.of_run(adequate)
    (told,) = re.findall(r"at step ([\d,]+)", tell_good_leap(adequate))
    (place,) = np.flatnonzero(walked.step == int(told.replace(",", "")))
    assert ACROSS <= walked.alpha[place] < HIGHER
