"""The notes beside a verdict, on both sides of their thresholds."""

from dataclasses import replace

import numpy as np
import pytest
from recordings import Course, record

from explorer.analysis import notes
from explorer.analysis.measuring import gather
from explorer.analysis.verdict import judge


def evidence_of(folder, **course):
    return gather(record(folder, Course(**course)))


@pytest.mark.parametrize(
    ("training", "validation", "speaks"),
    [(0.8, 0.69, True), (0.8, 0.71, False), (0.99, 0.91, True), (0.99, 0.93, False)],
)
def test_overfitting_is_a_gap_that_may_be_smaller_near_the_top(
    tmp_path, training, validation, speaks
):
    evidence = evidence_of(tmp_path / "run", accuracy=training, validation=(0.1, validation))
    assert bool(notes.overfitting(evidence)) == speaks


def test_without_validation_nothing_is_said_about_it(tmp_path):
    evidence = evidence_of(tmp_path / "run", accuracy=1.0, validation=())
    assert notes.overfitting(evidence) is None
    assert notes.oscillation(evidence) is None


@pytest.mark.parametrize(
    ("accuracies", "speaks"),
    [
        ((0.5, 0.6, 0.56, 0.7, 0.71, 0.72), True),
        ((0.5, 0.6, 0.58, 0.7, 0.71, 0.72), True),
        ((0.5, 0.6, 0.58, 0.6, 0.61, 0.62), False),
        ((0.2, 0.4, 0.5, 0.6, 0.7, 0.8), False),
        ((0.5, 0.6, 0.5, 0.6), False),
    ],
)
def test_oscillation_is_turning_round_again_and_again(tmp_path, accuracies, speaks):
    note = notes.oscillation(evidence_of(tmp_path / "run", validation=accuracies))
    assert bool(note) == speaks


def test_gradients_vanish_or_explode_from_the_last_layer_to_the_first(tmp_path):
    evidence = evidence_of(tmp_path / "run")
    usual = np.ones_like(evidence.gradient_norm)

    def rules(first, last):
        changed = replace(evidence, gradient_norm=usual * [first, 1, last])
        found = [notes.vanishing_gradients(changed), notes.exploding_gradients(changed)]
        return [note.rule for note in found if note]

    assert rules(9e-5, 1) == ["vanishing_gradients"]
    assert rules(9e-5, 0.08) == []
    assert rules(2e-4, 1) == []
    assert rules(0, 1) == []
    assert rules(71, 1) == ["exploding_gradients"]
    assert rules(69, 1) == []
    assert rules(1, 0) == []


def test_gradients_at_the_end_are_the_median_of_the_last_five_recorded_ones(tmp_path):
    evidence = evidence_of(tmp_path / "run")
    norms = np.ones_like(evidence.gradient_norm)
    assert np.isnan(evidence.gradient_norm[-1]).all()  # the last step has no gradients
    norms[-1] = np.nan

    def with_first(*last):
        changed = norms.copy()
        changed[-1 - len(last) : -1, 0] = last
        return replace(evidence, gradient_norm=changed)

    few, many = (9e-5, 9e-5, 1, 1, 1), (1, 9e-5, 9e-5, 9e-5, 1)
    assert notes.vanishing_gradients(with_first(*few)) is None
    assert notes.vanishing_gradients(with_first(*many)).numbers[1].value == pytest.approx(9e-5)
    assert notes.vanishing_gradients(with_first(9e-5, 9e-5, 9e-5, *(1,) * 5)) is None
    assert notes.exploding_gradients(with_first(99, 99, 1, 1, 1)) is None
    assert notes.exploding_gradients(with_first(1, 99, 99, 99, 1)).step == evidence.steps[-2]


def test_the_last_layer_is_measured_at_the_same_steps(tmp_path):
    evidence = evidence_of(tmp_path / "run")
    norms = np.full_like(evidence.gradient_norm, 100.0)
    norms[:, -1] = 1
    norms[-1] = np.nan
    rare, often = norms.copy(), norms.copy()
    rare[-4:-2, -1] = often[-5:-2, -1] = 100
    assert notes.exploding_gradients(replace(evidence, gradient_norm=rare))
    assert notes.exploding_gradients(replace(evidence, gradient_norm=often)) is None


def test_dead_units_name_the_layer_and_since_when(tmp_path):
    assert notes.dead_units(evidence_of(tmp_path / "few", dead=0.375)) is None
    note = notes.dead_units(evidence_of(tmp_path / "many", dead=0.5))
    assert (note.place, note.step) == ("conv_1", 0)
    assert "conv_1 (50 %)" in note.words


def test_a_bounded_layer_at_its_bound_is_saturated(tmp_path):
    evidence = evidence_of(tmp_path / "run", outputs="tanh")
    assert notes.saturation(evidence) == []
    (note,) = notes.saturation(replace(evidence, saturated=np.array([0.2, 0.6])))
    assert note.place == "dense_1"


def test_a_collapse_is_not_told_twice(tmp_path):
    course = Course(losses=(1.386,) * 200, zeros=1.0, dead=1.0, top=1.0, ratio=0.0)
    assert judge(record(tmp_path / "run", course)).notes == ()


def test_only_the_first_damaged_steps_are_named(tmp_path):
    run = record(tmp_path / "run", Course())
    for step in range(8):
        (run.folder / "steps" / f"{step:08d}.safetensors").write_bytes(b"")
    note = notes.damaged_steps(type(run)(run.folder, run.description))
    assert note.words.endswith("0, 1, 2, 3, 4 and 3 more.")
