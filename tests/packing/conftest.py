import io
import json
import shutil
import zipfile

import pytest

from explorer import runs
from explorer.packing.writing import write
from explorer.paths import PROJECT

BUNDLED = PROJECT / "checkpoints" / "characters-dense"


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Give an empty folder of runs."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(folder))
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def make_run(tmp_path):
    """Make a run of the first steps of a bundled one, in a folder of its own."""

    def made(run_id="short-run", steps=3, **changed):
        folder = tmp_path / "elsewhere" / run_id
        for kind in ("steps", "weights"):
            (folder / kind).mkdir(parents=True)
            for path in sorted((BUNDLED / kind).iterdir())[:steps]:
                shutil.copy(path, folder / kind)
        for name in ("metrics.jsonl", "probe.safetensors"):
            shutil.copy(BUNDLED / name, folder)
        description = json.loads((BUNDLED / "run.json").read_text())
        description = {**description, "bundled": False, "id": run_id, **changed}
        (folder / "run.json").write_text(json.dumps(description))
        return runs.open_run(folder)

    return made


@pytest.fixture
def packed(make_run):
    """Return the bytes of a packed run."""
    return packed_bytes(make_run())


def packed_bytes(*chosen):
    file = io.BytesIO()
    write(chosen, file)
    return file.getvalue()


def contents(content):
    """Return the members of a ZIP, by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return {info.filename: opened.read(info) for info in opened.infolist()}


def zipped(members, **options):
    """Return a ZIP of members, given by name or by `ZipInfo`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as opened:
        for name, content in members:
            opened.writestr(name, content)
    return file.getvalue()
