"""Each rule of the verdict, on made-up recordings with known numbers."""

from dataclasses import replace

import numpy as np
import pytest
from recordings import CLASSES, Course, record

from explorer.analysis import thresholds as limits
from explorer.analysis.verdict import judge

GUESSING = (float(np.log(CLASSES)),) * 200
COLLAPSED = Course(losses=GUESSING, zeros=1.0, dead=1.0, top=1.0, ratio=0.0)
HEALTHY = Course()
THRESHOLDS = [item for item in vars(limits).values() if isinstance(item, limits.Threshold)]


def verdict_on(folder, course):
    return judge(record(folder, course)).verdict


def with_ratios(*first):
    """Return updates that begin as given and are usual afterwards."""
    return (*first, *(3e-3,) * (200 - len(first)))


def test_a_loss_that_falls_with_usual_updates_is_adequate(tmp_path):
    assert verdict_on(tmp_path / "run", HEALTHY) == "adequate"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_loss_that_ends_without_being_a_number_has_diverged_where_that_began(tmp_path, value):
    losses = (1.4,) * 57 + (value,) * 143
    judgement = judge(record(tmp_path / "run", replace(HEALTHY, losses=losses)))
    assert (judgement.verdict, judgement.findings[0].step) == ("diverged", 57)


def test_the_earliest_sign_of_divergence_comes_first(tmp_path):
    losses = (1.4,) * 57 + (np.nan,) * 143
    for broken_from, first in [(20, "nonfinite_weights"), (60, "nonfinite_loss")]:
        course = replace(HEALTHY, losses=losses, broken_from=broken_from)
        findings = judge(record(tmp_path / str(broken_from), course)).findings
        assert (len(findings), findings[0].rule) == (2, first)


def test_broken_weights_are_divergence_even_where_nothing_else_was_recorded(tmp_path):
    course = replace(HEALTHY, losses=(), validation=(), steps=tuple(range(9)), broken_from=4)
    judgement = judge(record(tmp_path / "run", replace(course, kinds=("weights",))))
    (finding,) = judgement.findings
    assert (judgement.verdict, finding.step, finding.place) == ("diverged", 4, "dense_1/kernel")


def test_numbers_broken_before_the_first_update_are_not_blamed_on_the_rate(tmp_path):
    course = replace(HEALTHY, losses=(np.nan,) * 50, broken_from=0)
    judgement = judge(record(tmp_path / "run", course))
    assert judgement.verdict == "diverged"
    assert "learning rate" not in judgement.title.lower()
    assert "not the learning rate" in judgement.summary


def test_a_loss_that_was_no_number_only_for_a_while_has_not_diverged(tmp_path):
    losses = (*HEALTHY.losses[:20], np.nan, *HEALTHY.losses[21:])
    judgement = judge(record(tmp_path / "run", replace(HEALTHY, losses=losses)))
    assert judgement.verdict == "adequate"
    assert "nonfinite_in_passing" in {note.rule for note in judgement.notes}


def test_a_runaway_loss_counts_as_divergence_unless_it_began_there(tmp_path):
    away = (1.4,) * 30 + (5e3,) * 170
    assert verdict_on(tmp_path / "away", replace(HEALTHY, losses=away)) == "diverged"
    other_loss = {"network": {"keras": '{"compile_config": {"loss": "mean_squared_error"}}'}}
    falling = replace(HEALTHY, losses=tuple(np.linspace(9e3, 2e3, 200)), about=other_loss)
    assert verdict_on(tmp_path / "falling", falling) == "adequate"


def test_a_dead_network_that_guesses_has_collapsed(tmp_path):
    course = replace(COLLAPSED, ratio=(0.05, 1.3, *(0.0,) * 198))
    judgement = judge(record(tmp_path / "run", course))
    assert judgement.verdict == "collapsed"
    assert judgement.summary == (
        "Single updates, the first at step 1, changed weights by up to 1.3 times their size, and "
        "from step 0 on the gradients are gone: every image gets the same answer."
    )


@pytest.mark.parametrize(
    "change",
    [{"losses": HEALTHY.losses}, {"top": 0.9}, {"zeros": 0.1, "dead": 0.0, "ratio": 1e-5}],
)
def test_no_two_signs_of_a_collapse_make_one(tmp_path, change):
    assert verdict_on(tmp_path / "run", replace(COLLAPSED, **change)) != "collapsed"


@pytest.mark.parametrize(
    "inside", [{"zeros": 0.75}, {"dead": 0.5}, {"ratio": with_ratios(0.01, 0.1)}]
)
def test_each_sign_from_inside_is_enough(tmp_path, inside):
    quiet = replace(COLLAPSED, zeros=0.1, dead=0.0, ratio=3e-3)
    assert verdict_on(tmp_path / "quiet", quiet) == "undecided"
    assert verdict_on(tmp_path / "run", replace(quiet, **inside)) == "collapsed"


def test_the_first_large_update_and_the_largest_are_told(tmp_path):
    course = replace(COLLAPSED, ratio=(0.05, 0.2, 1.3, *(0.0,) * 197))
    judgement = judge(record(tmp_path / "run", course))
    thrown = next(item for item in judgement.findings if item.rule == "large_updates")
    assert (thrown.step, thrown.numbers[0].value) == (1, pytest.approx(1.3))
    assert "0.2 times" in thrown.words
    assert f"the largest, at step 2, changed {thrown.place} by 1.3 times" in thrown.words


