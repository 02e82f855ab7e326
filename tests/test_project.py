"""What the README promises about the project itself."""

import subprocess
import sys
import tomllib
from pathlib import Path

import explorer
from explorer.cli import cli

PROJECT = Path(__file__).resolve().parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_continuous_integration_calls_the_test_command_of_the_readme():
    command = (PROJECT / ".ci" / "run").read_text().strip().splitlines()[-1]
    assert command.startswith("python3 -m venv")
    assert command in README


def test_the_changelog_tells_of_this_version():
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {explorer.__version__}" in changelog


def test_everything_at_the_top_level_is_explained_in_the_readme():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    top = {name.split("/")[0] for name in listed if name and not name.startswith(".")}
    files_about_the_project = {"README.md", "LICENSE"}
    assert {name for name in top - files_about_the_project if f"`{name}" not in README} == set()


def test_every_command_of_the_shell_stands_in_the_readme():
    assert [name for name in cli.commands if f"python -m explorer {name}" not in README] == []


def test_every_benchmark_stands_in_the_readme():
    names = [
        path.name
        for path in (PROJECT / "benchmarks").glob("*.py")
        if "__main__" in path.read_text()
    ]
    assert [name for name in names if f"benchmarks/{name}" not in README] == []


def test_the_code_reads_as_agreed():
    for arguments in (["check"], ["format", "--check"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, "-q"], cwd=PROJECT, check=True)


def test_an_installation_needs_what_the_file_of_requirements_names():
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    required = (PROJECT / "requirements.txt").read_text().splitlines()
    assert settings["project"]["dependencies"] == required


def test_lower_bounds_are_pinned():
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    required = (PROJECT / "requirements.txt").read_text().split("\n")
    tests = settings["project"]["optional-dependencies"]["test"]
    assert all(">=" in line for line in [*required, *tests] if line)
