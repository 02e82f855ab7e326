"""What the Dockerfile promises, as far as it can be seen without building it."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from explorer.cli import cli
from explorer.paths import PROJECT

LINES = (PROJECT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
IGNORED = (PROJECT / ".dockerignore").read_text().splitlines()
LINTER = shutil.which("hadolint", path=Path(sys.executable).parent)


def last(instruction):
    """Return the last of an instruction: the one that counts."""
    return [line.split(maxsplit=1)[1] for line in LINES if line.startswith(instruction)][-1]


def command_of(text):
    return json.loads(text[text.index("[") :])


def copied():
    copies = [line.split()[1:-1] for line in LINES if line.startswith("COPY")]
    return [name for names in copies if "--from" not in names[0] for name in names]


def test_whatever_is_copied_is_there_and_not_ignored():
    allowed = [line[1:] for line in IGNORED if line.startswith("!")]
    assert "*" in IGNORED
    assert [name for name in copied() if not (PROJECT / name).exists()] == []
    assert [name for name in copied() if name not in allowed] == []


def test_a_wheel_can_be_built_from_what_is_copied():
    """All that `pyproject.toml` and `hatch_build.py` name is among it."""
    from hatch_build import APP

    needed = [*APP, "README.md", "LICENSE", "explorer", "checkpoints", "requirements.txt"]
    missing = [
        name
        for name in needed
        if not any(name == one or name.startswith(f"{one}/") for one in copied())
    ]
    assert missing == []


def test_what_the_pages_offer_is_installed():
    """TensorBoard opens the logs that the tab Runs takes."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    installs = [line for line in LINES if line.startswith("RUN") and "pip install" in line]
    (extra,) = re.findall(r"'\.\[(\w+)\]'", installs[-1])
    assert any(one.startswith("tensorboard") for one in project["optional-dependencies"][extra])
    assert "--no-deps" not in installs[-1]


def test_it_runs_as_a_user_without_rights_who_owns_what_is_written():
    user = last("USER")
    made = next(line for line in LINES if "useradd" in line)
    uid, name = re.search(r"--uid (\d+) .*?(\w+) +&&", made).groups()
    assert user == uid != "0"
    assert f"--owner={name} /data /cache" in made
    assert command_of(last("VOLUME")) == ["/data", "/cache"]


def test_the_health_check_asks_the_server_that_is_started_and_needs_no_other_program():
    check, start = command_of(last("HEALTHCHECK")), command_of(last("CMD"))
    assert check[:2] == ["python", "-c"]
    port = last("EXPOSE")
    assert f"127.0.0.1:{port}/_stcore/health" in check[2]
    compile(check[2], "healthcheck", "exec")
    assert start[0] == "explorer"
    options = cli.commands[start[1]].params
    assert set(re.findall(r"--[a-z-]+", " ".join(start))) <= {
        option for param in options for option in param.opts
    }


@pytest.mark.skipif(LINTER is None, reason="hadolint comes for Linux on x86-64 alone")
def test_the_linter_has_nothing_to_say():
    done = subprocess.run([LINTER, "Dockerfile"], cwd=PROJECT, capture_output=True, text=True)
    assert done.stdout + done.stderr == ""


def test_the_notes_on_deployment_name_variables_there_are():
    notes = (PROJECT / "docs" / "deployment.md").read_text(encoding="utf-8")
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:EXPLORER|STREAMLIT)_[A-Z_]+", notes))
    assert "EXPLORER_JOBS" in named
    assert {name for name in named if f"`{name}`" not in readme} == set()


def test_the_proxy_takes_uploads_as_large_as_the_app_does():
    proxy = (PROJECT / "docs" / "nginx.conf").read_text(encoding="utf-8")
    app = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", proxy)
    assert app["server"]["maxUploadSize"] < int(megabytes) < app["server"]["maxUploadSize"] + 10
