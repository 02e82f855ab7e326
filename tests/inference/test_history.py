import numpy as np
import pytest
from numpy.testing import assert_allclose

from explorer import runs
from explorer.inference import given
from explorer.inference.gradcam import grad_cam, last_spatial_layer
from explorer.inference.history import history
from explorer.inference.opened import open_source
from explorer.models.build import build
from explorer.runs.write import RunWriter
from explorer.training.names import tensor_names
from explorer.training.networks import network_for
from explorer.training.spec import TrainingSpec

pytestmark = pytest.mark.slow
NAMES = ["a", "b", "c"]
STEPS = [0, 3, 9]


def told(share, words):
    assert 0 <= share <= 1


@pytest.fixture
def make_run(tmp_path, monkeypatch):
    """Return a function that makes a run with three checkpoints of unlike weights."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))

    def made(model="article", damaged=()):
        spec = TrainingSpec(model=model, data="digits", image_size=8, filters=2, depth=1)
        writer = RunWriter(tmp_path / f"run-{model}-{len(damaged)}")
        about = {"name": "Digits", "class_names": NAMES, "channels": 1, "image_size": 8}
        about |= {"fit": "crop", "fingerprint": "f"}
        writer.describe(name=model, status="finished", spec=spec.to_dict(), data=about)
        for step in STEPS:
            network = network_for(spec, image_size=8, channels=1, num_classes=3)
            keras_model = build(network, seed=step)
            names = tensor_names([v.path for v in keras_model.weights], keras_model.name)
            values = [np.array(v) for v in keras_model.weights]
            if step in damaged:
                values = [np.full_like(one, np.nan) for one in values]
            writer.write_checkpoint(step, dict(zip(names, values, strict=True)))
        return runs.open_run(tmp_path / f"run-{model}-{len(damaged)}")

    return made


@pytest.fixture
def image(rng):
    return rng.integers(0, 256, (8, 8, 1)).astype(np.uint8)


def through(run, image, **options):
    kept = given.keep(image)
    return history(told, run=str(run.folder), image=kept, steps=STEPS, **options)


def test_every_checkpoint_answers_as_if_it_were_asked_alone(make_run, image):
    run = make_run()
    found = through(run, image, label=2)
    for row, step in enumerate(STEPS):
        opened = open_source({"run": str(run.folder), "step": step})
        assert_allclose(found["logits"][row], opened.logits(image[None])[0], rtol=1e-5)
        layer = last_spatial_layer(opened)
        alone = grad_cam(opened.model, layer, image[None], [2])[0]
        assert_allclose(found["maps"][row], alone, rtol=1e-4, atol=1e-7)
    assert str(found["layer"]) == layer
    assert len(np.unique(found["logits"][:, 0])) == len(STEPS)


def test_without_a_class_it_is_the_one_decided_for_in_the_end(make_run, image):
    run = make_run()
    found = through(run, image)
    assert found["label"] == found["logits"][-1].argmax()
    again = through(run, image, label=int(found["label"]))
    assert np.array_equal(found["maps"], again["maps"])


def test_damaged_checkpoints_are_not_a_number_and_decide_nothing(make_run, image):
    found = through(make_run(damaged=(9,)), image)
    assert np.isnan(found["logits"][2]).all()
    assert np.isnan(found["maps"][2]).all()
    assert np.isfinite(found["logits"][:2]).all()
    assert found["label"] == found["logits"][1].argmax()
    assert through(make_run(damaged=tuple(STEPS)), image)["label"] == 0


def test_checkpoints_that_cannot_be_read_are_left_out(make_run, image):
    run = make_run()
    whole = through(run, image, label=1)
    assert whole["steps"].tolist() == STEPS
    path = run.folder / "weights" / "00000009.safetensors"
    path.write_bytes(path.read_bytes()[:-8])
    found = through(run, image, label=1)
    assert found["steps"].tolist() == STEPS[:2]
    assert np.array_equal(found["maps"], whole["maps"][:2])
    assert through(run, image)["label"] == found["logits"][-1].argmax()
    for path in (run.folder / "weights").iterdir():
        path.write_bytes(b"")
    with pytest.raises(runs.RunError, match="damaged"):
        through(run, image)


def test_a_network_of_dense_layers_has_no_maps(make_run, image):
    found = through(make_run("dense"), image)
    assert set(found) == {"steps", "logits", "label"}
    assert found["logits"].shape == (3, 3)


def test_an_image_for_another_network_is_refused(make_run, rng):
    with pytest.raises(ValueError, match="Give it again"):
        through(make_run(), rng.integers(0, 256, (9, 9, 1)).astype(np.uint8))
