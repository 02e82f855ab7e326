"""Files of strangers: each is refused in a line, and nothing is written."""

import io
import json
import struct
import warnings
import zipfile

import numpy as np
import pytest
from safetensors.numpy import save

from explorer.disk import NoRoomError
from explorer.packing import PackError, unpack
from tests.packing.conftest import contents, packed_bytes, zipped
from tests.zips import with_a_name_that_is_no_text, with_a_nameless_file

RUN = "short-run/run.json"
STEP = "short-run/steps/00000001.safetensors"
LAYOUT = {"name": "huge/kernel", "shape": [4096, 4096], "rows": None, "columns": None}


def refused(content, match, root):
    with pytest.raises(PackError, match=match) as caught:
        unpack(io.BytesIO(content))
    assert len(str(caught.value)) < 500
    assert str(root) not in str(caught.value)
    assert list(root.iterdir()) == []
    assert sorted(path.name for path in root.parent.iterdir()) in (
        ["elsewhere", "runs"],
        ["cache", "elsewhere", "runs"],
    )


def test_the_file_these_tests_change_is_opened(packed, root):
    assert [run.id for run in unpack(io.BytesIO(zipped(contents(packed).items())))] == ["short-run"]


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "short-run/../../evil.txt",
        "/tmp/evil.txt",
        "C:\\evil.txt",
        "short-run\\run.json",
        "short-run/steps/../run.json",
        "short-run/steps/00000009.safetensors/x",
        "short-run/steps/9.safetensors",
        "short-run/steps/00000009.npz",
        "short-run/looks_for/x.npz",
        "short-run/worker.lock",
        "short-run/run.json.lock",
        "short-run/.hidden",
        "short-run//run.json",
        "short-run/run.json\n",
        "short run/run.json",
        "x" * 65 + "/run.json",
        ".deleted-1/run.json",
        "run.json",
        "streamlit_app.py",
        "a folder/",
        "short-run/steps/00000001.safetensors\u202egnp",
    ],
)
def test_a_member_of_another_name_is_refused(packed, root, name):
    refused(zipped([*contents(packed).items(), (name, b"evil")]), "no part of a packed run", root)


def test_a_name_with_a_byte_of_zero_is_refused(packed, root):
    content = zipped([*contents(packed).items(), ("short-run/log.txt~../../x", b"evil")])
    refused(content.replace(b"log.txt~", b"log.txt\0"), "no part of a packed run|damaged", root)


@pytest.mark.parametrize("where", ["table", "member"])
def test_a_name_that_is_no_text_is_refused(packed, root, where):
    refused(with_a_name_that_is_no_text(contents(packed), where), "no ZIP|is damaged", root)


def test_a_member_without_a_name_is_refused(packed, root):
    refused(with_a_nameless_file(contents(packed)), "'', which is no part of", root)


def test_a_member_that_stands_there_twice_is_refused(packed, root):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        content = zipped([*contents(packed).items(), (RUN, b"{}")])
    refused(content, "twice", root)


@pytest.mark.parametrize("mode", [0o120777, 0o010644, 0o020644, 0o040755])
def test_a_link_or_a_device_is_refused(packed, root, mode):
    link = zipfile.ZipInfo("short-run/log.txt")
    link.external_attr = mode << 16
    refused(zipped([*contents(packed).items(), (link, b"/etc/passwd")]), "a link or a device", root)


def test_a_compressed_file_is_refused_as_it_may_be_a_bomb(packed, root):
    members = [*contents(packed).items(), ("short-run/log.txt", b"\0" * 10_000_000)]
    refused(zipped(members, compression=zipfile.ZIP_DEFLATED), "is compressed", root)
    refused(zipped(members, compression=zipfile.ZIP_LZMA), "is compressed", root)


def test_an_encrypted_member_is_refused(packed, root):
    content = bytearray(packed)
    content[packed.index(b"PK\x01\x02") + 8] |= 1
    refused(bytes(content), "encrypted", root)


def test_members_that_share_bytes_are_refused(packed, root):
    """Let the table name the same place twice, under two names."""
    members = contents(packed)
    content = zipped([*members.items(), ("short-run/log.txt", members[RUN])])
    place = content.rindex(b"short-run/log.txt") - 46  # its entry in the table of contents
    first = struct.unpack("<I", content[content.index(b"PK\x01\x02") + 42 :][:4])
    content = content[: place + 42] + struct.pack("<I", *first) + content[place + 46 :]
    refused(content, "overlap", root)


