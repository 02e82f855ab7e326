import json
import math
import os

import pytest

from explorer.runs import files


def test_nonfinite_numbers_survive_standard_json():
    text = files.to_json({"loss": [math.nan, math.inf, -math.inf, 1.5]})
    values = [
        files.to_number(value) for value in json.loads(text, parse_constant=pytest.fail)["loss"]
    ]
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf, 1.5]


def test_a_file_name_that_is_no_text_survives():
    path = os.fsdecode(b"cat\xff.png")
    assert json.loads(files.to_json({"path": path}).encode()) == {"path": path}


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "run.json"
    files.write_atomically(path, b"old")
    with pytest.raises(TypeError):
        files.write_atomically(path, "not bytes")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_temporary_and_foreign_files_are_no_steps(tmp_path):
    for name in (
        "00000003.safetensors",
        ".00000004.safetensors.1a2b",
        "notes.txt",
        "x.safetensors",
        "5.safetensors",
        "000000005.safetensors",
        f"{10**15}.safetensors",
        f"{10**20 - 1}.safetensors",
    ):
        (tmp_path / name).touch()
    assert files.listed_steps(tmp_path) == [3]
    assert files.listed_steps(tmp_path / "missing") == []


def test_a_step_of_any_length_is_listed_under_its_name(tmp_path):
    steps = [0, 10**7, 10**8 - 1, 10**8, 10**15 - 1]
    for step in steps:
        files.step_file(tmp_path, step).touch()
    assert files.listed_steps(tmp_path) == steps
