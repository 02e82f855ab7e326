"""What counts as taken where all runs together have a limit."""

import os

import pytest

from explorer.disk import NoRoomError
from explorer.runs.hidden import DELETED, IMPORTING, UNPACKING, hidden_folder
from explorer.training.room import check_room


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Give a folder of runs that may take 5 MB."""
    monkeypatch.setenv("EXPLORER_MOST_GB", "0.005")
    return tmp_path


def fill(path, num_bytes=3_000_000):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.truncate(path, num_bytes)


def is_room(folder, num_bytes=3_000_000):
    try:
        check_room(num_bytes, folder)
    except NoRoomError:
        return False
    return True


@pytest.mark.parametrize("prefix", [IMPORTING, UNPACKING])
def test_what_a_run_is_made_in_counts_by_what_it_will_take_or_takes(folder, prefix):
    assert is_room(folder)
    with hidden_folder(folder, prefix, num_bytes=3_000_000) as made:
        assert not is_room(folder)
        fill(made / "run" / "steps")
        assert is_room(folder, 1_900_000)  # what is written is not promised once more
        fill(made / "run" / "weights")
        assert not is_room(folder, 1)
    assert is_room(folder)


def test_what_was_killed_goes_before_it_is_counted(folder):
    fill(folder / f"{IMPORTING}killed" / "run" / "steps")
    (folder / f"{IMPORTING}killed" / "promised").write_text("9000000")
    assert is_room(folder)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("place", [f"{DELETED}a-run/steps", "damaged/steps/00000000.safetensors"])
def test_what_is_not_listed_counts_all_the_same(folder, place):
    fill(folder / "damaged" / "run.json", 10)
    fill(folder / place)
    assert not is_room(folder)
    assert is_room(folder, 1_900_000)


def test_who_asks_for_room_while_making_a_folder_does_not_wait_for_himself(folder):
    asked = []
    with hidden_folder(folder, IMPORTING, check=lambda: asked.append(is_room(folder))):
        assert asked == [True]
