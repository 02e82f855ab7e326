import json
import shutil

import numpy as np
import pytest

from explorer import runs
from explorer.analysis.range_test import NUM_STEPS, SUGGESTIONS, RangeTest, raised_rates
from explorer.cli import main
from explorer.inference import range_results
from explorer.paths import PROJECT
from explorer.training.spec import TrainingSpec

RUN = "characters-adequate"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path))
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    shutil.copytree(PROJECT / "checkpoints" / RUN, tmp_path / RUN)
    return runs.find(RUN)


def keep(run, losses):
    key = range_results.key_of(TrainingSpec.from_dict(run.spec), run.data["fingerprint"])
    rows = np.full((1, NUM_STEPS), np.nan)
    rows[0, : len(losses)] = losses
    found = RangeTest(raised_rates(), rows, np.array([len(losses)]), np.array([0]))
    range_results.keep(run.folder, key, found)
    return found


def test_what_was_found_is_one_json_document(run, capsys):
    found = keep(run, 2.3 - 1.5 * np.clip((np.arange(NUM_STEPS) - 60) / 60, 0, 1))
    assert main(["range-test", RUN, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["run"] == RUN
    assert set(told["suggestions"]) == set(SUGGESTIONS)
    assert told["learning_rates"] == found.rates.tolist()
    assert told["losses"] == found.losses.tolist()


def test_in_words_it_is_a_line_a_suggestion(run, capsys):
    found = keep(run, 2.3 - 1.5 * np.clip((np.arange(NUM_STEPS) - 60) / 60, 0, 1))
    assert main(["range-test", RUN]) == 0
    lines = capsys.readouterr().out.splitlines()
    for one, line in zip(found.suggestions(), lines[2:], strict=True):
        assert line.split()[:2] == [one.name.upper(), f"{one.rate:.2g}"]


def test_losses_that_are_no_numbers_are_words_in_json(run, capsys):
    keep(run, [2.3, np.nan])
    assert main(["range-test", RUN, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["suggestions"] == {}
    assert told["losses"] == [[2.3, "NaN"]]
    assert main(["range-test", RUN]) == 0
    assert "No learning rate is suggested" in capsys.readouterr().err


def test_an_unknown_run_gets_one_line(run, capsys):
    assert main(["range-test", "nobody"]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
