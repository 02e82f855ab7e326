"""ZIPs built to harm, or built badly."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from explorer.data import DataError, load
from tests.zips import with_a_name_that_is_no_text, with_a_nameless_file


def files_under(folder):
    return {str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        ({}, "is an empty ZIP"),
        ({"a/1.txt": b"text", "b/2.txt": b"text"}, "2 files left out.*a/1.txt.*not an image"),
        ({"a/1.png": bytes(9_000_000)}, "looks like a ZIP bomb.*9,000,000 bytes"),
        ({"a/b.zip": b"PK"}, "archive inside is not opened"),
        ({"a/1.png": b"", "b/1.png": b""}, "the file is empty"),
        ({"1.png": b"x"}, "put it in the folder of its class"),
    ],
)
def test_a_zip_without_images_is_refused_with_the_reason(zipped, contents, words):
    with pytest.raises(DataError, match=words):
        load(zipped(contents))


def test_many_small_bombs_are_one(zipped):
    contents = {f"a/{i}.png": bytes(900_000) for i in range(3)}
    with pytest.raises(DataError, match="looks like a ZIP bomb"):
        load(zipped(contents))


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 and nothing more"])
def test_what_is_not_a_zip_is_refused(tmp_path, content):
    path = tmp_path / "images.zip"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"images.zip is not a readable ZIP.*Expected a ZIP"):
        load(path)


def test_a_source_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"There is no folder or file.*nowhere"):
        load(tmp_path / "nowhere")
    with pytest.raises(DataError, match="The source is empty"):
        load("")


@pytest.mark.parametrize(
    "name", ["../../evil/1.png", "/evil/1.png", "cat/../../1.png", "C:\\x\\1.png"]
)
def test_members_that_climb_are_skipped_and_nothing_is_written_elsewhere(
    zipped, pets, noise, tmp_path, name
):
    path = zipped({**pets, name: noise()})
    prepared = load(path)
    assert len(prepared.images) == 6
    assert ["climbs out" in item.reason for item in prepared.skipped] == [True]
    assert {name.split("/")[0] for name in files_under(tmp_path)} == {"images.zip", "cache"}
    assert {Path(name).name for name in files_under(tmp_path / "cache")} == {
        "images.npy",
        "set.json",
    }


def set_encrypted(path):
    """Set the flag bit of encryption in every header of a ZIP."""
    content = bytearray(path.read_bytes())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(signature)
        while start >= 0:
            content[start + place] |= 1
            start = content.find(signature, start + 4)
    path.write_bytes(content)


def test_encrypted_members_are_refused_with_advice(zipped, pets):
    path = zipped(pets, zipfile.ZIP_STORED)
    set_encrypted(path)
    with pytest.raises(DataError, match="encrypted; pack the folder again without a password"):
        load(path)


def test_links_are_not_followed(zipped, pets, noise):
    link = zipfile.ZipInfo("cat/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    prepared = load(zipped({**pets, link: b"/etc/passwd"}))
    assert [item.file for item in prepared.skipped] == ["cat/link.png"]
    assert "is a link" in prepared.skipped[0].reason


def test_members_that_share_bytes_are_refused(tmp_path, noise):
    path = tmp_path / "images.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/1.png", noise())
        archive.writestr("b/1.png", noise())
        archive.filelist[1].header_offset = 0
    with pytest.raises(DataError, match="members that overlap"):
        load(path)


def test_a_member_that_lies_about_its_size_is_skipped(zipped, pets, noise):
    path = zipped({**pets, "cat/liar.png": noise((40, 40))}, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    entry = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, entry + 24, 50)
    path.write_bytes(content)
    (skipped,) = load(path).skipped
    assert skipped.file == "cat/liar.png"


def test_too_many_members_are_refused(zipped, pets, monkeypatch):
    monkeypatch.setattr("explorer.data.archives.MAX_MEMBERS", 5)
    with pytest.raises(DataError, match=r"6 files. At most 5"):
        load(zipped(pets))


def test_a_huge_table_of_contents_is_refused_before_it_is_read(zipped, pets):
    path = zipped(pets)
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.rfind(b"PK\x05\x06") + 12, 900_000_000)
    path.write_bytes(content)
    with pytest.raises(DataError, match="table of contents of 900 MB"):
        load(path)


def test_a_damaged_image_among_good_ones_is_skipped_and_named(zipped, pets, encode, rng):
    whole = encode(rng.integers(0, 256, (64, 64, 3), "uint8"), "JPEG")
    page = b"<html>404</html>"
    damaged = {"cat/cut.jpg": whole[:1500], "dog/page.png": page, "dog/zero.png": b""}
    prepared = load(zipped({**pets, **damaged}))
    assert len(prepared.images) == 6
    reasons = {item.file: item.reason for item in prepared.skipped}
    assert list(reasons) == list(damaged)
    assert "damaged or cut short" in reasons["cat/cut.jpg"]
    assert "not a PNG" in reasons["dog/page.png"]
    assert "empty" in reasons["dog/zero.png"]


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_member_with_damaged_bytes_is_skipped_and_named(tmp_path, pets, method):
    path = tmp_path / "pets.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in pets.items():
            archive.writestr(name, content)
        first = archive.infolist()[0]
    content = bytearray(path.read_bytes())
    begin = first.header_offset + 30 + len(first.filename) + 20
    content[begin : begin + 30] = bytes([255]) * 30
    path.write_bytes(content)
    prepared = load(path)
    assert [skipped.file for skipped in prepared.skipped] == [first.filename]
    assert len(prepared.images) == len(pets) - 1


def test_a_file_without_a_name_is_skipped(tmp_path, pets):
    (tmp_path / "pets.zip").write_bytes(with_a_nameless_file(pets))
    prepared = load(tmp_path / "pets.zip")
    assert len(prepared.images) == len(pets)
    assert [skipped.file for skipped in prepared.skipped] == [""]


def test_names_that_are_no_text_are_refused_or_skipped(tmp_path, pets):
    (tmp_path / "table.zip").write_bytes(with_a_name_that_is_no_text(pets, "table"))
    with pytest.raises(DataError, match="not a readable ZIP"):
        load(tmp_path / "table.zip")
    (tmp_path / "member.zip").write_bytes(with_a_name_that_is_no_text(pets, "member"))
    assert "damaged inside" in load(tmp_path / "member.zip").skipped[0].reason


def test_names_written_on_windows_work(zipped, pets):
    prepared = load(zipped({name.replace("/", "\\"): data for name, data in pets.items()}))
    assert prepared.class_names == ("cat", "dog")


def test_the_zip_is_closed_when_the_set_is_there(zipped, pets):
    path = zipped(pets)
    load(path)
    opened = [link for link in Path("/proc/self/fd").iterdir() if link.exists()]
    assert path not in [link.readlink() for link in opened]


def test_a_nested_zip_beside_images_is_reported(zipped, pets):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("bird/1.png", b"")
    (skipped,) = load(zipped({**pets, "cat/more.zip": inner.getvalue()})).skipped
    assert "an archive inside is not opened" in skipped.reason
