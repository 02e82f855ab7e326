from dataclasses import fields

import numpy as np
import pytest

from explorer import runs
from explorer.inference import comparison as comparisons
from explorer.inference.comparison import Comparison, key_of, open_saved, save
from explorer.runs.write import RunWriter, update_description

KEY = "0" * 32


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    return tmp_path / "comparisons"


@pytest.fixture
def run(tmp_path):
    writer = RunWriter(runs.new_folder(tmp_path / "runs"))
    writer.describe(name="Digits", data={"key": "k", "fingerprint": "f"}, spec={"seed": 0})
    for step in (0, 5):
        writer.write_checkpoint(step, {"w": np.full(3, step, np.float32)})
    return runs.open_run(writer.folder)


def same(first, second):
    for item in fields(Comparison):
        np.testing.assert_equal(getattr(first, item.name), getattr(second, item.name))


def test_a_comparison_survives_being_kept(make_comparison):
    made = make_comparison()
    save(made, KEY)
    same(open_saved(KEY), made)


def test_what_is_not_there_or_damaged_or_of_another_version_is_not_opened(make_comparison, cache):
    with pytest.raises(LookupError):
        open_saved(KEY)
    path = save(make_comparison(), KEY)
    content = path.read_bytes()
    for broken in (b"", content[:-40], content[: len(content) // 2], b"x" * 99):
        path.write_bytes(broken)
        with pytest.raises(LookupError):
            open_saved(KEY)
    with pytest.raises(ValueError, match="damaged"):
        Comparison.from_arrays({})
    arrays = make_comparison().to_arrays()
    arrays["plain"] = np.array(str(arrays["plain"]).replace('"layout": 1', '"layout": 0'))
    with pytest.raises(ValueError, match="Another version"):
        Comparison.from_arrays(arrays)


def test_accuracy_counts_images_of_the_classes_that_both_know(make_comparison):
    made = make_comparison()
    assert made.comparable.tolist() == [0, 1, 2, 3]
    assert made.accuracy(made.answers_a) == 0.75
    assert made.accuracy(made.answers_b) == 0.5
    nothing = make_comparison(shared=np.zeros(0, np.int64))
    assert np.isnan(nothing.accuracy(nothing.answers_a))


def test_the_key_tells_steps_and_sides_apart_and_stays_the_same(run):
    pairs = [(0, 0), (0, 5), (5, 0), (5, 5)]
    keys = [key_of(run, a, run, b) for a, b in pairs]
    assert len(set(keys)) == 4
    assert keys == [key_of(runs.open_run(run.folder), a, run, b) for a, b in pairs]


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"key": "other", "fingerprint": "f"}},
        {"data": {"key": "k", "fingerprint": "other"}},
        {"spec": {"seed": 1}},
    ],
)
def test_the_key_changes_with_the_images_and_their_split(run, change):
    before = key_of(run, 0, run, 5)
    update_description(run.folder, **change)
    again = runs.open_run(run.folder)
    assert key_of(again, 0, again, 5) != before


def test_the_key_changes_with_the_weights(run):
    before = key_of(run, 0, run, 5)
    RunWriter(run.folder).write_checkpoint(5, {"w": np.zeros(3, np.float32)})
    assert key_of(run, 0, run, 5) != before


def test_a_checkpoint_that_is_gone_is_named(run):
    with pytest.raises(runs.RunError, match="'Digits' at step 7 cannot be read"):
        key_of(run, 0, run, 7)


def test_only_the_newest_are_kept(make_comparison, cache, monkeypatch):
    monkeypatch.setattr(comparisons, "MOST_KEPT", 3)
    for number in range(5):
        save(make_comparison(), f"{number:032d}")
    assert len(list(cache.iterdir())) == 3
    same(open_saved(f"{4:032d}"), make_comparison())
