"""The range test in Keras: its steps are those of `fit`, its starts are fresh, it is kept."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from explorer import data, runs
from explorer.analysis.range_test import NUM_SEEDS, NUM_STEPS, has_diverged, raised_rates
from explorer.inference import range_results
from explorer.inference.range_test import made, raised, range_test
from explorer.models.build import build
from explorer.runs.write import RunWriter
from explorer.training.fitting import compile_model
from explorer.training.networks import network_for
from explorer.training.pipeline import training_batches
from explorer.training.spec import TrainingSpec
from explorer.training.worker import describe_data

pytestmark = pytest.mark.slow
SPEC = TrainingSpec(
    data="digits", image_size=8, color="grey", model="article", filters=4, depth=1, batch_size=32
)
HARD = {"model": "compact", "dropout": 0.3, "optimizer": "adam", "augment": True}


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def digits(cache):
    images = data.load("digits", image_size=8, color="grey")
    return images, images.split(validation_share=0.15, seed=0).train


def quiet(share, words):
    """Tell nobody."""


def by_fit(spec, images, chosen, rates):
    """Return the losses that Keras' own compiled training gives."""
    network = network_for(
        spec, image_size=8, channels=images.images.shape[3], num_classes=len(images.class_names)
    )
    model = build(network, seed=spec.seed)
    compile_model(model, spec, len(rates))
    batches = training_batches(
        images.images,
        images.labels,
        chosen,
        batch_size=spec.batch_size,
        seed=spec.seed,
        augment=spec.augment,
    )
    losses = []

    class Raise(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            model.optimizer.learning_rate = rates[batch]
            model.reset_metrics()

        def on_train_batch_end(self, batch, logs=None):
            losses.append(logs["loss"])

    model.fit(batches, steps_per_epoch=len(rates), callbacks=[Raise()], shuffle=False, verbose=0)
    return losses


@pytest.mark.parametrize("settings", [{}, HARD], ids=["plain", "with everything"])
def test_every_step_is_that_of_keras(digits, settings):
    spec, rates = replace(SPEC, **settings), np.geomspace(1e-3, 0.1, 25)
    losses = list(raised(spec, *digits, rates))
    np.testing.assert_allclose(losses, by_fit(spec, *digits, rates), rtol=1e-3)


@pytest.mark.parametrize("settings", [{}, HARD], ids=["plain", "with everything"])
def test_every_start_is_fresh(digits, settings):
    """Weights, optimiser, normalisation and dropout of one start leave nothing to the next."""
    spec, rates = replace(SPEC, **settings), raised_rates()[60:90]
    first = list(raised(spec, *digits, rates))
    other = list(raised(replace(spec, seed=1), *digits, rates))
    again = list(raised(spec, *digits, rates))
    assert first == again
    assert first != other


def test_it_stops_where_it_diverges_and_not_before(digits):
    images, chosen = digits
    found = made(replace(SPEC, optimizer="momentum"), images, chosen, quiet)
    assert found.losses.shape == (NUM_SEEDS, NUM_STEPS)
    for place, taken in enumerate(found.taken):
        curve = found.curve(place)
        assert not any(has_diverged(curve[: step + 1]) for step in range(taken - 1))
        assert taken == NUM_STEPS or has_diverged(curve)
        assert np.isnan(found.losses[place, taken:]).all()
    assert (found.taken < NUM_STEPS).any()


def test_a_rate_that_it_suggests_trains_the_network(digits):
    images, chosen = digits
    for one in made(SPEC, images, chosen, quiet).suggestions():
        losses = list(raised(SPEC, *digits, np.full(150, one.rate)))
        assert np.mean(losses[-20:]) < 0.6 * losses[0]


def test_after_the_largest_seed_comes_the_smallest(digits):
    images, chosen = digits
    found = made(replace(SPEC, seed=2**31 - 1), images, chosen, quiet)
    assert found.seeds.tolist() == [2**31 - 1, 0, 1]


@pytest.fixture
def run(tmp_path, digits):
    images, _ = digits
    split = images.split(validation_share=SPEC.validation_share, seed=SPEC.seed)
    writer = RunWriter(tmp_path / "run-1")
    about = describe_data(images, split, SPEC)
    writer.describe(name="Digits", status="finished", spec=SPEC.to_dict(), data=about)
    writer.close()
    return runs.open_run(tmp_path / "run-1")


def test_of_a_run_it_is_made_once(run):
    told = []
    assert range_results.of_run(run) is None
    first = range_test(lambda share, words: told.append((share, words)), run=str(run.folder))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] <= 1
    for place in range(NUM_SEEDS):
        assert any(words.startswith(f"Start {place + 1} of 3") for _, words in told)
    again = range_test(pytest.fail, run=str(run.folder))
    for name, values in first.items():
        np.testing.assert_array_equal(values, again[name])
    np.testing.assert_array_equal(range_results.of_run(run).losses, first["losses"])
    assert (run.folder / range_results.FOLDER).is_dir()


def test_a_damaged_result_is_made_again(run):
    range_test(quiet, run=str(run.folder))
    (file,) = (run.folder / range_results.FOLDER).iterdir()
    file.write_bytes(b"x")
    assert range_results.of_run(run) is None
    range_test(quiet, run=str(run.folder))
    assert range_results.of_run(run) is not None


@pytest.mark.parametrize(
    ("change", "matters"),
    [
        ({"learning_rate": 3.0, "epochs": 2, "schedule": "cosine", "name": "x"}, False),
        ({"optimizer": "adam"}, True),
        ({"batch_size": 16}, True),
        ({"filters": 8}, True),
        ({"seed": 1}, True),
        ({"augment": True}, True),
        ({"augment_strength": 0.5}, False),
    ],
)
def test_it_is_named_after_all_it_depends_on(change, matters):
    spec = replace(SPEC, **change)
    assert (range_results.key_of(spec, "f") != range_results.key_of(SPEC, "f")) == matters
    assert range_results.key_of(SPEC, "f") != range_results.key_of(SPEC, "g")


def test_it_ends_when_nobody_wants_it_any_more(digits):
    class Enough(Exception):
        """Nobody wants it any more."""

    def tell(share, words):
        if share > 0.2:
            raise Enough

    with pytest.raises(Enough):
        range_test(tell, spec=SPEC.to_dict())


def test_images_that_have_changed_are_told(run, tmp_path):
    writer = RunWriter(run.folder)
    writer.describe(data={**run.data, "fingerprint": "another"})
    writer.close()
    with pytest.raises(data.DataError, match="have changed"):
        range_test(quiet, run=str(run.folder))


def test_a_run_of_a_script_of_its_own_is_refused(tmp_path):
    writer = RunWriter(tmp_path / "own")
    writer.describe(name="Own", status="finished")
    writer.write_checkpoint(0, {"conv_1/kernel": np.zeros((3, 3, 1, 2), np.float32)})
    writer.close()
    with pytest.raises(runs.RunError, match="script of its own"):
        range_test(quiet, run=str(tmp_path / "own"))
