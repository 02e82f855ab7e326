"""What is measured in a run folder, against numbers that are known."""

import numpy as np
import pytest
from recordings import CLASSES, IMAGES, Course, record
from safetensors.numpy import load_file, save_file

from explorer.analysis import loss_signs
from explorer.analysis.guessing import class_shares, loss_of_guessing
from explorer.analysis.measuring import gather
from explorer.analysis.readings import chosen_steps
from explorer.charts.measures import measures
from explorer.charts.scalar_series import lost_words


@pytest.fixture
def evidence(tmp_path):
    course = Course(ratio=tuple(np.geomspace(1e-3, 1e-2, 200)), zeros=0.5, dead=0.25, top=0.5)
    return gather(record(tmp_path / "run", course))


def test_the_ratio_is_that_of_the_true_update_to_the_weights_before_it(evidence):
    expected = np.geomspace(1e-3, 1e-2, 200)[evidence.steps[:-1]]
    for kernel in range(len(evidence.kernels)):
        assert np.allclose(evidence.ratio[:-1, kernel], expected, rtol=1e-5)
    assert np.isnan(evidence.ratio[-1]).all()


def test_only_tensors_with_two_axes_are_kernels(evidence):
    assert evidence.kernels == ("conv_1/kernel", "dense_1/kernel", "logits/kernel")


def test_the_median_ratio_weighs_a_step_with_the_updates_it_stands_for(evidence):
    assert evidence.median_ratio == pytest.approx(10**-2.5, rel=0.12)


def test_the_path_adds_up_the_updates_that_were_not_recorded_too(tmp_path):
    for updates in (20, 200):
        evidence = gather(record(tmp_path / str(updates), Course(losses=(1.0,) * updates)))
        assert evidence.path == pytest.approx(3e-3 * updates, rel=1e-4)


def test_zeros_dead_channels_and_answers_are_counted(evidence):
    assert evidence.late_zeros == 0.5
    assert evidence.layers == ("conv_1", "dense_1")
    assert evidence.late_dead.tolist() == [0.25, 0]
    assert evidence.late_top == 0.5
    assert evidence.is_convolution.tolist() == [True, False]


def test_the_late_loss_is_of_the_last_forty_updates_or_the_last_quarter(tmp_path):
    for updates, late in [(400, 40), (20, 5), (3, 1)]:
        losses = (1.0,) * (updates - late) + (0.5,) * late
        evidence = gather(record(tmp_path / str(updates), Course(losses=losses)))
        assert evidence.late_updates == late
        assert evidence.late_loss == 0.5


def test_answers_may_be_probabilities_or_a_single_number(tmp_path):
    run = record(tmp_path / "run", Course(losses=(1.0, 1.0)))
    logits = run.probe_logits()[0]
    powers = np.exp(logits)
    as_probabilities = powers / powers.sum(axis=1, keepdims=True)
    one_number = np.where(np.arange(IMAGES) < IMAGES // 4, 0.9, 0.1)[:, None]
    for answers, top in [(as_probabilities, 0.25), (one_number, 0.75), (one_number - 0.5, 0.75)]:
        changed = gather(with_answers(run, answers))
        assert changed.late_top == top


def with_answers(run, answers):
    """Write another run like `run`, whose network gives these answers."""
    for path in (run.folder / "steps").iterdir():
        save_file({**load_file(path), "probe.output": answers.astype(np.float32)}, path)
    return run


@pytest.mark.parametrize("outputs", ["tanh", "relu"])
def test_saturation_is_measured_in_bounded_layers_alone(tmp_path, outputs):
    evidence = gather(record(tmp_path / "run", Course(outputs=outputs)))
    if outputs == "relu":
        assert np.isnan(evidence.saturated).all()
    else:
        # Of standard normal numbers 3.6 % lie beyond artanh(0.97) = 2.09.
        assert evidence.saturated[0] == pytest.approx(0.036, abs=0.01)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([1, 1, 2], [0.25, 0.25, 0.5]),
        ({"a": 3, "b": 0, "c": 1}, [0.75, 0, 0.25]),
        (None, [1 / 3] * 3),
        ([1, 2], [1 / 3] * 3),
        ([1, -1, 2], [1 / 3] * 3),
        ([0, 0, 0], [1 / 3] * 3),
        (["many", "few", "none"], [1 / 3] * 3),
        ("many", [1 / 3] * 3),
        ([float("nan"), 1, 1], [1 / 3] * 3),
    ],
)
def test_class_proportions_are_equal_unless_the_run_tells_usable_ones(tmp_path, counts, expected):
    run = record(tmp_path / "run", Course(losses=(1.0,), about={"data": {"class_counts": counts}}))
    assert class_shares(run, 3).tolist() == expected


