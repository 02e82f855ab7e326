import gc
import subprocess
import sys
import threading

import keras
import numpy as np
import pytest

from explorer import Recorder, runs
from explorer.models.architectures import Network
from explorer.models.build import build
from explorer.runs.lock import is_alive, writer_lock
from explorer.runs.write import RunWriter
from explorer.training import step_lines
from explorer.training.background import Background
from explorer.training.interruption import close_later

SCRIPT = """
import sys
from explorer.runs.lock import writer_lock
from explorer.runs.write import RunWriter
from explorer.training.background import Background
from explorer.training.interruption import close_later

class Owner: pass

owner, writer = Owner(), RunWriter(sys.argv[1])
writer.describe(status=sys.argv[2])
lock = writer_lock(writer.folder)
lock.acquire()
closer = close_later(owner, writer, lock, Background().wait)
{end}
"""


def end_script(folder, end, status="running"):
    script = [sys.executable, "-c", SCRIPT.format(end=end), str(folder), status]
    return subprocess.run(script, capture_output=True, text=True, timeout=60)


def begin(folder, background=None):
    owner, writer, lock = keras.callbacks.Callback(), RunWriter(folder), writer_lock(folder)
    lock.acquire()
    writer.describe(status="running")
    close_later(owner, writer, lock, (background or Background()).wait)
    return owner


@pytest.mark.parametrize("end", ["raise KeyboardInterrupt", "raise ValueError", "del owner"])
def test_a_script_that_ends_leaves_its_run_stopped(tmp_path, end):
    end_script(tmp_path / "run", end)
    run = runs.open_run(tmp_path / "run")
    assert (run.status, run.detail) == ("stopped", "The training was interrupted before its end.")


@pytest.mark.parametrize("status", ["failed", "finished"])
def test_what_a_job_has_said_of_itself_stays(tmp_path, status):
    end_script(tmp_path / "run", "raise ValueError", status)
    assert runs.open_run(tmp_path / "run").status == status


def test_a_run_deleted_meanwhile_ends_without_a_word(tmp_path):
    end = "import shutil; shutil.rmtree(writer.folder)"
    ended = end_script(tmp_path / "run", end)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert not (tmp_path / "run").exists()


def test_another_thread_may_train_at_the_same_time(tmp_path):
    first = begin(tmp_path / "first")
    second = []
    thread = threading.Thread(target=lambda: second.append(begin(tmp_path / "second")))
    thread.start()
    thread.join()
    assert [runs.open_run(tmp_path / name).status for name in ("first", "second")] == [
        "running",
        "running",
    ]
    del first
    assert runs.open_run(tmp_path / "first").status == "stopped"


class Interrupt(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        raise KeyboardInterrupt


def test_an_interrupted_training_is_stopped_when_the_next_one_begins(tmp_path, rng, monkeypatch):
    monkeypatch.setattr(step_lines, "MOST_SECONDS", 1000.0)  # no line is written but at the end
    images, labels = rng.uniform(0, 255, (16, 8, 8, 1)).astype(np.float32), np.arange(16) % 2
    model = build(Network("article", 8, 1, 2, filters=2, depth=1), seed=0)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    recorders = [Recorder(tmp_path / name) for name in ("first", "second")]
    with pytest.raises(KeyboardInterrupt):
        model.fit(images, labels, verbose=0, callbacks=[recorders[0], Interrupt()])
    assert runs.open_run(tmp_path / "first").status == "running"
    model.fit(images, labels, verbose=0, callbacks=[recorders[1]])
    assert runs.open_run(tmp_path / "first").status == "stopped"
    assert runs.open_run(tmp_path / "first").metrics().train["step"].tolist() == [0]
    assert not is_alive(tmp_path / "first")
    assert runs.open_run(tmp_path / "second").status == "finished"


def test_what_waits_to_be_written_is_written_before_a_run_is_closed(tmp_path):
    gate, done, background = threading.Event(), [], Background()
    owner = begin(tmp_path / "run", background)
    background.do(gate.wait)
    background.do(done.append, 1)
    threading.Timer(0.2, gate.set).start()
    del owner
    gc.collect()
    assert done == [1]
    assert runs.open_run(tmp_path / "run").status == "stopped"


def test_what_went_wrong_in_one_training_does_not_reach_the_next(tmp_path):
    def fail():
        raise RuntimeError("boom")

    background = Background()
    owner = begin(tmp_path / "first", background)
    background.do(fail)
    begin(tmp_path / "second")
    run = runs.open_run(tmp_path / "first")
    assert run.status == "stopped"
    assert "boom" in run.detail
    assert not is_alive(run.folder)
    del owner


def test_two_recorders_of_one_training_record_the_same_steps(tmp_path):
    model = build(Network("article", 8, 3, 3, filters=2, depth=1), seed=0)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    images, labels = np.zeros((64, 8, 8, 3), np.float32), np.arange(64) % 3
    recorders = [Recorder(tmp_path / name) for name in ("a", "b")]
    model.fit(images, labels, batch_size=4, verbose=0, callbacks=recorders)
    a, b = (runs.open_run(tmp_path / name) for name in ("a", "b"))
    assert a.steps.tolist() == b.steps.tolist() == list(range(17))
    assert (a.status, b.status) == ("finished", "finished")