def test_a_size_that_is_not_true_is_refused(packed, root):
    content = bytearray(packed)
    entry = packed.index(b"PK\x01\x02")
    for place in (20, 24):  # the size in the file, and the size when opened
        content[entry + place : entry + place + 4] = struct.pack("<I", 2**31)
    refused(bytes(content), "more than|cut short|overlap", root)


def test_a_member_that_would_reach_into_the_table_of_contents_is_refused(packed, root):
    content = bytearray(packed)
    entry = packed.rindex(b"PK\x01\x02")
    size = struct.unpack("<I", content[entry + 20 : entry + 24])[0] + 200
    for place in (20, 24):
        content[entry + place : entry + place + 4] = struct.pack("<I", size)
    refused(bytes(content), "cut short", root)


def test_content_that_was_changed_is_refused(packed, root):
    content = bytearray(packed)
    content[packed.index(b'"schema"') + 3] ^= 1
    refused(bytes(content), "damaged", root)


@pytest.mark.parametrize("kept", [0, 10, 1000, -1, -30])
def test_a_file_that_was_cut_is_refused(packed, root, kept):
    refused(packed[:kept], "no ZIP|cut short", root)


def test_a_huge_table_of_contents_is_refused_before_it_is_read(packed, root):
    content = bytearray(packed)
    content[-10:-6] = struct.pack("<I", 2**30)
    refused(bytes(content), "lists more", root)


def test_more_members_than_any_run_has_are_refused(packed, root):
    many = [(f"short-run/steps/{step:08d}.safetensors", b"") for step in range(10, 50_010)]
    refused(zipped([*contents(packed).items(), *many]), "lists more|members", root)


def test_a_file_without_a_run_is_refused(root, packed):
    refused(zipped([]), "no runs", root)
    refused(zipped([("short-run/", b"")]), "no runs", root)
    refused(zipped([("short-run/metrics.jsonl", b"")]), "no run.json", root)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '"run"',
        "{",
        "{}",
        "[" * 100_000,
        '{"schema": NaN}',
        '{"schema": 1e999}',
        '{"schema": ' + "9" * 5000 + "}",
        "\ufeff{}",
        '{"schema": 1, "id": {"a": ' * 60 + "1" + "}}" * 60,
    ],
)
def test_a_run_json_that_is_none_is_refused(packed, root, text):
    refused(zipped({**contents(packed), RUN: text.encode()}.items()), "Run 'short-run'", root)


def test_a_run_json_that_is_no_text_is_refused(packed, root):
    said = contents(packed)[RUN].replace(b'"schema"', b'"\xff", "schema"')
    refused(zipped({**contents(packed), RUN: said}.items()), "run.json of the run cannot be", root)


def test_metrics_and_a_log_that_are_no_text_are_read_as_far_as_they_are(packed, root):
    lines = contents(packed)["short-run/metrics.jsonl"]
    texts = {
        "short-run/metrics.jsonl": lines + b'{"step": 9\xff}\n',
        "short-run/log.txt": b"caf\xe9\n",
    }
    (opened,) = unpack(io.BytesIO(zipped({**contents(packed), **texts}.items())))
    assert opened.metrics().damaged_lines == 1
    assert len(opened.metrics().train) + len(opened.metrics().validation) == lines.count(b"\n")
    assert opened.log_tail() == "caf\ufffd"


@pytest.mark.parametrize(
    "changed",
    [
        {"schema": 2},
        {"schema": 0},
        {"schema": -1},
        {"name": "x" * 201},
        {"name": "two\nlines"},
        {"name": ["a list"]},
        {"status": "excellent"},
        {"status": 7},
        {"planned_steps": -1},
        {"planned_steps": 10**15},
        {"planned_steps": float("nan")},
        {"spec": {"data": "digits", "epochs": 10**9}},
        {"spec": {"data": "digits", "unheard-of": 1}},
        {"spec": {"data": "digits", "learning_rate": "fast"}},
        {"spec": {"data": "digits", "learning_rate": float("nan")}},
        {"data": {"class_names": ["x"] * 10_001}},
        {"data": {"class_names": ["x" * 201]}},
        {"data": {"class_names": [1]}},
        {"recording": {"tensors": {"weights": [LAYOUT]}}},
        {"recording": {"tensors": {"gradients": [LAYOUT] * 2}}},
        {"recording": {"tensors": "all"}},
        {"recording": {"tensors": {}, "seconds": {"a": None}}},
        {"recording": {"tensors": {}, "bytes": "many"}},
        {"network": {"parameters": [1]}},
    ],
)
def test_a_run_json_that_lies_is_refused(make_run, root, changed):
    run = make_run()
    content = contents(packed_bytes(run))
    content[RUN] = json.dumps({**run.description, **changed}).encode()
    refused(zipped(content.items()), "Run 'short-run'", root)


