"""What the home page says of measured numbers: it follows them, and is silent without them."""

from dataclasses import replace

import numpy as np
import pytest

from explorer import runs
from explorer.inference import valley_results
from explorer.inference.walked import Walked
from explorer.paths import PROJECT
from explorer.ui.story_measured import leap_words, tell_spike


@pytest.fixture(scope="module")
def walked():
    run = runs.open_run(PROJECT / "checkpoints" / "characters-too-large")
    return valley_results.of_run(run)


def test_steps_are_told_to_leap_by_their_overshoot_alone(walked):
    steps = int(np.argmax(np.diff(walked.step) > 1)) + 1
    still = replace(walked, alpha=np.full(len(walked.alpha), -0.5))
    assert f"first {steps} steps, none passed" in leap_words(still)
    still.alpha[[1, 3, 4]] = 0.2, 1.5, 0.9
    assert "3 passed" in leap_words(still)
    assert leap_words(still).endswith("1 landed at least as high on the other side as it began: "
                                      "step 3 (overshoot 1.50).")  # fmt: skip


def test_steps_after_a_gap_or_not_repeated_are_not_counted_among_the_first(walked):
    lost = walked.deviation.copy()
    lost[5] = 1.0
    assert "first 5 steps" in leap_words(replace(walked, deviation=lost))
    assert leap_words(Walked.empty("")) == ""


def test_a_spike_is_told_with_the_numbers_of_the_recording():
    run = runs.open_run(PROJECT / "checkpoints" / "characters-adequate")
    train = run.metrics().train
    late = train[train["step"] > train["step"].max() / 2]
    peak = late.loc[late["loss"].idxmax()]
    assert f"step {int(peak['step']):,} A's loss jumps to {peak['loss']:.2f}" in tell_spike(run)


def test_a_loss_that_stays_at_guessing_has_no_spike():
    assert tell_spike(runs.open_run(PROJECT / "checkpoints" / "characters-too-large")) == ""
