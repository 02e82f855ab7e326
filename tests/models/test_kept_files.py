import io
import os

import pytest

from explorer.models import kept_files


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))


def test_a_kept_file_is_found_under_the_name_of_its_content():
    content = os.urandom(3 * kept_files.CHUNK_BYTES + 1)
    name = kept_files.keep(io.BytesIO(content))
    assert kept_files.find(name).read_bytes() == content
    assert kept_files.keep(io.BytesIO(content)) == name
    assert kept_files.keep(io.BytesIO(content[:-1])) != name


def test_a_file_too_large_is_refused_before_it_is_copied(tmp_path):
    with (tmp_path / "large").open("w+b") as file:
        file.truncate(kept_files.MOST_BYTES + 1)
        with pytest.raises(ValueError, match="256 MB are looked at"):
            kept_files.keep(file)
    assert list(kept_files.networks_dir().iterdir()) == []


class Broken(io.BytesIO):
    """A file that cannot be read to its end."""

    def read(self, size=-1):
        if self.tell():
            raise OSError("the disk is gone")
        return super().read(size)


def test_a_copy_that_fails_leaves_nothing_behind():
    with pytest.raises(OSError, match="the disk is gone"):
        kept_files.keep(Broken(bytes(2 * kept_files.CHUNK_BYTES)))
    assert list(kept_files.networks_dir().iterdir()) == []


def test_what_is_forgotten_is_gone_with_what_was_made_from_it():
    first, second = (kept_files.keep(io.BytesIO(content)) for content in (b"a", b"b"))
    for name in (first, second):
        (kept_files.networks_dir() / f"{name}-0").mkdir()
    kept_files.forget(first)
    kept_files.forget("*")
    left = {path.name for path in kept_files.networks_dir().iterdir()}
    assert left == {f"{second}.given", f"{second}-0"}


def test_the_oldest_files_make_room():
    names = []
    for number in range(kept_files.MOST_KEPT + 2):
        names.append(kept_files.keep(io.BytesIO(bytes([number]))))
        os.utime(kept_files.find(names[-1]), (number + 1, number + 1))
    kept_files.keep(io.BytesIO(b"last"))
    for name in names[:3]:
        with pytest.raises(ValueError, match="not in the cache"):
            kept_files.find(name)
    assert kept_files.find(names[3])


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "A" * 32, "0" * 31])
def test_other_names_lead_nowhere(name):
    with pytest.raises(ValueError, match="not in the cache"):
        kept_files.find(name)
