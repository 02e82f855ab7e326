"""Large networks are recorded less densely, so that a run stays small."""

import itertools

import keras
import numpy as np
import pytest

from explorer import Recorder, runs
from explorer.training.cost import recorded_bytes
from explorer.training.spec import Recording
from explorer.training.thinning import thinned, what_was_thinned

SMALL = [(3, 3, 3, 16), (16,), (1024, 9), (9,)]
# As many weights and tensors as ResNet50: 25.6 million in 320.
LARGE = [(3, 3, 512, 512)] * 3 + [(1, 1, 1024, 1024)] * 16 + [(256,)] * 160
OTHERS = [(256,)] * 106


@pytest.mark.parametrize("num_steps", [1, 100, 100_000])
def test_a_small_network_is_recorded_as_ever(num_steps):
    assert thinned(Recording(), SMALL, [], num_steps, 500_000_000) == Recording()


@pytest.mark.parametrize("num_steps", [10, 1000, 100_000, None])
@pytest.mark.parametrize("most_bytes", [300_000_000, 500_000_000, 1_500_000_000])
def test_a_large_network_stays_below_the_limit_and_is_recorded_as_densely_as_it_allows(
    num_steps, most_bytes
):
    found = thinned(Recording(), LARGE, OTHERS, num_steps, most_bytes)
    size = recorded_bytes(found, LARGE, OTHERS, (), num_steps or 100_000)
    assert size <= most_bytes
    if found != Recording():
        assert size >= 0.5 * most_bytes
    assert found.checkpoints >= 2


def test_the_smaller_the_limit_the_less_is_kept():
    limits = (2e9, 1e9, 5e8, 3e8, 2.2e8, 1e7)
    kept = [thinned(Recording(), LARGE, OTHERS, 1000, int(limit)) for limit in limits]
    sizes = [recorded_bytes(one, LARGE, OTHERS, (), 1000) for one in kept]
    assert all(one >= other for one, other in itertools.pairwise(sizes))
    assert kept[0].checkpoints > kept[2].checkpoints > kept[-1].checkpoints == 2
    assert kept[-1].ratio > kept[0].ratio


def test_what_was_wanted_sparser_is_not_made_denser():
    sparse = Recording(dense_steps=2, ratio=5.0, values_per_tensor=100, checkpoints=2)
    found = thinned(sparse, LARGE, OTHERS, 1000, 1)
    for name in ("dense_steps", "values_per_tensor", "checkpoints", "probe_images"):
        assert getattr(found, name) <= getattr(sparse, name)
    assert found.ratio >= sparse.ratio


def test_what_was_thinned_names_both_numbers():
    thinner = Recording(checkpoints=3, ratio=2.0)
    assert what_was_thinned(Recording(), thinner) == {"checkpoints": [12, 3], "ratio": [1.25, 2.0]}


def wide():
    layers = [keras.layers.Flatten(), keras.layers.Dense(2000, name="wide"), keras.layers.Dense(4)]
    model = keras.Sequential([keras.Input((8, 8, 3)), *layers])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


@pytest.mark.filterwarnings("ignore:Your input ran out of data")  # a generator, of one epoch
@pytest.mark.parametrize("is_known", [True, False])
def test_the_recorder_keeps_to_its_limit_and_writes_down_what_it_left_out(tmp_path, rng, is_known):
    images = rng.uniform(0, 1, (64, 8, 8, 3)).astype(np.float32)
    labels = rng.integers(0, 4, 64)
    model = wide()  # a checkpoint takes 1.6 MB
    recorder = Recorder(tmp_path / "run", probe=(images, labels), most_bytes=6_000_000)
    if is_known:
        model.fit(images, labels, batch_size=1, verbose=0, callbacks=[recorder])
    else:
        batches = ((images[i : i + 1], labels[i : i + 1]) for i in range(64))
        model.fit(batches, shuffle=False, verbose=0, callbacks=[recorder])
    run = runs.open_run(tmp_path / "run")
    assert run.status == "finished"
    assert run.size_bytes() <= 6_000_000
    policy, left_out = run.recording["policy"], run.recording["thinned"]
    assert policy["checkpoints"] == left_out["checkpoints"][1] < left_out["checkpoints"][0] == 12
    assert len(run.checkpoints) <= policy["checkpoints"] + 1
    assert (run.checkpoints[0], run.checkpoints[-1]) == (0, 64)


def test_a_recording_that_is_asked_for_is_not_thinned(tmp_path, rng):
    images = rng.uniform(0, 1, (4, 8, 8, 3)).astype(np.float32)
    recorder = Recorder(tmp_path / "run", recording=Recording(), most_bytes=1)
    wide().fit(images, np.zeros(4, int), batch_size=1, verbose=0, callbacks=[recorder])
    run = runs.open_run(tmp_path / "run")
    assert run.recording["thinned"] == {}
    assert run.tensors("weights")["wide/kernel"].stored_size > 4096
