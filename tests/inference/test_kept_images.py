import shutil

import numpy as np
import pytest

from explorer import paths
from explorer.inference import kept_images
from explorer.paths import cache_dir

ARRAYS = {"picture": np.arange(12, dtype=np.uint8).reshape(2, 2, 3)}


@pytest.fixture
def run_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def test_a_result_lies_in_the_run_folder_and_comes_back(run_folder):
    path = kept_images.keep(run_folder, "abc", ARRAYS)
    assert path.parent == run_folder / kept_images.FOLDER
    assert [file.name for file in path.parent.iterdir()] == ["abc.npz"]
    np.testing.assert_array_equal(
        kept_images.look_up(run_folder, "abc")["picture"], ARRAYS["picture"]
    )
    assert kept_images.look_up(run_folder, "other") is None


def test_a_run_folder_that_cannot_be_written_leaves_it_to_the_cache(run_folder):
    (run_folder / kept_images.FOLDER).write_text("in the way")
    path = kept_images.keep(run_folder, "abc", ARRAYS)
    assert path.is_relative_to(cache_dir())
    assert kept_images.look_up(run_folder, "abc") is not None


def test_what_came_with_an_installed_run_is_found_and_nothing_is_added_to_it(
    run_folder, monkeypatch
):
    came = kept_images.keep(run_folder, "came", ARRAYS)
    monkeypatch.setattr(paths, "CARRIED", run_folder)
    assert kept_images.look_up(run_folder, "came") is not None
    assert kept_images.keep(run_folder, "added", ARRAYS).is_relative_to(cache_dir())
    assert list(came.parent.iterdir()) == [came]


def test_where_nothing_can_be_written_nothing_is_kept(run_folder, monkeypatch):
    (run_folder / kept_images.FOLDER).write_text("in the way")
    monkeypatch.setenv("EXPLORER_CACHE", str(run_folder / kept_images.FOLDER / "cache"))
    assert kept_images.keep(run_folder, "abc", ARRAYS) is None
    assert kept_images.look_up(run_folder, "abc") is None


def test_a_deleted_run_does_not_come_back(run_folder):
    shutil.rmtree(run_folder)
    assert kept_images.keep(run_folder, "abc", ARRAYS).is_relative_to(cache_dir())
    assert not run_folder.exists()


def test_a_damaged_file_counts_as_none_and_is_replaced(run_folder):
    path = kept_images.keep(run_folder, "abc", ARRAYS)
    path.write_bytes(path.read_bytes()[:40])
    assert kept_images.look_up(run_folder, "abc") is None
    kept_images.keep(run_folder, "abc", ARRAYS)
    assert kept_images.look_up(run_folder, "abc") is not None


def test_the_cache_lets_go_of_the_oldest(run_folder, monkeypatch):
    monkeypatch.setattr(kept_images, "MOST_CACHED", 3)
    for number in range(5):
        kept_images.keep(None, f"key{number}", ARRAYS)
    assert len(list((cache_dir() / kept_images.FOLDER).iterdir())) == 3
    assert kept_images.look_up(None, "key4") is not None


def test_a_key_changes_with_all_it_is_made_of_and_a_digest_with_every_value():
    assert kept_images.key_of(layer="a", channel=1) == kept_images.key_of(channel=1, layer="a")
    assert kept_images.key_of(layer="a", channel=1) != kept_images.key_of(layer="a", channel=2)
    changed = {"picture": ARRAYS["picture"].copy()}
    assert kept_images.digest(changed) == kept_images.digest(ARRAYS)
    changed["picture"][1, 1, 2] += 1
    assert kept_images.digest(changed) != kept_images.digest(ARRAYS)
    assert kept_images.digest({"a": np.zeros(4)}) != kept_images.digest({"a": np.zeros((2, 2))})