def test_without_probe_images_only_vanished_gradients_tell_of_a_collapse(tmp_path):
    blind = replace(COLLAPSED, kinds=("weights", "gradients", "updates"))
    assert verdict_on(tmp_path / "gone", blind) == "collapsed"
    assert verdict_on(tmp_path / "most", replace(blind, zeros=0.8)) == "damaged"


def test_lost_channels_are_damage_only_where_little_is_learned(tmp_path):
    half = replace(HEALTHY, dead=0.5)
    judgement = judge(record(tmp_path / "learned", half))
    assert judgement.verdict == "adequate"
    assert "dead_units" in {note.rule for note in judgement.notes}
    stuck = tuple(np.linspace(1.4, 0.9, 200))
    assert verdict_on(tmp_path / "stuck", replace(half, losses=stuck)) == "damaged"


def test_a_fit_so_perfect_that_gradients_vanish_is_no_damage(tmp_path):
    losses = tuple(np.geomspace(1.4, 1e-9, 200))
    assert verdict_on(tmp_path / "run", replace(HEALTHY, losses=losses, zeros=1.0)) == "adequate"


def test_a_spike_that_heals_is_a_note(tmp_path):
    losses = (1.4, 9.0, 7.0, *HEALTHY.losses[3:])
    course = replace(HEALTHY, losses=losses, ratio=with_ratios(0.05, 0.5))
    judgement = judge(record(tmp_path / "run", course))
    assert judgement.verdict == "adequate"
    spikes = [note.step for note in judgement.notes if note.rule == "recovered_spike"]
    assert spikes == [1]


def test_weights_that_hardly_move_while_little_is_learned_are_too_slow(tmp_path):
    slow = replace(HEALTHY, losses=tuple(np.linspace(1.4, 1.38, 200)), ratio=5e-5, top=1.0)
    assert verdict_on(tmp_path / "slow", slow) == "too_small"
    assert verdict_on(tmp_path / "moves", replace(slow, ratio=3e-3)) == "undecided"
    assert verdict_on(tmp_path / "learned", replace(HEALTHY, ratio=5e-5)) == "adequate"


@pytest.mark.parametrize(
    "begun",
    [
        {"about": {"planned_steps": 2001}},
        {"rates": tuple(np.linspace(1e-4, 1e-2, 200))},
        {"losses": (1.38,) * 99},
    ],
)
def test_a_training_that_has_only_begun_is_not_called_slow(tmp_path, begun):
    slow = replace(HEALTHY, losses=(1.38,) * 200, ratio=5e-5)
    assert verdict_on(tmp_path / "slow", replace(slow, about={"planned_steps": 2000})) == (
        "too_small"
    )
    judgement = judge(record(tmp_path / "begun", replace(slow, **begun)))
    assert (judgement.verdict, judgement.findings[0].title) == ("undecided", "Too early to tell")


def test_many_small_updates_lead_as_far_as_few_large_ones(tmp_path):
    losses = tuple(np.linspace(1.4, 1.2, 800))
    few = replace(HEALTHY, losses=losses[:200], ratio=4e-4)
    assert verdict_on(tmp_path / "few", few) == "too_small"
    assert verdict_on(tmp_path / "many", replace(few, losses=losses)) == "adequate"


def test_rare_late_steps_stand_for_the_many_updates_between_them(tmp_path):
    ratio = (*(5e-5,) * 40, *(5e-3,) * 160)
    losses = tuple(np.linspace(1.4, 1.2, 200))
    warmed_up = replace(HEALTHY, losses=losses, ratio=ratio)
    assert verdict_on(tmp_path / "run", warmed_up) == "adequate"


def test_before_twenty_updates_only_divergence_is_told(tmp_path):
    early = replace(COLLAPSED, losses=GUESSING[:19])
    assert verdict_on(tmp_path / "early", early) == "undecided"
    assert verdict_on(tmp_path / "later", replace(COLLAPSED, losses=GUESSING[:20])) == "collapsed"
    broken = replace(early, losses=(*GUESSING[:5], np.nan))
    assert verdict_on(tmp_path / "broken", broken) == "diverged"


def test_units_that_cannot_die_are_not_counted_as_dead(tmp_path):
    stuck = tuple(np.linspace(1.4, 0.9, 200))
    course = replace(HEALTHY, losses=stuck, dead=1.0, outputs="tanh")
    judgement = judge(record(tmp_path / "run", course))
    assert judgement.verdict == "adequate"
    assert "no_rectifiers" in {note.rule for note in judgement.notes}


def test_rare_classes_lower_the_level_of_guessing(tmp_path):
    counts = [970, 10, 10, 10]
    entropy = -sum(c / 1000 * np.log(c / 1000) for c in counts)
    names = ["a", "b", "c", "d"]
    about = {"data": {"class_names": names, "class_counts": counts}}
    course = replace(COLLAPSED, losses=(entropy,) * 200, about=about)
    assert verdict_on(tmp_path / "known", course) == "collapsed"
    course = replace(course, about={"data": {"class_names": names}})
    assert verdict_on(tmp_path / "unknown", course) != "collapsed"


@pytest.mark.parametrize(
    "limit", [value for value in vars(limits).values() if type(value) is limits.Threshold]
)
def test_a_threshold_has_two_sides_a_meaning_and_a_source(limit):
    step = max(abs(limit.value), 1) * 1e-3
    sides = limit.is_crossed(limit.value - step), limit.is_crossed(limit.value + step)
    assert sides == ((False, True) if ">" in limit.relation else (True, False))
    assert not limit.is_crossed(float("nan"))
    assert limit.meaning
    assert limit.source