@pytest.mark.parametrize("size", [16, 10**6])
def test_a_network_of_another_size_than_its_images_is_refused(make_run, root, size):
    run = make_run()
    content = contents(packed_bytes(run))
    data = {**run.data, "image_size": size}
    content[RUN] = json.dumps({**run.description, "data": data}).encode()
    del content["short-run/probe.safetensors"]
    refused(zipped(content.items()), "images of 32 pixels", root)


LAMBDA = {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "evil"}}


@pytest.mark.parametrize("config", ["{", "7", json.dumps(LAMBDA), "[" * 10_000])
def test_a_network_that_would_not_be_opened_as_a_file_is_refused(make_run, root, config):
    run = make_run()
    content = contents(packed_bytes(run))
    said = {**run.description, "spec": {}, "network": {"built_from": config}}
    content[RUN] = json.dumps(said).encode()
    refused(zipped(content.items()), "Its network is not built", root)


def test_a_list_of_huge_tensors_that_no_step_holds_is_refused(make_run, root):
    """Readers would reserve their memory for every step."""
    run = make_run()
    content = contents(packed_bytes(run))
    content[RUN] = json.dumps(
        {**run.description, "recording": {"tensors": {"updates": [LAYOUT]}}}
    ).encode()
    for step in (0, 1, 2):
        content[f"short-run/steps/{step:08d}.safetensors"] = save({"x": np.zeros(1)})
    refused(zipped(content.items()), "3 of 3 recorded steps have no updates", root)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no tensors",
        struct.pack("<Q", 2**60) + b"{}",
        struct.pack("<Q", 50_000_000) + b" " * 5_000_000,
        struct.pack("<Q", 2) + b"{}" + b"rest",
        save({"weights.moments": np.full((1, 10), np.nan, np.float32)}),
    ],
)
@pytest.mark.parametrize("kind", ["steps", "weights", "probe", "resume"])
def test_files_that_are_no_tensors_are_refused(packed, root, content, kind):
    name = {
        "steps": STEP,
        "weights": "short-run/weights/00000000.safetensors",
        "probe": "short-run/probe.safetensors",
        "resume": "short-run/resume.safetensors",
    }[kind]
    if kind in ("weights", "resume") and content[:1] and b"moments" in content:
        content = content.replace(b"F32", b"F99")
    refused(zipped({**contents(packed), name: content}.items()), "Run 'short-run'", root)


@pytest.mark.parametrize("kind", ["BF16", "F8_E4M3"])
def test_tensors_of_numbers_that_no_reader_of_a_run_takes_are_refused(packed, root, kind):
    num_bytes = 2 if kind == "BF16" else 1
    said = {"x": {"dtype": kind, "shape": [1], "data_offsets": [0, num_bytes]}}
    head = json.dumps(said).encode()
    content = struct.pack("<Q", len(head)) + head + bytes(num_bytes)
    name = "short-run/resume.safetensors"
    refused(zipped({**contents(packed), name: content}.items()), "is damaged", root)


def test_tensors_with_a_huge_head_are_refused_though_they_could_be_read(packed, root):
    tensors = save({"x": np.zeros(1, np.float32)})
    length = struct.unpack("<Q", tensors[:8])[0]
    head = tensors[8 : 8 + length].ljust(5_000_000)
    content = struct.pack("<Q", len(head)) + head + tensors[8 + length :]
    name = "short-run/resume.safetensors"
    refused(zipped({**contents(packed), name: content}.items()), "is no file of tensors", root)


@pytest.mark.parametrize(
    "lines",
    [b'{"step": 1}\n' * 300_001, b'{"step": 1e30, "loss": 1}\n', b'{"step": -1, "loss": 1}\n'],
)
def test_metrics_that_no_training_wrote_are_refused(packed, root, lines):
    content = {**contents(packed), "short-run/metrics.jsonl": lines}
    refused(zipped(content.items()), "metrics.jsonl", root)


def test_a_member_that_is_too_large_is_refused(packed, root):
    content = {**contents(packed), RUN: b" " * 4_000_001}
    refused(zipped(content.items()), "more than the 4 MB", root)


@pytest.mark.parametrize(
    ("limit", "value"), [("EXPLORER_LEAST_FREE_GB", "1000000"), ("EXPLORER_MOST_GB", "0.001")]
)
def test_no_more_is_opened_than_there_is_room_for(packed, root, monkeypatch, limit, value):
    monkeypatch.setenv(limit, value)
    with pytest.raises(NoRoomError, match="What the file holds will take about 3 MB"):
        unpack(io.BytesIO(packed))
    assert list(root.iterdir()) == []
