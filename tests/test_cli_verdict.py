import json

import pytest

from explorer.analysis.verdict import TITLES
from explorer.cli import main
from explorer.paths import PROJECT

BUNDLED = PROJECT / "checkpoints"


@pytest.fixture(autouse=True)
def among_the_bundled_runs(monkeypatch):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(BUNDLED))


def test_the_verdict_is_one_json_document_with_numbers_thresholds_and_sources(capsys):
    assert main(["verdict", "characters-too-large", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["run"], told["verdict"]) == ("characters-too-large", "collapsed")
    assert set(told) == {"run", "name", "verdict", "title", "summary", "findings", "notes"}
    for finding in told["findings"]:
        assert finding["source"]
        for number in finding["numbers"]:
            assert set(number) == {"name", "value", "relation", "threshold"}


def test_in_words_it_begins_with_the_verdict_and_names_the_step(capsys):
    assert main(["verdict", "Characters, too large learning rate"]) == 0
    title, summary, *lines = capsys.readouterr().out.splitlines()
    assert title == TITLES["collapsed"]
    assert "the first at step 0, changed weights by up to" in summary
    assert any(line.startswith("Found: The gradients are gone (zero_gradients,") for line in lines)
    assert any(line.startswith("  share of exactly-zero gradient entries 1; ") for line in lines)


def test_an_unknown_run_gets_one_line(capsys):
    assert main(["verdict", "nobody"]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "There is no run 'nobody'" in said.err
