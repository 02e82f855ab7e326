import json

import numpy as np
import pytest

from explorer import runs
from explorer.cli import main
from explorer.cli_checkpoints import compared_steps
from explorer.cli_output import Progress
from explorer.exports import vega
from explorer.inference.comparison import Comparison, key_of, save, usual_steps
from explorer.runs.write import RunWriter
from tests.inference.conftest import ARRAYS, PLAIN

KINDS = "tests.inference.toy_compare"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setenv("EXPLORER_CACHE", str(folder))
    monkeypatch.setattr(vega, "source", lambda: "window.vegaEmbed = null;")
    return folder


@pytest.fixture
def make_run(tmp_path, rng):
    def made(name, checkpoints):
        writer = RunWriter(tmp_path / name)
        writer.describe(name=name, status="finished")
        for step in checkpoints:
            kernel = rng.normal(size=(3, 3, 1, 4)).astype(np.float32)
            writer.write_checkpoint(step, {"conv_1/kernel": kernel})
        writer.add_metrics(step=0, epoch=0, loss=2.0, accuracy=0.5)
        writer.close()
        return runs.open_run(tmp_path / name)

    return made


def test_the_last_checkpoints_are_compared_and_of_one_run_the_first_and_the_last(make_run):
    a, b = make_run("a", (0, 5)), make_run("b", (0, 2, 9))
    assert usual_steps(a, b) == (5, 9)
    assert usual_steps(b, b) == (0, 9)


def test_without_two_different_checkpoints_nothing_is_compared(make_run):
    some, none, one = make_run("a", (0, 5)), make_run("b", ()), make_run("c", (3,))
    assert [usual_steps(*pair) for pair in ((some, none), (none, some), (one, one))] == [None] * 3
    assert compared_steps((some, none), Progress(), kinds="no.such.module") is None


def test_a_comparison_is_made_once_and_kept(make_run, cache):
    chosen = make_run("a", (0, 5)), make_run("b", (2,))
    for _ in range(2):
        assert compared_steps(chosen, Progress(), kinds=KINDS) == (5, 2)
    assert (cache / "asked").read_text() == "once\n"


def test_why_there_is_none_is_said_beside_the_result(make_run, capsys):
    chosen = make_run("gone", (0, 5)), make_run("b", (2,))
    assert compared_steps(chosen, Progress(), kinds=KINDS) is None
    said = capsys.readouterr()
    assert said.out == ""
    assert "The checkpoints are left out: The images are gone." in said.err


@pytest.mark.parametrize(("switch", "steps"), [([], [5, 2]), (["--no-checkpoints"], None)])
def test_the_report_has_what_was_found_unless_it_is_not_wanted(
    make_run, tmp_path, capsys, switch, steps
):
    a, b = make_run("a", (0, 5)), make_run("b", (2,))
    save(Comparison(**{**ARRAYS, **PLAIN, "sets": ()}), key_of(a, 5, b, 2))
    path = tmp_path / "report.html"
    folders = [str(run.folder) for run in (a, b)]
    assert main(["report", *folders, "--output", str(path), "--json", *switch]) == 0
    assert json.loads(capsys.readouterr().out)["checkpoints"] == steps
    text = path.read_text()
    for words in (
        "Two checkpoints compared",
        "Images that flipped",
        "The filters of conv_1/kernel",
    ):
        assert (words in text) == (steps is not None)
