"""The bundled runs tell the article's story, are small, and can be looked into."""

import numpy as np
import pytest

from explorer import runs
from explorer.inference import surface as surfaces
from explorer.inference import valley as valleys
from explorer.inference.landscape import Landscape
from explorer.inference.retraced import legs
from explorer.inference.walked import Walked
from explorer.paths import PROJECT
from explorer.training.schedule import recorded_steps
from explorer.training.spec import Recording, TrainingSpec

NAMES = ("characters-adequate", "characters-too-large", "characters-dense", "photographs")
MOST_BYTES = 30e6


@pytest.fixture(params=NAMES)
def run(request):
    return runs.open_run(PROJECT / "checkpoints" / request.param)


def last_accuracy(name):
    run = runs.open_run(PROJECT / "checkpoints" / name)
    return run.metrics().validation["accuracy"].iloc[-1]


def test_together_they_are_small():
    folders = [PROJECT / "checkpoints" / name for name in NAMES]
    assert sum(runs.open_run(folder).size_bytes() for folder in folders) <= MOST_BYTES


def test_they_are_finished_and_whole(run):
    assert run.status == "finished"
    assert run.description["bundled"]
    assert run.damaged == ()
    spec = TrainingSpec.from_dict(run.spec)
    expected = recorded_steps(run.planned_steps, Recording(**vars(spec.recording)))
    assert run.steps.tolist() == expected.tolist()
    assert run.checkpoints[[0, -1]].tolist() == [0, run.planned_steps]
    assert len(run.metrics().train) == run.planned_steps


def test_every_recorded_tensor_can_be_read(run):
    for kind in runs.KINDS:
        for tensor in run.tensors(kind):
            values = run.values(kind, tensor, run.steps[:2])
            assert values.shape[0] == 2
            assert len(run.moments(kind, tensor)) == len(run.steps)


def test_they_carry_no_path_of_the_machine_that_made_them(run):
    assert "/" not in run.spec["data"]
    assert "/" not in run.data["source"]


def test_an_adequate_learning_rate_learns_and_a_too_large_one_does_not():
    assert last_accuracy("characters-adequate") >= 0.95
    assert last_accuracy("characters-too-large") <= 1 / 9 + 0.03


def test_dense_layers_alone_stay_clearly_behind():
    assert last_accuracy("characters-dense") <= last_accuracy("characters-adequate") - 0.08


def test_photographs_are_recognised_far_above_chance():
    assert last_accuracy("photographs") >= 0.85


def test_the_two_rates_begin_with_the_same_weights():
    both = [runs.open_run(PROJECT / "checkpoints" / name) for name in NAMES[:2]]
    first = [run.checkpoint(0) for run in both]
    assert all((first[0][name] == first[1][name]).all() for name in first[0])


@pytest.mark.slow
def test_the_losses_around_the_pair_are_there_without_its_images(monkeypatch):
    for module in (surfaces, valleys):
        monkeypatch.setattr(module, "loss_images", None)
    a, b = (PROJECT / "checkpoints" / name for name in NAMES[:2])
    for folder in (a, b):
        steps = [leg.step for leg in legs(runs.open_run(folder))]
        walked = Walked.from_arrays(valleys.valley(quiet, run=str(folder), steps=steps))
        assert walked.step.tolist() == steps
        assert walked.is_repeated.all()
    found = Landscape.from_arrays(surfaces.surface(quiet, run_a=str(a), run_b=str(b), size=25))
    assert np.isfinite(found.loss).all()
    assert found.explained.sum() > 0.9


def quiet(share, words):
    """Take no notice of how far it is."""
