import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from explorer import runs
from explorer.analysis.overshoot import overshoot
from explorer.inference import kept_images
from explorer.inference import valley as valleys
from explorer.inference.loss_images import loss_images
from explorer.inference.losses import Losses, trainable_names, vector
from explorer.inference.network import open_network
from explorer.inference.repeating import Repeated
from explorer.inference.retraced import LINE, STEP, Leg, legs
from explorer.inference.server import Cancelled
from explorer.inference.unseen import own_images
from explorer.inference.valley import valley
from explorer.inference.walked import SHARES, Walked
from explorer.runs import files
from explorer.runs.write import RunWriter
from explorer.training.spec import Recording
from tests.inference.trained_runs import Stopping, told, trained_run

pytestmark = pytest.mark.slow
SPARSE = Recording(values_per_tensor=64, probe_images=4, checkpoints=3, dense_steps=6)
MADE = {
    "plain": {"recording": SPARSE},
    "distorted": {
        "model": "compact",
        "dropout": 0.3,
        "optimizer": "adam",
        "schedule": "cosine",
        "learning_rate": 0.01,
        "augment": True,
        "recording": SPARSE,
    },
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EXPLORER_CACHE", str(tmp_path_factory.mktemp("cache")))
        root = tmp_path_factory.mktemp("runs")
        yield SimpleNamespace(**{n: trained_run(root, n, **o) for n, o in MADE.items()})


@pytest.fixture
def fresh(trained, tmp_path):
    """Return a function that copies a run without what was measured of it."""

    def copied(name, **about):
        run = getattr(trained, name)
        ignored = shutil.ignore_patterns(kept_images.LANDSCAPES)
        folder = shutil.copytree(run.folder, tmp_path / name, ignore=ignored)
        RunWriter(folder).describe(**{**run.description, **about})
        return runs.open_run(folder)

    return copied


def walked(run, steps):
    return Walked.from_arrays(valley(told, run=str(run.folder), steps=steps))


@pytest.mark.parametrize("name", MADE)
def test_repeated_steps_are_those_that_were_recorded(trained, name):
    run = getattr(trained, name)
    found = walked(run, run.steps.tolist())
    assert found.way.tolist() == [STEP] * (len(run.steps) - 1)
    assert found.step.tolist() == run.steps[:-1].tolist()
    assert found.deviation.max() < 1e-3
    recorded = [
        np.sqrt(
            sum(run.moments("updates", n, [s])["norm"].iloc[0] ** 2 for n in run.tensors("updates"))
        )
        for s in found.step.tolist()
    ]
    assert_allclose(found.length, recorded, rtol=1e-3)


def test_the_ends_of_a_step_are_the_losses_of_the_weights_there(trained):
    run = trained.plain
    found = walked(run, [0])
    model = open_network(run, 0).model
    losses = Losses(model, loss_images(run, told).some(256))
    before = vector(run.checkpoint(0), trainable_names(model))
    begin, landed = np.flatnonzero(SHARES == 0)[0], np.flatnonzero(SHARES == 1)[0]
    assert found.loss[0, begin] == pytest.approx(losses.at(before), rel=1e-6)
    repeated = Repeated(own_images(run, told), model)
    taken = next(repeated.steps_from(0))
    assert_allclose(taken.before, before)
    assert found.loss[0, landed] == pytest.approx(losses.at(taken.after), rel=1e-6)
    recorded = run.metrics().train["loss"].iloc[0]
    assert found.batch_loss[0, begin] == pytest.approx(recorded, rel=1e-5)
    assert found.relative[0] == pytest.approx(found.length[0] / np.linalg.norm(before), rel=1e-6)


@pytest.mark.parametrize("name", MADE)
def test_slopes_are_those_of_the_loss_of_the_batch(trained, name):
    run = getattr(trained, name)
    repeated = Repeated(own_images(run, told), open_network(run, 0).model)
    taken = next(repeated.steps_from(0))
    step = taken.after - taken.before
    for place in (taken.before, taken.after):
        near = [place + np.float32(share) * step for share in (-0.02, 0.02)]
        low, high = (repeated.loss_of_batch(taken, one) for one in near)
        assert repeated.slope(taken, place) == pytest.approx((high - low) / 0.04, rel=0.05)


def test_the_overshoot_is_that_of_the_slopes_at_both_ends(trained):
    run = trained.plain
    repeated = Repeated(own_images(run, told), open_network(run, 0).model)
    taken = next(repeated.steps_from(0))
    slopes = [repeated.slope(taken, end) for end in (taken.before, taken.after)]
    assert walked(run, [0]).alpha[0] == pytest.approx(overshoot(*slopes), rel=1e-4)
    assert slopes[0] == pytest.approx(-(walked(run, [0]).length[0] ** 2) / 0.1, rel=1e-3)


def test_looking_along_a_step_does_not_change_the_ones_after_it(trained):
    run = trained.distorted
    own = own_images(run, told)
    plain = Repeated(own, open_network(run, 0).model).steps_from(0)
    looked = Repeated(own, open_network(run, 0).model)
    for expected, taken in zip(plain, looked.steps_from(0), strict=False):
        assert_allclose(taken.after, expected.after, atol=1e-6)
        looked.loss_of_batch(taken, 2 * taken.after - taken.before)
        looked.slope(taken, taken.after)
        if taken.step == 3:
            break


def test_between_checkpoints_without_images_there_are_lines(fresh):
    run = _with_spec(fresh("plain"), data="no-such-folder")
    RunWriter(run.folder).describe(data={**run.data, "key": "0" * 32})
    run = runs.open_run(run.folder)
    found = walked(run, run.steps.tolist())
    assert found.step.tolist() == run.checkpoints[:-1].tolist()
    assert found.end.tolist() == run.checkpoints[1:].tolist()
    assert set(found.way.tolist()) <= {LINE, STEP}
    assert np.isnan(found.alpha).all()
    assert np.isnan(found.batch_loss).all()
    assert "4 images alone" in found.note
    names = trainable_names(open_network(run, 0).model)
    ends = [vector(run.checkpoint(int(s)), names) for s in run.checkpoints]
    assert_allclose(found.length, np.linalg.norm(np.diff(ends, axis=0), axis=1), rtol=1e-5)


def test_a_recording_that_cannot_be_repeated_is_found_out(fresh):
    run = _with_spec(fresh("plain"), seed=1)  # another order of the images
    found = walked(run, [0, 1])
    assert not found.is_repeated.all()


def _with_spec(run, **changes):
    RunWriter(run.folder).describe(spec={**run.spec, **changes})
    return runs.open_run(run.folder)


def test_what_was_measured_is_read_without_opening_the_images(fresh, monkeypatch):
    run = fresh("plain")
    found = walked(run, [0, 1])
    monkeypatch.setattr(valleys, "loss_images", None)
    again = walked(run, [1])
    assert again.step.tolist() == found.step.tolist() == [0, 1]
    np.testing.assert_array_equal(again.loss, found.loss)
    assert again.note == found.note
    assert "256 of the images" in again.note


def test_a_request_that_was_stopped_keeps_what_was_measured(fresh, monkeypatch):
    run = fresh("plain")
    stopped = Stopping(4, Cancelled())
    with pytest.raises(Cancelled):
        valley(stopped, run=str(run.folder), steps=[0, 1, 2, 3, 4])
    monkeypatch.setattr(valleys, "loss_images", None)
    assert len(walked(run, []).step)


def test_a_run_with_one_checkpoint_has_no_steps(fresh):
    run = fresh("plain")
    for step in run.checkpoints.tolist()[1:]:
        files.step_file(run.folder / files.WEIGHTS, step).unlink()
    with pytest.raises(ValueError, match="fewer than two checkpoints"):
        walked(runs.open_run(run.folder), [0])


def test_weights_that_are_no_numbers_have_no_loss_and_no_exception(fresh):
    run = fresh("plain")
    step = int(run.checkpoints[-2])
    broken = {name: np.full_like(one, np.nan) for name, one in run.checkpoint(step).items()}
    RunWriter(run.folder).write_checkpoint(step, broken)
    found = walked(runs.open_run(run.folder), [step])
    assert np.isnan(found.loss).all()
    assert np.isnan(found.alpha).all()
    assert np.isnan(found.length).all()


class Described:
    """As much of a run as says which of its steps can be repeated."""

    def __init__(self, optimizer, steps, checkpoints):
        self.spec = {"optimizer": optimizer}
        self.steps, self.checkpoints = np.array(steps), np.array(checkpoints)


def test_plain_descent_is_repeated_from_the_checkpoint_before():
    run = Described("sgd", [0, 1, 4, 5, 50, 200, 300], [0, 4, 200, 300])
    assert legs(run) == [
        Leg(0, 1, 0, STEP),
        Leg(1, 2, 0, STEP),
        Leg(4, 5, 4, STEP),
        Leg(5, 6, 4, STEP),
        Leg(50, 51, 4, STEP),
        Leg(200, 201, 200, STEP),
    ]


def test_an_optimizer_with_a_memory_is_repeated_from_the_start_alone():
    run = Described("adam", [0, 4, 5, 200, 300], [0, 4, 200, 300])
    assert legs(run) == [
        Leg(0, 1, 0, STEP),
        Leg(4, 5, 0, STEP),
        Leg(5, 6, 0, STEP),
        Leg(200, 300, 200, LINE),
    ]


def test_without_images_there_are_the_lines_between_checkpoints():
    run = Described("sgd", [0, 1, 4, 5, 200], [0, 4, 5, 200])
    expected = [Leg(0, 4, 0, LINE), Leg(4, 5, 4, STEP), Leg(5, 200, 5, LINE)]
    assert legs(run, has_images=False) == expected
