"""The app away from its checkout: a wheel, built, installed elsewhere and used from there."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from explorer.paths import PROJECT
from explorer.runs import open_run
from tests.waiting import answer_of

BUNDLED = {"characters-adequate", "characters-dense", "characters-too-large", "photographs"}
LOOK = """
from streamlit.testing.v1 import AppTest
from explorer.paths import app_dir
home = AppTest.from_file(str(app_dir() / "streamlit_app.py"), default_timeout=60).run()
print([item.value for item in [*home.exception, *home.error, *home.warning]])
print(len(home.get("vega_lite_chart")), [item.value for item in home.title])
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    pip("wheel", *options, str(PROJECT))
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Install the wheel without what it needs, which the tests have, and return the folder."""
    folder = tmp_path_factory.mktemp("installed")
    pip("install", "--no-deps", "--target", str(folder), str(wheel))
    return folder


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture
def call(installed, elsewhere):
    """Run the installed `explorer` from another folder; return status, output and complaints."""

    def called(*arguments):
        done = subprocess.run(
            [str(installed / "bin" / "explorer"), *arguments],
            **surroundings(installed, elsewhere),
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout, done.stderr

    return called


def pip(*arguments):
    command = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def surroundings(installed, elsewhere):
    unset = {"EXPLORER_CHECKPOINTS", "EXPLORER_CACHE", "STREAMLIT_SERVER_ADDRESS"}
    home = {"HOME": str(elsewhere), "XDG_DATA_HOME": str(elsewhere / "data")}
    given = {**home, "XDG_CACHE_HOME": str(elsewhere / "cache"), "PYTHONPATH": str(installed)}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    return {"cwd": elsewhere, "env": {**kept, **given}}


def files_in(folder):
    """Return files with their times; compiled code comes and goes."""
    found = (path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    return {path: path.stat().st_mtime_ns for path in found}


def test_the_command_knows_itself_and_the_bundled_runs(call, elsewhere):
    status, said, _ = call("--help")
    assert (status, said.splitlines()[0]) == (0, "Usage: explorer [OPTIONS] COMMAND [ARGS]...")
    listed = json.loads(call("list", "--json")[1])
    assert {run["id"] for run in listed} == BUNDLED
    status, said, _ = call("verdict", "characters-too-large", "--json")
    assert status == 0
    assert json.loads(said)["verdict"] == "collapsed"


def test_what_came_with_the_app_stays_as_it_is(call, installed):
    before = files_in(installed)
    for command in (["delete", "photographs"], ["rename", "photographs", "Mine"]):
        status, _, said = call(*command)
        assert status == 2
        assert "came with the app and stays as it is" in said
    assert files_in(installed) == before


def test_own_runs_go_to_the_folder_of_the_user(installed, elsewhere):
    ask = "from explorer import paths; print(paths.runs_dir(), paths.bundled_dir())"
    where = surroundings(installed, elsewhere)
    said = subprocess.check_output([sys.executable, "-c", ask], **where, text=True).split()
    own, bundled = map(Path, said)
    assert own.is_relative_to(elsewhere)
    assert bundled.is_relative_to(installed)
    where["env"]["EXPLORER_CHECKPOINTS"] = str(elsewhere / "named")
    said = subprocess.check_output([sys.executable, "-c", ask], **where, text=True).split()
    assert said == [str(elsewhere / "named"), "None"]


def test_the_installed_app_answers_and_its_home_page_tells_the_story(installed, elsewhere):
    before = files_in(installed)
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [str(installed / "bin" / "explorer"), "app", "--no-browser", "--port", str(port)]
    where = surroundings(installed, elsewhere)
    server = subprocess.Popen(command, **where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        home = subprocess.run(
            [sys.executable, "-c", LOOK], **where, capture_output=True, text=True, check=True
        )
        problems, drawn = home.stdout.splitlines()
        assert problems == "[]"
        assert int(drawn.split()[0]) > 5
        assert answer_of(server, f"http://localhost:{port}/_stcore/health") == b"ok"
        assert b"<title>" in answer_of(server, f"http://localhost:{port}/")
    finally:
        server.terminate()
        said = server.communicate(timeout=30)[0].decode()
    assert "Traceback" not in said
    assert files_in(installed) == before


def test_the_wheel_carries_nothing_but_the_package_the_app_and_what_is_bundled(wheel):
    listed = subprocess.check_output(["git", "ls-files"], cwd=PROJECT, text=True).splitlines()
    beside = ("pages/", ".streamlit/", "checkpoints/", "docs/verdicts.md", "streamlit_app.py")
    expected = {f"explorer/_app/{name}" for name in listed if name.startswith(beside)}
    expected -= {"explorer/_app/checkpoints/make_bundled.py"}
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert {name for name in carried if name.startswith("explorer/_app/")} == expected
    code = {name for name in listed if name.startswith("explorer/") and (PROJECT / name).exists()}
    assert code <= carried
    assert all(name.startswith("explorer/") for name in carried)


def test_the_source_distribution_has_every_file_and_no_run_of_ones_own(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "-d", str(tmp_path)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as packed:
        names = {name.split("/", 1)[1] for name in packed.getnames()}
    listed = subprocess.check_output(["git", "ls-files"], cwd=PROJECT, text=True).splitlines()
    assert {name for name in listed if (PROJECT / name).exists()} <= names
    assert {name.split("/")[1] for name in names if name.startswith("checkpoints/")} == {
        "make_bundled.py",
        *BUNDLED,
    }


def test_the_worked_example_records_a_training_that_can_be_opened(installed, elsewhere, call):
    script = Path(shutil.copy(PROJECT / "examples" / "record_your_own.py", elsewhere))
    done = subprocess.run(
        [sys.executable, str(script)],
        **surroundings(installed, elsewhere),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    runs_folder = elsewhere / "runs"
    assert f"explorer app --runs {runs_folder}" in done.stdout
    run = open_run(runs_folder / "my-digits")
    assert (run.status, run.steps[-1]) == ("finished", 225)
    assert run.metrics().validation["accuracy"].iloc[-1] > 0.9
    assert list(run.tensors("activations")) == ["conv_1", "conv_2", "logits"]
    assert set(run.tensors("gradients")) == set(run.tensors("weights"))
    status, shown, _ = call("show", str(run.folder), "--json")
    assert (status, json.loads(shown)["status"]) == (0, "finished")
