import shutil
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from explorer import runs
from explorer.analysis.plane import principal_plane
from explorer.inference import kept_images
from explorer.inference import surface as surfaces
from explorer.inference.landscape import SIZES, Landscape
from explorer.inference.loss_images import loss_images
from explorer.inference.losses import Losses, trainable_names, vector, vector_of
from explorer.inference.network import open_network
from explorer.inference.server import Cancelled
from explorer.inference.surface import surface
from explorer.runs.write import RunWriter
from explorer.training.normalisation import SettleNormalisation
from tests.inference.trained_runs import Stopping, told, trained_run

pytestmark = pytest.mark.slow
MADE = {
    "good": {},
    "bad": {"learning_rate": 1.0},
    "normalised": {"model": "compact", "dropout": 0.3, "optimizer": "adam"},
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EXPLORER_CACHE", str(tmp_path_factory.mktemp("cache")))
        root = tmp_path_factory.mktemp("runs")
        made = {name: trained_run(root, name, **options) for name, options in MADE.items()}
        yield SimpleNamespace(**made)


@pytest.fixture
def fresh(trained, tmp_path):
    """Return a function that copies a run without what was measured of it."""

    def copied(name, **about):
        run = getattr(trained, name)
        ignored = shutil.ignore_patterns(kept_images.LANDSCAPES)
        folder = shutil.copytree(run.folder, tmp_path / name, ignore=ignored)
        description = {**run.description, **about}
        RunWriter(folder).describe(**description)
        return runs.open_run(folder)

    return copied


def drawn(a, b=None, **options):
    folders = {"run_a": str(a.folder), "run_b": None if b is None else str(b.folder)}
    return Landscape.from_arrays(surface(told, **folders, **options))


def keras_loss(run, step, *, settled=False):
    """Return what Keras itself says of a checkpoint on the images of the run."""
    images = loss_images(run, told)
    model = open_network(run, step).model
    if settled:
        SettleNormalisation(model, images.pixels).settle()
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model.evaluate(images.pixels.astype(np.float32), images.labels, verbose=0)


def test_the_loss_is_what_keras_evaluates(trained):
    run = trained.good
    model = open_network(run, 0).model
    losses = Losses(model, loss_images(run, told))
    before = vector_of(model)
    for step in run.checkpoints.tolist():
        weights = vector(run.checkpoint(step), trainable_names(model))
        assert losses.at(weights) == pytest.approx(keras_loss(run, step), rel=1e-5)
    losses.restore()
    np.testing.assert_array_equal(vector_of(model), before)


def test_the_statistics_of_normalisation_are_measured_with_the_weights(trained):
    run = trained.normalised
    model = open_network(run, 0).model
    losses = Losses(model, loss_images(run, told))
    for step in run.checkpoints.tolist():
        weights = vector(run.checkpoint(step), trainable_names(model))
        expected = keras_loss(run, step, settled=True)
        assert losses.at(weights) == pytest.approx(expected, rel=1e-4)


def test_both_paths_lie_on_the_plane_of_their_principal_components(trained):
    found = drawn(trained.good, trained.bad)
    steps = [*trained.good.checkpoints, *trained.bad.checkpoints]
    assert found.step.tolist() == steps
    assert found.run.tolist() == [0] * len(trained.good.checkpoints) + [1] * len(
        trained.bad.checkpoints
    )
    names = list(trained.good.checkpoint(0))
    chosen = [trained.good, trained.bad]
    points = np.stack(
        [vector(chosen[k].checkpoint(s), names) for k, s in zip(found.run, steps, strict=True)]
    )
    origin = points[len(trained.good.checkpoints) - 1]
    plane = principal_plane(points, origin)
    places, off = plane.project(points)
    assert_allclose(found.places, places, atol=1e-4)
    assert_allclose(found.off, off, atol=1e-3)
    assert_allclose(found.explained, plane.explained, rtol=1e-5)
    assert found.x[0] < places[:, 0].min() < places[:, 0].max() < found.x[-1]
    assert found.y[0] < places[:, 1].min() < places[:, 1].max() < found.y[-1]


def test_the_losses_of_checkpoints_and_of_the_surface_are_keras_own(trained):
    found = drawn(trained.good, trained.bad)
    for run, step, loss in zip(found.run, found.step, found.true_loss, strict=True):
        expected = keras_loss((trained.good, trained.bad)[run], int(step))
        assert loss == pytest.approx(expected, rel=1e-4)
    origin = len(trained.good.checkpoints) - 1
    assert found.under[origin] == pytest.approx(found.true_loss[origin], rel=1e-6)
    run = trained.good
    model = open_network(run).model
    names = trainable_names(model)
    chosen = [
        vector(one.checkpoint(s), names) for one in (run, trained.bad) for s in one.checkpoints
    ]
    plane = principal_plane(np.stack(chosen), chosen[origin])
    losses = Losses(model, loss_images(run, told))
    for row, column in ((0, 0), (2, 5), (6, 6)):
        expected = losses.at(plane.at(found.x[column], found.y[row]))
        assert found.loss[row, column] == pytest.approx(expected, rel=1e-4)


def test_a_finer_grid_has_all_places_of_the_coarser_one(fresh):
    a, b = fresh("good"), fresh("bad")
    coarse = drawn(a, b)
    fine = drawn(a, b, size=13)
    assert (coarse.size, fine.size) == (7, 13)
    assert_allclose(fine.x[::2], coarse.x)
    assert_allclose(fine.loss[::2, ::2], coarse.loss)
    assert np.isfinite(fine.loss).all()
    assert drawn(a, b).size == 13  # the finest that there is


def test_what_was_measured_is_read_without_opening_the_images(fresh, monkeypatch):
    a, b = fresh("good"), fresh("bad")
    found = drawn(a, b)
    monkeypatch.setattr(surfaces, "loss_images", None)
    again = drawn(a, b)
    np.testing.assert_array_equal(again.loss, found.loss)
    assert (again.notes, again.num_images) == (found.notes, found.num_images)
    assert found.num_images == 512
    assert list((a.folder / kept_images.LANDSCAPES).iterdir())


def test_a_request_that_was_stopped_goes_on_where_it_was(fresh):
    a, b = fresh("good"), fresh("bad")
    drawn(a, b)
    stopped = Stopping(20, Cancelled())
    with pytest.raises(Cancelled):
        surface(stopped, run_a=str(a.folder), run_b=str(b.folder), size=13)
    places = 13 * 13 - 7 * 7
    assert f"of {places}" in stopped.words[-1]
    assert drawn(a, b).size == 7
    rest = Stopping(1000, Cancelled())
    surface(rest, run_a=str(a.folder), run_b=str(b.folder), size=13)
    measured = [words for words in stopped.words if "place" in words][:-1]
    assert f"1 of {places - len(measured)}" in "".join(rest.words)
    assert drawn(a, b).size == 13


def test_random_directions_lie_around_the_last_checkpoint(trained):
    found = drawn(trained.good, way="random", seed=1)
    last = int(trained.good.checkpoints[-1])
    assert (found.x[0], found.x[-1], found.y[0], found.y[-1]) == (-1, 1, -1, 1)
    assert (found.step.tolist(), found.places.tolist()) == ([last], [[0, 0]])
    assert found.loss[3, 3] == pytest.approx(keras_loss(trained.good, last), rel=1e-5)
    assert found.loss[3, 3] < found.loss[0, 0]
    assert not np.allclose(drawn(trained.good, way="random", seed=2).loss, found.loss)
    with pytest.raises(ValueError, match="belong to one network"):
        drawn(trained.good, trained.bad, way="random")


def test_one_run_has_a_plane_of_its_own(trained):
    found = drawn(trained.normalised, size=SIZES[0])
    assert set(found.run.tolist()) == {0}
    assert "statistics of batch normalisation are measured anew" in found.notes[1]


def test_without_the_training_images_the_recorded_ones_are_used_and_named(fresh):
    about = fresh("good").description
    gone = {**about["spec"], "data": "no-such-folder"}
    run = fresh("bad", spec=gone, data={**about["data"], "key": "0" * 32})
    found = drawn(run)
    assert found.num_images == 4
    assert "4 images alone, those recorded" in found.notes[0]
    pixels, labels = run.probe()
    logits = open_network(run).logits(pixels)
    expected = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)
    assert found.true_loss[-1] == pytest.approx(float(expected), rel=1e-4)
    assert drawn(run).num_images == 4


