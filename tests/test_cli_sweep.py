import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from explorer import runs
from explorer.cli import main
from explorer.paths import PROJECT
from explorer.runs.sweeps import find_sweeps
from explorer.training import jobs

OPTIONS = "--image-size 8 --filters 2 --depth 1 --batch-size 512 --epochs 2 --dense-steps 2"
SMALL = OPTIONS.split()
NO_RAY = "import sys; sys.modules['ray'] = None; from explorer.cli import main; sys.exit(main())"


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path / "runs"))
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "runs"


def complaint(capfd, *arguments):
    """Return the one line that a wrong command says."""
    assert main(["sweep", *arguments]) == 2
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--learning-rates fast", "--learning-rates: 'fast' does not name numbers"),
        ("--learning-rates 0.1,,1", "does not name numbers"),
        ("--learning-rates 0.1,0", "learning_rate is 0.0"),
        ("--learning-rates=-0.1", "learning_rate is -0.1"),
        ("--learning-rates nan", "learning_rate is nan"),
        ("--learning-rates inf", "learning_rate is inf"),
        ("--learning-rates 0.1,1e-1", "0.1 is there twice"),
        ("--learning-rates 1 --seeds 0.5", "--seeds: '0.5' does not name whole numbers"),
        ("--learning-rates 1 --seeds 1,1", "seed 1 is there twice"),
        ("--learning-rates 1 --learning-rate 2", "No such option '--learning-rate'"),
        (f"--learning-rates {','.join(map(str, range(1, 201)))}", "has 200 trials"),
        ("", "--learning-rates"),
        ("--learning-rates 1 --cpus-per-trial 2", "is for a Ray cluster"),
        ("--learning-rates 1 --ray auto --detach", "--detach: on a Ray cluster"),
        ("--learning-rates 1 --ray nowhere", "--ray is 'nowhere'"),
        ("--learning-rates 1 --ray host:port", "--ray is 'host:port'"),
        ("--learning-rates 1 --ray 127.0.0.1:99999", "No Ray cluster could be reached"),
        ("--learning-rates 1 --ray no.such.host.invalid:1", "No Ray cluster could be reached"),
    ],
)
def test_bad_input_gets_one_line_and_leaves_nothing(empty, capfd, arguments, words):
    assert words in complaint(capfd, "digits", *arguments.split())
    assert not empty.exists()


def test_a_cluster_of_this_machine_that_is_gone_is_told_at_once(empty, capfd, monkeypatch):
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:9")
    begun = time.monotonic()
    words = complaint(capfd, "digits", "--learning-rates", "1", "--ray", "auto")
    assert "No Ray cluster could be reached at '127.0.0.1:9'" in words
    assert time.monotonic() < begun + 10
    assert not empty.exists()


def test_missing_images_and_a_folder_in_the_way_are_told(empty, capfd):
    assert "'nowhere'" in complaint(capfd, "nowhere", "--learning-rates", "1")
    empty.write_text("in the way")
    assert str(empty) in complaint(capfd, "digits", "--learning-rates", "1")


@contextmanager
def listening(answer):
    """Listen on a port of this machine; close every connection at once, or never answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept = []

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connection.close() if answer == "hang up" else kept.append(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        for connection in kept:
            connection.close()


def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


def shell(*arguments, program=("-m", "explorer"), **options):
    command = [sys.executable, "-W", "ignore", *program, "sweep", *arguments]
    return subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, timeout=200, **options
    )


def test_without_ray_it_is_said_how_to_get_it(empty):
    done = shell("digits", "--learning-rates", "1", "--ray", "auto", program=("-c", NO_RAY))
    assert (done.returncode, done.stdout) == (2, "")
    assert "Ray is not installed. Install it with: pip install" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("answer", ["nobody", "hang up", "never"])
def test_an_address_where_no_cluster_answers_is_told_within_ten_seconds(empty, answer):
    pytest.importorskip("ray")
    with listening(answer) as address:
        address = closed_port() if answer == "nobody" else address
        begun = time.monotonic()
        done = shell("digits", "--learning-rates", "1", "--ray", address)
        seconds = time.monotonic() - begun
    assert (done.returncode, done.stdout) == (2, "")
    assert f"No Ray cluster could be reached at '{address}'" in done.stderr
    assert done.stderr.count("\n") == 1
    assert seconds < 10
    assert not empty.exists()


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """Sweep from a real shell; return its one JSON document and what it said."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EXPLORER_CHECKPOINTS", str(tmp_path_factory.mktemp("runs")))
        environment.setenv("EXPLORER_CACHE", str(tmp_path_factory.mktemp("cache")))
        done = shell("digits", "--learning-rates", "10000,0.1", *SMALL, "--name", "S", "--json")
        assert done.returncode == 0, done.stderr
        yield json.loads(done.stdout), done.stderr


@pytest.mark.slow
def test_a_sweep_trains_every_rate_and_judges_it(swept):
    values, said = swept
    trials = {trial["learning_rate"]: trial for trial in values["trials"]}
    assert {trial["status"] for trial in values["trials"]} == {"finished"}
    assert trials[10_000]["verdict"] == "diverged"
    assert trials[0.1]["verdict"] != "diverged"
    assert trials[0.1]["loss"] < trials[0.1]["validation_loss"] * 2
    assert "of each of 2 trials" in said
    (sweep,) = find_sweeps(runs.list_runs())
    assert (sweep.id, sweep.name) == (values["id"], "S")
    assert {run.id for run in sweep.trials} == {trial["id"] for trial in values["trials"]}


@pytest.mark.slow
def test_a_trial_is_the_training_that_train_makes_at_that_rate(swept, capsys):
    values, _ = swept
    (trial,) = (one for one in values["trials"] if one["learning_rate"] == 0.1)
    assert main(["train", "digits", *SMALL, "--learning-rate", "0.1", "--json"]) == 0
    alone = json.loads(capsys.readouterr().out)
    for key in ("step", "loss", "accuracy", "validation_loss", "validation_accuracy"):
        assert alone[key] == trial[key]


@pytest.mark.slow
def test_an_interrupt_stops_all_trials(empty):
    command = [sys.executable, "-m", "explorer", "sweep", "digits", "--learning-rates", "0.1,0.2"]
    options = {"cwd": PROJECT, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    options["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)
    environment = {**os.environ, "EXPLORER_JOBS": "1"}
    process = subprocess.Popen([*command, *SMALL, "--epochs", "900"], env=environment, **options)
    end = time.monotonic() + 90
    while not any(run.status == "running" for run in runs.list_runs()):
        assert time.monotonic() < end
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert {run.status for run in runs.list_runs()} == {"stopped"}
    assert b"stopped" in out


def test_a_detached_sweep_returns_while_its_trials_wait(empty, capsys, monkeypatch):
    monkeypatch.setenv("EXPLORER_JOBS", "1")
    arguments = ["digits", "--learning-rates", "0.1,0.2", *SMALL, "--epochs", "900"]
    assert main(["sweep", *arguments, "--detach", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert all(trial["status"] in ("waiting", "starting", "running") for trial in values["trials"])
    for trial in values["trials"]:
        jobs.request_stop(runs.find(trial["id"]))
    while any(run.is_live for run in runs.list_runs()):
        time.sleep(0.1)
