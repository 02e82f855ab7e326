"""An import whose process is killed in the middle of it."""

import os
import shutil
import subprocess
import sys

import psutil

from explorer.paths import PROJECT
from explorer.runs.hidden import IMPORTING, hidden_folder
from tests.imports import logs
from tests.waiting import wait_until


def test_a_killed_import_works_no_longer_and_leaves_nothing_to_who_comes_next(tmp_path):
    logs.keras_log(tmp_path / "log")
    given = shutil.make_archive(tmp_path / "given", "zip", tmp_path / "log")
    for name in ("runs", "cache", "temporary"):
        (tmp_path / name).mkdir()
    process, worker = begin(given, tmp_path)
    (unpacked,) = wait_until(
        lambda: list((tmp_path / "runs").glob(f"{IMPORTING}*/home/unpacked-*"))
    )
    worker.suspend()
    process.kill()
    process.wait()
    worker.resume()
    worker.wait(timeout=20)
    left = unpacked.parent.parent
    assert not (left / "run" / "run.json").exists()  # it was in the middle
    assert list((tmp_path / "runs").iterdir()) == [left]
    with hidden_folder(tmp_path / "runs", IMPORTING) as following:
        assert list((tmp_path / "runs").iterdir()) == [following]
    for name in ("runs", "cache", "temporary"):
        assert list((tmp_path / name).iterdir()) == [], name


def begin(given, folder):
    """Import in a shell; return its process, and the one that reads the file."""
    names = {"EXPLORER_CHECKPOINTS": "runs", "EXPLORER_CACHE": "cache", "TMPDIR": "temporary"}
    folders = {name: str(folder / place) for name, place in names.items()}
    command = [sys.executable, "-m", "explorer", "import", given]
    process = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, **folders})
    (worker,) = wait_until(lambda: psutil.Process(process.pid).children())
    return process, worker
