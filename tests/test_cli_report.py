import json

import pytest

from explorer.cli import main
from explorer.exports import client, worker
from explorer.paths import PROJECT

FOLDERS = [
    str(PROJECT / "checkpoints" / name) for name in ("characters-adequate", "characters-too-large")
]


def test_the_report_is_one_file_whose_size_is_told(tmp_path, capsys):
    path = tmp_path / "report.html"
    arguments = ["report", *FOLDERS, "--output", str(path), "--no-checkpoints", "--json"]
    assert main([*arguments, "--tensor", "conv_2/kernel"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["bytes"] == path.stat().st_size < 5_000_000
    assert told["tensor"] == "conv_2/kernel"
    assert told["checkpoints"] is None
    text = path.read_text()
    assert "the network collapsed" in text
    assert text.count('data-picture="png"') == 4
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]
    assert "://" not in text.split("<script>")[0]  # words and data, before the programs


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--output", "/nowhere/at/all.html"], "no folder"),
        (["--output", "/tmp"], "is a folder"),
        (["--output", ""], "--output is empty. Name a file"),
        (["--output", "x" * 10_000], "Choose another place with --output"),
        (["--output", "r.html", "--tensor", "conv_9"], "Choose one of: conv_1/kernel"),
        (["--output", "r.html", "--align", "hour"], "step"),
        ([], "--output"),
    ],
)
def test_bad_input_gets_one_line_and_no_file(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert main(["report", *FOLDERS, *arguments]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert len(said.err) < 300
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_written_is_about_the_report(tmp_path, capsys):
    path = tmp_path / f"{'x' * 250}.html"  # its own name fits, that of a file beside it does not
    assert main(["report", *FOLDERS, "--output", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1  # before any work: no progress is told
    assert "cannot be written" in said
    assert "Choose another place with --output" in said
    assert "EXPLORER_CHECKPOINTS" not in said
    assert list(tmp_path.iterdir()) == []


def request(**changes):
    return worker.Request("table", *FOLDERS, {}, **{"table": "kernels", **changes})


def test_a_process_makes_what_is_asked_and_tells_how_far_it_is():
    stages = list(client.prepare(request()))
    assert [stage.content is None for stage in stages[:-1]] == [True] * (len(stages) - 1)
    assert stages[-1].content.startswith(b"run,name,tensor,step,update_ratio")
    shares = [stage.share for stage in stages]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_what_cannot_be_made_is_said_and_the_next_one_can_be_asked_for():
    for _ in range(2):
        with pytest.raises(client.ExportError, match="conv_9"):
            list(client.prepare(worker.Request("table", *FOLDERS, {"tensor": "conv_9"})))


def test_giving_up_ends_the_process_and_frees_its_place(monkeypatch):
    started = []
    start = client._start
    monkeypatch.setattr(client, "_start", lambda path: started.append(start(path)) or started[-1])
    stages = client.prepare(request())
    while not started:
        next(stages)
    stages.close()
    assert started[0].poll() is not None
    assert client._slot.acquire(timeout=0)
    client._slot.release()