def test_with_another_loss_than_cross_entropy_the_first_one_is_the_level(tmp_path):
    known = {"network": {"keras": '{"compile_config": {"loss": {"class_name": "Huber"}}}'}}
    run = record(tmp_path / "other", Course(losses=(7.0, 1.0), about=known))
    assert loss_of_guessing(run, CLASSES, run.metrics()) == (7.0, "the first loss")
    known = {
        "network": {"keras": '{"compile_config": {"loss": "sparse_categorical_crossentropy"}}'}
    }
    run = record(tmp_path / "same", Course(losses=(7.0, 1.0), about=known))
    assert loss_of_guessing(run, CLASSES, run.metrics())[0] == pytest.approx(np.log(CLASSES))


@pytest.mark.parametrize(
    ("loss", "level"),
    [
        ("mse", 7.0),
        ("SparseCategoricalCrossentropy", np.log(CLASSES)),
        (["SparseCategoricalCrossentropy"], np.log(CLASSES)),
        ({"kind": "SparseCategoricalCrossentropy", "size": "mse"}, 7.0),
        (["sparse_categorical_crossentropy", "sparse_categorical_crossentropy"], 7.0),
    ],
)
def test_of_a_sum_of_losses_the_first_one_is_the_level(tmp_path, loss, level):
    known = {"network": {"keras": None, "loss": loss}}
    run = record(tmp_path / "run", Course(losses=(7.0, 1.0), about=known))
    assert loss_of_guessing(run, CLASSES, run.metrics())[0] == pytest.approx(level)
    (panel,) = (one for one in measures([gather(run)]) if one.key == "loss")
    assert ("guessing" in panel.title) == (level != 7.0)
    assert panel.guides[0][1].startswith("first loss" if level == 7.0 else "guessing")


@pytest.mark.parametrize(
    ("loss", "level"), [("mse", "the first loss"), (None, "the loss of guessing")]
)
def test_findings_name_the_loss_that_others_are_held_against(tmp_path, loss, level):
    about = {"network": {"keras": None, "loss": loss}}
    evidence = gather(record(tmp_path / "run", Course(losses=(7.0,) * 40, about=about)))
    stuck = loss_signs.guessing(evidence)
    assert stuck.numbers[0].name == f"late loss as a share of {level}"
    assert stuck.title == (
        "No better than guessing" if loss is None else "No better than at the beginning"
    )
    assert level in stuck.words


def test_a_run_without_losses_has_no_line_to_fall_below(tmp_path):
    known = {"network": {"keras": None, "loss": "mse"}}
    measured = gather(record(tmp_path / "measured", Course(losses=(7.0, 1.0), about=known)))
    silent = gather(record(tmp_path / "silent", Course(losses=(), validation=())))
    assert np.isfinite(silent.guess_loss)
    (loss,) = (one for one in measures([measured, silent]) if one.key == "loss")
    assert loss.title == "Loss: does it fall?"
    assert loss.guides == [(7.0, "first loss, 7.00")]


def test_of_updates_made_together_the_mean_is_judged(tmp_path):
    usual, together = (
        gather(record(tmp_path / str(count), Course(about={"steps_per_execution": count})))
        for count in (1, 4)
    )
    assert np.allclose(together.ratio, usual.ratio / 4, equal_nan=True)


@pytest.mark.parametrize("count", [1, 50, 99, 100, 5000])
def test_few_steps_are_read_of_a_long_run_but_its_ends_are_whole(count):
    chosen = chosen_steps(np.arange(count))
    assert len(chosen) <= 99
    assert set(range(min(33, count))) | set(range(max(0, count - 6), count)) <= set(chosen.tolist())
    assert (np.diff(chosen) > 0).all()


def test_a_loss_that_is_never_a_number_is_said_above_its_panel(tmp_path):
    run = record(tmp_path / "run", Course(losses=(np.nan,) * 30))
    loss = next(panel for panel in measures([gather(run)]) if panel.key == "loss")
    assert lost_words(loss) == ["Run A: not a number from step 0 on"]
