import numpy as np
import pytest

from explorer import data, runs
from explorer.analysis.neighbours import reference_of_few, unlikeness
from explorer.inference import given
from explorer.inference.opened import open_source
from explorer.inference.samples import prepared_images
from explorer.inference.unlike import features, unlike
from explorer.models.build import build
from explorer.runs.write import RunWriter, update_description
from explorer.training.names import tensor_names
from explorer.training.networks import network_for
from explorer.training.spec import TrainingSpec
from explorer.training.worker import describe_data

pytestmark = pytest.mark.slow
SPEC = TrainingSpec(data="digits", image_size=8, filters=2, depth=1)


def told(share, words):
    assert 0 <= share <= 1


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EXPLORER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield data.load("digits", image_size=8)


@pytest.fixture
def make_run(tmp_path, digits):
    """Return a function that makes a run of an untrained network, with or without its images."""

    def made(*, at_hand=True, probe=True, scale=1.0):
        folder = tmp_path / f"run {at_hand} {probe} {scale}"
        writer = RunWriter(folder)
        about = describe_data(digits, digits.split(seed=0), SPEC)
        about |= {} if at_hand else {"key": "0" * 32}
        writer.describe(name="digits", status="finished", spec=SPEC.to_dict(), data=about)
        network = network_for(SPEC, image_size=8, channels=1, num_classes=10)
        model = build(network, seed=0)
        names = tensor_names([variable.path for variable in model.weights], model.name)
        values = [scale * np.array(variable) for variable in model.weights]
        writer.write_checkpoint(5, dict(zip(names, values, strict=True)))
        if probe:
            rows = digits.split(seed=0).validation[:32]
            writer.write_probe(np.asarray(digits.images[rows]), digits.labels[rows])
        return runs.open_run(folder)

    return made


def asked(run, images):
    kept = [given.keep(one) for one in images]
    return unlike(told, network={"run": str(run.folder), "step": 5}, images=kept)


def test_it_is_measured_on_images_of_the_run(make_run, digits):
    run = make_run()
    _, split = prepared_images(run)
    found = asked(run, digits.images[split.validation[:40]])
    assert found["from_training"]
    assert 0 < found["num_measured"] <= len(split.validation) / 2 + 1
    assert found["num_flagged"] / found["num_measured"] < 0.15
    assert np.mean(found["unlikeness"] > found["threshold"]) < 0.2


def test_where_the_images_are_gone_the_recorded_ones_are_held_against_each_other(make_run, digits):
    run = make_run(at_hand=False)
    images = digits.images[:3]
    found = asked(run, images)
    opened = open_source({"run": str(run.folder), "step": 5})
    expected = reference_of_few(features(opened, run.probe()[0]))
    assert found["num_measured"] == 32
    assert not found["from_training"]
    assert found["threshold"] == pytest.approx(expected.threshold, rel=1e-5)
    lengths = unlikeness(features(opened, images), expected.bank, expected.nearest)
    np.testing.assert_allclose(found["unlikeness"], lengths, atol=1e-5)


def test_the_features_are_what_the_last_layer_gets(make_run, digits):
    opened = open_source({"run": str(make_run().folder), "step": 5})
    images = digits.images[:150]
    kernel, bias = opened.model.layers[-1].get_weights()
    found = features(opened, images) @ kernel + bias
    np.testing.assert_allclose(found, opened.logits(images), rtol=1e-4, atol=1e-4)


def test_it_is_computed_once(make_run, digits):
    run, steps = make_run(), []
    kept = [given.keep(digits.images[0])]

    def tell(share, words):
        steps.append(share)

    network = {"run": str(run.folder), "step": 5}
    first = unlike(tell, network=network, images=kept)
    assert steps
    steps.clear()
    again = unlike(tell, network=network, images=kept)
    assert not steps
    np.testing.assert_allclose(first["unlikeness"], again["unlikeness"], atol=1e-6)


def test_what_was_kept_and_is_damaged_is_made_anew(make_run, digits):
    run = make_run()
    first = asked(run, digits.images[:1])
    (kept,) = run.folder.rglob("*.npz")
    kept.write_bytes(kept.read_bytes()[:200])
    assert asked(run, digits.images[:1])["threshold"] == pytest.approx(float(first["threshold"]))


def test_what_was_measured_with_the_images_serves_when_they_are_gone(make_run, digits):
    run = make_run()
    first = asked(run, digits.images[:1])
    gone = {**run.description["data"], "key": "0" * 32}
    update_description(run.folder, data=gone)
    again = asked(runs.open_run(run.folder), digits.images[:1])
    assert again["from_training"]
    np.testing.assert_allclose(first["unlikeness"], again["unlikeness"], atol=1e-5)


def test_nothing_is_said_without_images_or_with_damaged_weights(make_run, digits):
    assert asked(make_run(at_hand=False, probe=False), digits.images[:1]) == {}
    assert asked(make_run(scale=np.nan), digits.images[:1]) == {}


def test_images_that_have_changed_are_not_those_of_the_run(make_run, digits):
    run = make_run()
    assert prepared_images(run) is not None
    run.description["data"]["fingerprint"] = "another"
    assert prepared_images(run) is None
