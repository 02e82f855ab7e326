"""Sweeps on a real Ray cluster: two nodes on this machine, with one core each."""

import json
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np
import psutil
import pytest
from job_helpers import make_old

from explorer import runs
from explorer.paths import PROJECT
from explorer.runs import files
from explorer.runs.sweeps import find_sweeps
from explorer.runs.write import update_description
from explorer.training import jobs, queue
from explorer.training.spec import TrainingSpec
from tests.waiting import wait_until

pytest.importorskip("ray")
pytestmark = pytest.mark.slow
NODES = Path(__file__).with_name("ray_nodes.py")
OPTIONS = "--image-size 8 --filters 2 --depth 1 --batch-size 512 --dense-steps 2"
SMALL = OPTIONS.split()


@contextmanager
def cluster():
    """Start two nodes, and see that none of their processes is left behind."""
    command = [sys.executable, "-W", "ignore", str(NODES), "2", "1"]
    nodes = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        address = nodes.stdout.readline().strip()
        assert address, "the cluster did not start"
        yield address
        processes = psutil.Process(nodes.pid).children(recursive=True)
    finally:
        nodes.stdin.close()
        nodes.wait(timeout=60)
        nodes.stdout.close()
    _, left = psutil.wait_procs(processes, timeout=20)
    assert left == []


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EXPLORER_CHECKPOINTS", str(tmp_path_factory.mktemp("runs")))
        environment.setenv("EXPLORER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def address(folders):
    with cluster() as address:
        yield address


@pytest.fixture
def sweep(address):
    """Begin sweeps in a shell of their own; return the process."""
    begun = []

    def started(*arguments):
        command = [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "explorer",
            "sweep",
            "digits",
            *SMALL,
        ]
        command += [*arguments, "--ray", address, "--json"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        begun.append(subprocess.Popen(command, cwd=PROJECT, **pipes))
        return begun[-1]

    yield started
    for process in begun:
        process.kill()
        process.communicate()


def trials_of(name):
    found = [one.trials for one in find_sweeps(runs.list_runs()) if one.name == name]
    return {run.spec["learning_rate"]: run for run in found[0]} if found else {}


def times(run):
    """Return when a training began to load TensorFlow, and when it was done, from its log."""
    lines = (run.folder / files.LOG).read_text().splitlines()
    stamps = [re.match(r"(\S+ \S+) (loading|done)", line) for line in lines]
    assert [stamp[2] for stamp in stamps if stamp] == ["loading", "done"]
    return [datetime.fromisoformat(stamp[1]) for stamp in stamps if stamp]


def process_number(run):
    """Return in which process a run was trained, from its log."""
    return re.search(r"loading TensorFlow, process (\d+)", (run.folder / files.LOG).read_text())[1]


def process_of(run):
    """Return the process on the cluster that trains a run: the one that writes its log."""
    log = str(run.folder / files.LOG)
    for process in psutil.process_iter(["name"]):
        if process.info["name"].startswith("ray::") and log in opened(process):
            return process
    raise AssertionError("no process trains it")


def opened(process):
    try:
        return [file.path for file in process.open_files()]
    except psutil.Error:  # it has just ended
        return []


def trained_here(run, monkeypatch):
    """Train what a run is of in the queue of this machine, with one core."""
    monkeypatch.setenv("EXPLORER_JOBS", str(queue.num_cores()))
    alone = jobs.begin(jobs.prepare(TrainingSpec.from_dict(run.spec)))
    wait_until(lambda: not runs.open_run(alone.folder).is_live)
    return runs.open_run(alone.folder)


def test_trials_run_beside_each_other_as_ordinary_runs(sweep, monkeypatch):
    chosen = "--learning-rates", "0.1,10000,0.05", "--epochs", "20", "--dropout", "0.3"
    process = sweep(*chosen, "--name", "Beside")
    out, said = process.communicate(timeout=150)
    assert process.returncode == 0, said
    values = json.loads(out)
    assert [trial["status"] for trial in values["trials"]] == ["finished"] * 3
    assert [trial["verdict"] == "diverged" for trial in values["trials"]] == [False, True, False]
    for run in trials_of("Beside").values():
        assert len(run.steps)
        assert len(run.checkpoints)
        assert run.description["environment"]["threads"]["TF_NUM_INTRAOP_THREADS"] == "1"
    *first, last = sorted(trials_of("Beside").values(), key=times)
    begins, ends = zip(*map(times, first), strict=True)
    assert max(begins) < min(ends) <= times(last)[0]
    # The last one's process has trained another before; here, it has one of its own.
    assert process_number(last) in map(process_number, first)
    for run in (trials_of("Beside")[0.1], last):
        step = int(run.checkpoints[-1])
        here = trained_here(run, monkeypatch).checkpoint(step)
        for name, values in run.checkpoint(step).items():  # with as many cores, to the bit
            np.testing.assert_array_equal(values, here[name])


ONE_AFTER_THE_OTHER = """
import sys
from pathlib import Path
from explorer.runs import is_alive
from explorer.training.ray_cluster import train_here
for folder in sys.argv[1:]:
    print(train_here(folder), "locked" if is_alive(Path(folder)) else "free")
"""


def test_a_process_trains_one_after_the_other_and_nothing_of_one_is_left_to_the_next(folders):
    spec = TrainingSpec(
        name="One after the other", data="digits", image_size=8, filters=2, depth=1, dropout=0.3,
        epochs=2, batch_size=512, optimizer="momentum",
    )  # fmt: skip
    good, again, bad, last = (jobs.prepare(spec) for _ in range(4))
    update_description(bad, spec={**runs.open_run(bad).spec, "data": "gone"})
    command = [sys.executable, "-c", ONE_AFTER_THE_OTHER, *map(str, (good, bad, again, last))]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    # Nothing of the trainings themselves, which have logs.
    assert done.stdout.splitlines() == ["0 free", "1 free", "0 free", "0 free"]
    assert runs.open_run(bad).status == "failed"
    assert "gone" in (bad / files.LOG).read_text()
    first = runs.open_run(good)
    step = int(first.checkpoints[-1])
    for folder in (again, last):
        other = runs.open_run(folder)
        assert other.status == "finished"
        assert "gone" not in (folder / files.LOG).read_text()
        for entry in ("data", "network", "optimizer", "environment"):
            assert other.description[entry] == first.description[entry]
        for name, values in other.checkpoint(step).items():
            np.testing.assert_array_equal(values, first.checkpoint(step)[name])


def test_a_trial_that_dies_or_is_stopped_leaves_the_others_alone(sweep):
    process = sweep("--learning-rates", "0.1,0.2,0.3,0.4,0.5", "--epochs", "150", "--name", "Dying")
    wait_until(lambda: any(run.status == "running" for run in trials_of("Dying").values()))
    trials = trials_of("Dying")
    waiting = [run for run in trials.values() if run.status == "waiting"]
    assert len(waiting) == 3
    for run in waiting:
        make_old(run)  # a run in Ray's line is alive through its driver alone
        assert runs.open_run(run.folder).status == "waiting"
    jobs.request_stop(waiting[-1])
    (waiting[0].folder / files.LOG).mkdir()
    dying = next(run for run in trials.values() if run.status == "running")
    process_of(dying).kill()
    out, said = process.communicate(timeout=150)
    assert process.returncode == 1, said
    after = {trial["id"]: trial for trial in json.loads(out)["trials"]}
    assert after[dying.id]["status"] == "failed"
    assert after[dying.id]["detail"].startswith("Its process on the cluster ended:")
    assert after[waiting[-1].id]["status"] == "stopped"
    assert "while it waited" in after[waiting[-1].id]["detail"]
    assert after[waiting[0].id]["status"] == "failed"
    assert "could not be trained there. IsADirectoryError" in after[waiting[0].id]["detail"]
    others = set(after) - {dying.id, waiting[-1].id, waiting[0].id}
    assert len(others) == 2
    assert {after[run]["status"] for run in others} == {"finished"}


def test_trials_end_with_the_one_who_asked_for_them(sweep):
    process = sweep("--learning-rates", "0.1,0.2,0.3", "--epochs", "900", "--name", "Left")
    wait_until(lambda: any(run.status == "running" for run in trials_of("Left").values()))
    process.kill()
    process.communicate()
    left = [run.folder for run in trials_of("Left").values()]
    wait_until(lambda: not any(map(runs.is_alive, left)), seconds=30)
    for folder in left:
        make_old(runs.open_run(folder))
    # Ray asks the process of a trial to end before it kills it: one may be quick enough to say so.
    ended = [run.status for run in trials_of("Left").values()]
    assert len(ended) == 3
    assert set(ended) <= {"failed", "stopped"}


def test_more_cores_than_any_node_has_are_waited_for_and_told(sweep):
    process = sweep("--learning-rates", "0.1", "--cpus-per-trial", "64", "--name", "Large")
    wait_until(lambda: trials_of("Large"))
    time.sleep(1)
    (run,) = trials_of("Large").values()
    assert run.status == "waiting"
    jobs.request_stop(run)
    out, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "No node of the cluster has 64 cores now, the largest has 1" in said
    assert json.loads(out)["trials"][0]["status"] == "stopped"
