from types import SimpleNamespace

import keras
import numpy as np
import psutil
import pytest
from numpy.testing import assert_allclose

from explorer import runs
from explorer.analysis.similarity import linear_cka
from explorer.inference import comparing
from explorer.inference.client import Client
from explorer.inference.comparing import compare, compared_layers, grams
from explorer.inference.comparison import Comparison, key_of, open_saved
from explorer.inference.interpolation import (
    mixed,
    normalisations,
    renew_statistics,
    straight_line,
)
from explorer.inference.network import open_network
from explorer.inference.unseen import unseen_images
from explorer.paths import cache_dir
from explorer.runs.write import RunWriter, update_description
from explorer.training.spec import Recording, TrainingSpec
from explorer.training.worker import train

pytestmark = pytest.mark.slow

SMALL = {
    "data": "digits",
    "image_size": 8,
    "filters": 2,
    "depth": 1,
    "batch_size": 512,
    "epochs": 2,
    "recording": Recording(values_per_tensor=64, probe_images=4, checkpoints=4),
}
MADE = {
    "good": {"learning_rate": 0.1},
    "bad": {"learning_rate": 2.0},
    "normalised": {"model": "compact", "dropout": 0.3, "optimizer": "adam", "epochs": 4},
}


def told(share, words):
    assert 0 <= share <= 1


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Train three small networks on digits; the environment stays for the whole module."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EXPLORER_CACHE", str(tmp_path_factory.mktemp("cache")))
        root = tmp_path_factory.mktemp("runs")
        yield SimpleNamespace(**{name: _train(root, name) for name in MADE})


def _train(root, name):
    folder = runs.new_folder(root)
    spec = TrainingSpec(**SMALL | {"name": name} | MADE[name])
    update_description(folder, name=name, spec=spec.to_dict())
    train(folder, RunWriter(folder))
    update_description(folder, status="finished")
    return runs.open_run(folder)


def last(run):
    return int(run.checkpoints[-1])


def compared(a, b, step_a=None, step_b=None):
    arrays = compare(
        told,
        run_a=str(a.folder),
        step_a=last(a) if step_a is None else step_a,
        run_b=str(b.folder),
        step_b=last(b) if step_b is None else step_b,
    )
    return Comparison.from_arrays(arrays)


def test_accuracy_and_loss_are_those_measured_while_training(trained):
    found = compared(trained.good, trained.bad)
    for run, answers, loss in (
        (trained.good, found.answers_a, found.loss_a),
        (trained.bad, found.answers_b, found.loss_b),
    ):
        measured = run.metrics().validation.iloc[-1]
        assert found.accuracy(answers) == pytest.approx(measured["accuracy"], abs=1e-6)
        assert loss == pytest.approx(measured["loss"], rel=1e-4)


def test_confidence_is_the_probability_of_the_answer(trained):
    found = compared(trained.good, trained.good, step_a=0)
    unseen = unseen_images(trained.good, trained.good, told)
    logits = open_network(trained.good, 0).logits(unseen.pixels_a)
    shares = np.asarray(keras.ops.softmax(logits))
    assert_allclose(found.confidence_a, shares.max(axis=1), rtol=1e-5)
    assert found.answers_a.tolist() == shares.argmax(axis=1).tolist()


def test_a_checkpoint_is_like_itself_and_its_line_is_flat(trained):
    found = compared(trained.good, trained.good)
    assert found.answers_a.tolist() == found.answers_b.tolist()
    assert_allclose(np.diagonal(found.similarity), 1)
    assert_allclose(found.line_accuracy, found.accuracy(found.answers_a), atol=1e-6)
    assert_allclose(found.line_loss, found.loss_a, rtol=1e-4)


def test_the_line_begins_at_a_and_ends_at_b(trained):
    found = compared(trained.good, trained.bad)
    ends = [found.accuracy(found.answers_a), found.accuracy(found.answers_b)]
    assert_allclose(found.line_accuracy[[0, -1]], ends, atol=1e-6)
    assert_allclose(found.line_loss[[0, -1]], [found.loss_a, found.loss_b], rtol=1e-4)
    assert found.line_shares.tolist() == pytest.approx(np.linspace(0, 1, 11).tolist())


def test_similarity_equals_that_of_the_outputs_of_each_layer(trained, monkeypatch):
    monkeypatch.setattr(comparing, "BATCH", 16)  # more than one batch
    monkeypatch.setattr(comparing, "ACTIVATION_BYTES", 1)  # every layer on its own
    good, normal = (open_network(run) for run in (trained.good, trained.normalised))
    images = unseen_images(trained.good, trained.good, told).pixels_a[:40]
    pairs = [[linear_cka(x, y) for y in outputs(normal, images)] for x in outputs(good, images)]
    matrix = comparing.cka_matrix(
        grams(good, images, told), grams(normal, images, told), debiased=False
    )
    assert_allclose(matrix, pairs, rtol=1e-5)


def outputs(trained, images):
    """Pass images through the layers one by one, as the network does."""
    values, found = keras.ops.cast(images, "float32"), []
    for layer in trained.model.layers[1:]:
        values = layer(values, training=False)
        if layer.name in compared_layers(trained):
            found.append(np.asarray(values))
    return found


def test_a_dead_layer_is_like_nothing(trained, tmp_path):
    run = trained.bad
    weights = run.checkpoint(last(run))
    weights["conv_1/kernel"][:], weights["conv_1/bias"][:] = 0, -1
    dead = RunWriter(tmp_path / "dead")
    dead.describe(**{**run.description, "name": "dead"})
    dead.write_checkpoint(0, weights)
    found = compared(trained.good, runs.open_run(dead.folder), step_b=0)
    assert np.isnan(found.similarity).all()
    assert len(set(found.answers_b.tolist())) == 1