def test_different_networks_have_no_common_plane(trained):
    with pytest.raises(ValueError, match="no points of one space"):
        drawn(trained.good, trained.normalised)


def test_different_classes_have_no_common_loss(trained, fresh):
    names = [*trained.good.class_names[:-1], "neun"]
    other = fresh("bad", data={**trained.bad.data, "class_names": names})
    with pytest.raises(ValueError, match="answer with different classes"):
        drawn(trained.good, other)


def test_two_checkpoints_are_too_few_for_a_plane(trained, fresh):
    run = fresh("good")
    for path in sorted((run.folder / "weights").iterdir())[2:]:
        path.unlink()
    with pytest.raises(ValueError, match="needs 3 checkpoints or more, and there are 2"):
        drawn(runs.open_run(run.folder))


def test_checkpoints_that_are_no_numbers_are_named_and_have_no_place(trained, fresh):
    run = fresh("bad")
    last = int(run.checkpoints[-1])
    broken = {name: np.full_like(one, np.nan) for name, one in run.checkpoint(last).items()}
    RunWriter(run.folder).write_checkpoint(last, broken)
    found = drawn(trained.good, runs.open_run(run.folder))
    assert np.isnan(found.places[-1]).all()
    assert np.isnan([found.true_loss[-1], found.under[-1], found.off[-1]]).all()
    assert np.isfinite(found.places[:-1]).all()
    assert f"bad are not numbers from step {last:,} on" in found.notes[-1]


def test_checkpoints_that_exploded_do_not_flatten_the_picture(trained, fresh):
    run = fresh("bad")
    last = int(run.checkpoints[-1])
    far = {name: 1e5 * one for name, one in run.checkpoint(last).items()}
    RunWriter(run.folder).write_checkpoint(last, far)
    found = drawn(trained.good, runs.open_run(run.folder))
    assert np.isnan(found.places[-1]).all()
    assert found.true_loss[-1] > found.true_loss[0]
    assert np.abs(found.x).max() < 1000
    assert "100 times as long as at the start" in found.notes[-1]


def test_a_run_without_any_numbers_is_refused(fresh):
    run = fresh("good")
    for step in run.checkpoints.tolist():
        broken = {name: np.full_like(one, np.nan) for name, one in run.checkpoint(step).items()}
        RunWriter(run.folder).write_checkpoint(step, broken)
    with pytest.raises(ValueError, match="weights that are numbers"):
        drawn(runs.open_run(run.folder))


def test_large_networks_are_drawn_with_fewer_checkpoints(fresh, monkeypatch):
    monkeypatch.setattr("explorer.inference.points.MOST_BYTES", 1)
    run = fresh("good")
    found = drawn(run)
    assert len(found.step) == 3
    assert found.step[[0, -1]].tolist() == run.checkpoints[[0, -1]].tolist()
    assert f"3 of {len(run.checkpoints)} checkpoints are drawn" in found.notes[-1]
