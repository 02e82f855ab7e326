import os

from explorer.paths import beyond_newest


def test_what_lies_beyond_the_newest_is_the_oldest_of_that_kind(tmp_path):
    for age, name in enumerate(["new.npz", "old.npz", "oldest.npz", "ancient.txt"]):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (100 - age, 100 - age))
    assert [path.name for path in beyond_newest(tmp_path, "*.npz", 1)] == ["oldest.npz", "old.npz"]
    assert beyond_newest(tmp_path, "*.npz", 3) == []


def test_a_file_that_vanishes_meanwhile_is_none(tmp_path):
    (tmp_path / "here.npz").touch()
    (tmp_path / "gone.npz").symlink_to(tmp_path / "nowhere")
    assert beyond_newest(tmp_path, "*.npz", 1) == []
