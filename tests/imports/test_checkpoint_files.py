"""What lies beside checkpoints, looked at without Keras."""

import json

import pytest

from explorer.imports.checkpoint_files import MOST_CONFIGS, described_in, find_files

NETWORK = {"module": "keras", "class_name": "Sequential", "config": {"layers": 7}}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"7",
        b"[" * 100_000,
        b'{"class_name": "Functional", "config": 5}',
        b'{"class_name": "Functional", "config": {"layers": [7], "input_layers": {}}}',
        json.dumps(NETWORK).encode(),
        json.dumps({**NETWORK, "config": None}).encode(),
        json.dumps({**NETWORK, "config": {"layers": [{"class_name": []}]}}).encode(),
    ],
)
def test_a_text_that_describes_no_network_is_none_and_no_error(tmp_path, content):
    (tmp_path / "text.json").write_bytes(content)
    assert described_in(tmp_path / "text.json") is None


def test_a_folder_of_any_number_of_texts_is_not_read_without_end(tmp_path):
    for number in range(MOST_CONFIGS + 5):
        (tmp_path / f"log-{number}.json").write_text("{}")
    (tmp_path / "epoch-1.weights.h5").touch()
    found = find_files(tmp_path)
    assert len(found.configs) == MOST_CONFIGS
    assert found.checkpoints == ("epoch-1.weights.h5",)
