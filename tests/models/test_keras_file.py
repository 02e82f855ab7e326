import pickle
import resource
import zipfile

import numpy as np
import pytest
from keras_corpus import (
    CONFIGS,
    DATA,
    HARMLESS,
    layer,
    members,
    nested_lists,
    sequential,
    weights,
    write,
)

from explorer.models import allowed, limits
from explorer.models.keras_file import check_config, check_file
from explorer.models.weights_file import check_weights

GROWTH_BYTES = 100_000_000
SLICE = {"class_name": "__slice__", "config": {"start": None, "stop": 2, "step": None}}


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


@pytest.mark.parametrize("name", CONFIGS)
def test_what_is_not_known_to_be_harmless_is_refused(path, name):
    config, match = CONFIGS[name]
    refused(write(path, members(config)), match)


@pytest.mark.parametrize("name", DATA)
def test_weights_are_plain_numbers_within_their_file(path, name):
    fill, match = DATA[name]
    refused(write(path, members(content=weights(fill))), match)


@pytest.mark.parametrize(
    "name", ["assets/words.txt", "../evil.txt", "/etc/evil", "config.json/x", "MODEL.WEIGHTS.H5"]
)
def test_a_file_holds_its_three_members_alone(path, name):
    refused(write(path, {**members(), name: b"x"}), "also holds")


def test_no_member_is_missing(path):
    parts = members()
    del parts["metadata.json"]
    refused(write(path, parts), "lacks metadata.json")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_no_member_is_there_twice(path):
    refused(write(path, [*members().items(), ("config.json", b"{}")]), "more than once")


def test_what_only_training_needs_is_left_away(path):
    optimizer = {"module": "keras.optimizers", "class_name": "Adam", "config": {"rate": 10**9}}
    trained = {**HARMLESS, "compile_config": {"optimizer": optimizer}}
    assert check_file(write(path, members(trained))) == HARMLESS
    with pytest.raises(ValueError, match="optimizer"):
        check_config(trained)


def test_a_part_of_an_image_may_be_taken(path):
    rest = {"class_name": "__ellipsis__", "config": {}}
    cut = layer("GetItem", module="keras.src.ops.numpy", places=[rest, {**rest, **SLICE}])
    assert check_file(write(path, members(sequential(cut))))


def test_seeds_and_shared_objects_have_any_number(path):
    drop = layer("Dropout", rate=0.5, seed=10**12)
    drop["shared_object_id"] = 140_000_000_000_000
    check_file(write(path, members(sequential(drop))))


@pytest.mark.parametrize("name", ["config.json", "metadata.json"])
@pytest.mark.parametrize(
    ("content", "match"),
    [
        (nested_lists(100), "nested more than"),
        (nested_lists(40_000), "nested more than"),
        (b"{", "no JSON text"),
        (b"\xff\xfe", "no JSON text"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "no JSON text"),
    ],
)
def test_texts_are_json_of_some_depth(path, name, content, match):
    refused(write(path, {**members(), name: content}), match)


def test_brackets_in_names_do_not_nest(path):
    odd = sequential(layer("ReLU", name="[" * 200 + '"\\{'))
    assert check_file(write(path, members(odd))) == odd


def test_a_long_text_is_refused(path):
    refused(write(path, members(b" " * 3_000_000 + b"{}")), "at most 2,000,000")


def test_a_file_that_grows_too_much_is_refused(path):
    bomb = members(content=bytes(100_000_000))
    refused(write(path, bomb, compression=zipfile.ZIP_DEFLATED), "more than 50 times")


def test_a_lying_size_is_refused(path):
    write(path)
    content = path.read_bytes()
    at = content.rindex(b"PK\x01\x02")  # the entry of the weights in the table of contents
    announced = (10**9).to_bytes(4, "little")
    path.write_bytes(content[: at + 20] + announced * 2 + content[at + 28 :])
    refused(path, "announces 1,000 MB|damaged")


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9, 0.99])
def test_a_file_cut_short_is_refused(path, share):
    content = write(path).read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    refused(path, "no .keras file|damaged or cut short")


@pytest.mark.parametrize("place", [0.3, 0.6])
def test_weights_cut_short_are_refused(path, place):
    content = weights()
    refused(write(path, members(content=content[: int(place * len(content))])), "cannot be read")


def test_files_of_other_kinds_are_refused(path):
    for content, match in [
        (weights(), "HDF5 file"),
        (pickle.dumps([1]), "no .keras file"),
        (b"", "no .keras file"),
        (b"PK\x03\x04", "damaged or cut short"),
    ]:
        path.write_bytes(content)
        refused(path, match)


def test_a_file_too_large_is_refused_unread(path):
    with path.open("wb") as file:
        file.truncate(10**9)
    refused(path, "1,000 MB")


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


def test_a_check_apart_says_the_same(path):
    limits.check_apart(write(path))
    bad = write(path, members(CONFIGS["code"][0]))
    with pytest.raises(ValueError, match="'Lambda'") as here:
        check_file(bad)
    with pytest.raises(ValueError, match="'Lambda'") as apart:
        limits.check_apart(bad)
    assert str(apart.value) == str(here.value)


@pytest.mark.parametrize(
    ("statement", "seconds", "match"),
    [
        ("import time; time.sleep(60)", 0.5, "took too long"),
        ("import os; os.kill(os.getpid(), 11)", 60, "signal 11"),
        ("import os; os._exit(1)", 60, "exit status 1"),
    ],
)
def test_a_process_that_ends_badly_is_told_in_one_line(statement, seconds, match):
    with pytest.raises(ValueError, match=match):
        limits.run_apart("timeit", ["-n", "1", statement], seconds=seconds)
