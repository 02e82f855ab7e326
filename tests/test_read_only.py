"""A folder of runs that can only be read: everything can be looked at, nothing is changed."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from explorer.paths import PROJECT

NAMES = ("characters-adequate", "characters-too-large", "characters-dense")
# Root passes over the bits of a folder; without these two rights it is a user like others.
AS_OTHERS = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
PAGES = {
    "story": ("story", {}),
    "convolution": ("convolution", {}),
    "new run": ("trainer", {}),
    "runs": ("trainer", {"run": "characters-dense"}),
    "compare": ("compare", {}),
    "learning rate": ("learning_rate", {"view": "The loss surface"}),
    "sweep": ("learning_rate", {"view": "Sweep"}),
    "range test": ("learning_rate", {"view": "Range test", "of": "The form of the Trainer"}),
    "filters": ("filters", {}),
}
LOOK = """
import json, sys
from streamlit.testing.v1 import AppTest
script, pages = sys.argv[1], json.loads(sys.argv[2])
for name, query in pages.values():
    app = AppTest.from_file(script, default_timeout=60)
    app.query_params.update(query)
    app.session_state["trainer_source"] = "digits"
    app.switch_page(f"pages/{name}.py")
    app.run()
    told = [item.value for item in app.info]
    wrong = [item.value for item in [*app.exception, *app.error]]
    names = str([box.options for box in [*app.selectbox, *app.multiselect]])
    charts = len(app.get("vega_lite_chart"))
    fixed = [item.label for item in app.button if item.disabled]
    usable = [item.label for item in app.button if not item.disabled]
    found = {"wrong": wrong, "told": told, "names": names, "charts": charts, "fixed": fixed}
    found["usable"] = usable
    if usable == ["Look at the runs that are there"]:
        found["led_to"] = [box.label for box in app.button[0].click().run().multiselect]
    print(json.dumps(found))
"""
KEEP = """
import sys
from pathlib import Path
import numpy as np
from explorer.inference import kept_images
found = {"values": np.arange(3)}
place = kept_images.keep(Path(sys.argv[1]), "0" * 32, found, kept_images.LANDSCAPES)
again = kept_images.look_up(Path(sys.argv[1]), "0" * 32, kept_images.LANDSCAPES)
print(place)
print(again["values"].tolist())
"""


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """Give a folder with runs that nobody may write, not even the tests."""
    root = tmp_path_factory.mktemp("closed") / "runs"
    for name in NAMES:
        shutil.copytree(PROJECT / "checkpoints" / name, root / name)
    description = json.loads((root / NAMES[-1] / "run.json").read_text())
    own = {**description, "bundled": False, "status": "stopped", "name": "Mine"}
    (root / NAMES[-1] / "run.json").write_text(json.dumps(own))
    change_all(root, 0o555, 0o444)
    yield root
    change_all(root, 0o755, 0o644)


@pytest.fixture(scope="module")
def look(closed, tmp_path_factory):
    """Run Python with that folder of runs, as one who may not write there."""
    cache = tmp_path_factory.mktemp("cache")
    folders = {"EXPLORER_CHECKPOINTS": str(closed), "EXPLORER_CACHE": str(cache)}

    def looked(*arguments):
        command = [*(AS_OTHERS if os.geteuid() == 0 else []), sys.executable, *arguments]
        return subprocess.run(
            command, cwd=PROJECT, env={**os.environ, **folders}, capture_output=True, text=True
        )

    return looked


def change_all(root, of_folders, of_files):
    for path in [root, *root.rglob("*")]:
        path.chmod(of_folders if path.is_dir() else of_files)


def contents(root):
    return {path: path.stat().st_mtime_ns for path in [root, *root.rglob("*")]}


def test_the_folder_of_these_tests_cannot_be_written(closed, look):
    done = look("-c", f"open({str(closed / 'new')!r}, 'w')")
    assert "PermissionError" in done.stderr


def test_every_page_opens_and_shows_the_runs(closed, look):
    before = contents(closed)
    done = look("-c", LOOK, str(PROJECT / "streamlit_app.py"), json.dumps(PAGES))
    assert done.returncode == 0, done.stderr
    pages = dict(zip(PAGES, map(json.loads, done.stdout.splitlines()), strict=True))
    assert {name: page["wrong"] for name, page in pages.items() if page["wrong"]} == {}
    choosing = ("runs", "compare", "learning rate", "filters")
    assert [name for name in choosing if "Mine" not in pages[name]["names"]] == []
    assert pages["story"]["charts"] > 5  # those of the pair
    assert contents(closed) == before
    for page in ("new run", "sweep", "range test"):  # nothing is set up that could not be kept
        assert any("only here" in told for told in pages[page]["told"])
    assert (pages["new run"]["charts"], pages["sweep"]["usable"]) == (0, [])
    assert pages["new run"]["led_to"] == ["Look at one run, or at two side by side"]
    assert {"Resume", "Delete"} <= set(pages["runs"]["fixed"])


@pytest.mark.parametrize(
    "command",
    [
        ["train", "digits", "--image-size", "8", "--epochs", "1"],
        ["sweep", "digits", "--image-size", "8", "--epochs", "1", "--learning-rates", "0.1,0.2"],
        ["resume", "Mine"],
        ["rename", "Mine", "Yours"],
        ["delete", "Mine"],
    ],
)
def test_what_would_write_there_says_that_it_is_read_only(closed, look, command):
    before = contents(closed)
    done = look("-m", "explorer", *command)
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if "Error" in line]
    assert f"{str(closed)!r}, which is read-only here." in line
    assert contents(closed) == before


def test_what_was_computed_about_a_run_is_kept_in_the_cache(closed, look):
    done = look("-c", KEEP, str(closed / NAMES[0]))
    place, again = done.stdout.splitlines()
    assert not place.startswith(str(closed))
    assert again == "[0, 1, 2]"
