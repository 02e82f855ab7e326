import resource

import numpy as np
import pytest
from hidden_corpus import HARMLESS_SLICE
from keras_corpus import (
    CONFIGS,
    FILES,
    HARMLESS,
    members,
    weights,
    write,
)
from keras_parts import layer, sequential

from explorer.models import allowed
from explorer.models.checking import check_apart
from explorer.models.keras_file import check_config, check_file
from explorer.models.weights_file import check_weights

GROWTH_BYTES = 100_000_000


@pytest.fixture
def path(tmp_path):
    return tmp_path / "network.keras"


def refused(path, match):
    """Check that a file is refused, in one line and without filling the memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ValueError, match=match) as caught:
        check_file(path)
    assert "\n" not in str(caught.value)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert 1024 * grown < GROWTH_BYTES


def test_a_network_of_usual_layers_passes(path):
    assert check_file(write(path)) == HARMLESS


@pytest.mark.parametrize("name", FILES)
def test_what_is_not_known_to_be_harmless_is_refused(path, name):
    make, match = FILES[name]
    make(path)
    refused(path, match)


def test_what_only_training_needs_is_left_away(path):
    optimizer = {"module": "keras.optimizers", "class_name": "Adam", "config": {"rate": 10**9}}
    trained = {**HARMLESS, "compile_config": {"optimizer": optimizer}}
    assert check_file(write(path, members(trained))) == HARMLESS
    with pytest.raises(ValueError, match="optimizer"):
        check_config(trained)


def test_a_part_of_an_image_may_be_taken(path):
    assert check_file(write(path, members(HARMLESS_SLICE))) == HARMLESS_SLICE


def test_seeds_and_shared_objects_have_any_number(path):
    drop = layer("Dropout", rate=0.5, seed=10**12)
    drop["shared_object_id"] = 140_000_000_000_000
    check_file(write(path, members(sequential(drop))))


def test_brackets_in_names_do_not_nest(path):
    odd = sequential(layer("ReLU", name="[" * 200 + '"\\{'))
    assert check_file(write(path, members(odd))) == odd


def test_parameters_are_counted(tmp_path):
    file = tmp_path / "weights.h5"
    file.write_bytes(weights(lambda opened: opened.create_dataset("b", data=np.ones(46, "f2"))))
    assert check_weights(file) == 100
    with pytest.raises(ValueError, match="100 parameters"):
        check_weights(file, most_parameters=99)


def test_the_allow_list_has_no_layer_that_runs_code_or_reads_files():
    known_bad = {"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "Wrapper"}
    known_bad |= {"StringLookup", "IntegerLookup", "TextVectorization", "TimeDistributed"}
    names = set().union(*allowed.CLASSES_OF_MODULES.values())
    assert not names & known_bad


def test_a_check_apart_says_the_same(path, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    check_apart(write(path))
    bad = write(path, members(CONFIGS["code"][0]))
    with pytest.raises(ValueError, match="'Lambda'") as here:
        check_file(bad)
    with pytest.raises(ValueError, match="'Lambda'") as apart:
        check_apart(bad)
    assert str(apart.value) == str(here.value)
    assert list((tmp_path / "cache" / "networks").iterdir()) == []