def test_weights_that_are_no_numbers_give_no_answer_and_no_exception(trained, tmp_path):
    run = trained.good
    broken = RunWriter(tmp_path / "broken")
    broken.describe(**{**run.description, "name": "broken"})
    broken.write_checkpoint(0, {n: np.full_like(v, np.nan) for n, v in run.checkpoint(0).items()})
    found = compared(run, runs.open_run(broken.folder), step_b=0)
    assert set(found.answers_b.tolist()) == {-1}
    assert np.isnan(found.confidence_b).all()
    assert np.isnan(found.loss_b)
    assert found.line_accuracy[0] == pytest.approx(found.accuracy(found.answers_a), abs=1e-6)
    assert (found.line_accuracy[1:] == 0).all()


def test_networks_of_different_make_are_compared_without_a_line(trained):
    found = compared(trained.good, trained.normalised)
    assert (found.layers_a, len(found.line_shares)) == (
        ("conv_1", "pool_1", "dense_1", "logits"),
        0,
    )
    assert {"norm_1", "relu_1", "global_pool"} <= set(found.layers_b)
    assert found.similarity.shape == (4, len(found.layers_b))
    assert "different architecture" in found.line_note


def test_classes_that_one_network_does_not_know_count_for_the_layers_alone(trained, tmp_path):
    renamed = RunWriter(tmp_path / "renamed")
    names = [*trained.good.class_names[:8], "acht", "neun"]
    about = {**trained.good.data, "class_names": names}
    renamed.describe(**{**trained.good.description, "data": about})
    weights = trained.good.checkpoint(last(trained.good))
    renamed.write_checkpoint(0, weights)
    found = compared(trained.good, runs.open_run(renamed.folder), step_b=0)
    assert found.class_names == (*"0123456789", "acht", "neun")
    assert found.shared.tolist() == list(range(8))
    known = found.comparable
    assert set(found.labels[known].tolist()) == set(range(8))
    places = np.array([*range(8), 10, 11])
    assert found.answers_b.tolist() == places[found.answers_a].tolist()
    assert "Only A knows 8, 9: " in found.notes[0]
    assert "Only B knows acht, neun: 0 images" in found.notes[1]
    assert len(found.line_shares) == 0


def test_a_comparison_made_before_is_only_read(trained, monkeypatch):
    found = compared(trained.good, trained.bad)
    key = key_of(trained.good, last(trained.good), trained.bad, last(trained.bad))
    np.testing.assert_array_equal(open_saved(key).line_loss, found.line_loss)
    monkeypatch.setattr(comparing, "open_network", None)
    assert compared(trained.good, trained.bad).answers_b.tolist() == found.answers_b.tolist()


def test_the_line_leaves_the_network_as_it_was(trained):
    first, second = (open_network(trained.normalised, step) for step in (0, None))
    before = [np.array(v) for v in first.model.weights]
    momentum = [layer.momentum for layer in normalisations(first.model)]
    unseen = unseen_images(trained.normalised, trained.normalised, told)
    labels = np.array([int(name) for name in unseen.class_names])
    line = straight_line(
        first, second, unseen.pixels_a, labels, training=unseen.training, tell=told
    )
    assert line.accuracy[-1] > line.accuracy[0]
    for variable, value in zip(first.model.weights, before, strict=True):
        assert np.array_equal(variable, value)
    assert [layer.momentum for layer in normalisations(first.model)] == momentum


def test_statistics_measured_anew_normalise_these_images(trained):
    network = open_network(trained.normalised, 0)
    images = unseen_images(trained.normalised, trained.normalised, told).training
    norm = normalisations(network.model)[-1]
    inner = keras.Model(network.model.input, norm.output)
    renew_statistics(network.model, images)
    values = np.asarray(inner(images.astype(np.float32), training=False))
    kept = values.std(axis=(0, 1, 2)) > 0.1  # a channel that says nothing cannot be normalised
    assert kept.any()
    assert_allclose(values.mean(axis=(0, 1, 2)), 0, atol=1e-3)
    assert_allclose(values.std(axis=(0, 1, 2))[kept], 1, atol=0.05)


def test_a_mean_of_weights_is_exact_at_its_ends():
    a, b = np.array([1.0, np.inf], np.float32), np.array([3.0, np.nan], np.float32)
    assert mixed(a, b, 0) is a
    assert mixed(a, b, 1) is b
    np.testing.assert_array_equal(mixed(a, b, 0.25), np.array([1.5, np.nan], np.float32))
    counter = np.array([7], np.uint32)
    assert mixed(counter, counter + 5, 0.5) is counter


def test_the_inference_process_compares_like_this_one_and_keeps_the_result(trained):
    here = compared(trained.good, trained.bad, step_a=0)
    key = key_of(trained.good, 0, trained.bad, last(trained.bad))
    (cache_dir() / "comparisons" / f"{key}.npz").unlink()
    arguments = {
        "run_a": str(trained.good.folder),
        "step_a": 0,
        "run_b": str(trained.bad.folder),
        "step_b": last(trained.bad),
    }
    client = Client()
    try:
        there = Comparison.from_arrays(client.submit("compare", **arguments).result(240))
        process = psutil.Process(client.process_id)
        failed = client.submit("compare", **{**arguments, "step_a": 999})
        with pytest.raises(ValueError, match="at step 999 cannot be read"):
            failed.result(60)
        assert process.is_running()
    finally:
        client.close()
    assert not process.is_running()
    assert there.answers_a.tolist() == here.answers_a.tolist()
    assert_allclose(there.similarity, here.similarity, atol=1e-4)
    assert_allclose(there.line_loss, here.line_loss, rtol=1e-3)
    assert open_saved(key).labels.tolist() == here.labels.tolist()
