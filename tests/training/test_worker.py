import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress

import numpy as np
import psutil
import pytest
from job_helpers import SMALL, make_old, status
from PIL import Image

from explorer import data, runs
from explorer.paths import PROJECT
from explorer.runs import files
from explorer.runs.write import RunWriter, update_description
from explorer.training import jobs, worker
from explorer.training.fitting import fit
from explorer.training.spec import Recording, TrainingSpec
from tests.waiting import wait_until

# Everything with a memory: batch norm, dropout's generator, Adam's moments, augmentation.
# Two steps an epoch, so that one can be stopped within an epoch and at its end.
FORGETFUL = {
    "model": "compact",
    "dropout": 0.5,
    "optimizer": "adam",
    "augment": True,
    "batch_size": 1024,
}
WRITE = """
import sys
import numpy as np
from explorer.runs.write import RunWriter
writer = RunWriter(sys.argv[1])
writer.describe(status="running", name="Killed")
print("begun", flush=True)
values = {"weights.values": np.zeros(50_000, np.float32)}
for step in range(10**6):
    writer.add_metrics(step=step, epoch=0, loss=1.0, accuracy=0.5, seconds=0.1)
    writer.write_step(step, values)
    writer.write_checkpoint(step, values)
    writer.write_resume_state(values)
    writer.describe(done_steps=step)
"""


@pytest.fixture
def waiting(root, small_spec):
    """Make a run that waits, without a process."""

    def make(**options):
        folder = runs.new_folder(root)
        spec = small_spec(**options)
        update_description(folder, name=spec.name, spec=spec.to_dict(), status="waiting")
        return folder

    return make


def train(folder):
    assert worker.main([str(folder)]) == 0
    return runs.open_run(folder)


def last_weights(run):
    return run.checkpoint(run.planned_steps)


def same_bits(first, second):
    return all(first[name].tobytes() == second[name].tobytes() for name in {*first, *second})


def scalars(run):
    return run.metrics().train.drop(columns="seconds")


@pytest.fixture(scope="module")
def straight(tmp_path_factory, prepared_cache):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EXPLORER_CACHE", str(prepared_cache))
        folder = runs.new_folder(tmp_path_factory.mktemp("runs"))
        spec = TrainingSpec(**SMALL | FORGETFUL)
        update_description(folder, spec=spec.to_dict(), status="waiting")
        return train(folder)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "same"), [(0, True), (1, False)])
def test_equal_specs_give_equal_bits_and_another_seed_others(straight, waiting, seed, same):
    run = train(waiting(**FORGETFUL, seed=seed))
    assert same_bits(last_weights(run), last_weights(straight)) is same
    assert scalars(run).equals(scalars(straight)) is same


@pytest.mark.slow
def test_a_training_stopped_after_every_step_ends_with_the_same_bits(straight, waiting):
    folder, seconds = waiting(**FORGETFUL), [0.0]
    for step in range(1, straight.planned_steps):
        run = train_one_step(folder)
        assert (run.status, len(run.metrics().train), run.steps[-1]) == ("stopped", step, step)
        seconds.append(run.recording["seconds"])
    run = train(folder)
    assert run.status == "finished"
    assert same_bits(last_weights(run), last_weights(straight))
    assert scalars(run).equals(scalars(straight))
    assert run.metrics().validation.equals(straight.metrics().validation)
    assert run.steps.tolist() == straight.steps.tolist()
    assert run.checkpoints.tolist() == straight.checkpoints.tolist()
    assert run.recording["bytes"] == pytest.approx(straight.recording["bytes"], rel=0.01)
    assert all(np.diff([*seconds, run.recording["seconds"]]) > 0)
    for kind in runs.KINDS:
        for tensor in straight.tensors(kind):
            mine, others = run.values(kind, tensor), straight.values(kind, tensor)
            assert np.array_equal(mine, others, equal_nan=True)
    assert not (folder / files.RESUME).exists()


def train_one_step(folder):
    """Train with a request to stop that is there before the first step."""
    run = runs.open_run(folder)
    spec, writer = TrainingSpec.from_dict(run.spec), RunWriter(folder)
    images = worker.load_images(run, spec, writer)
    split = images.split(validation_share=spec.validation_share, seed=spec.seed)
    (folder / files.STOP).touch()
    fit(run, spec, images, split)
    (folder / files.STOP).unlink()
    return runs.open_run(folder)


@pytest.mark.slow
def test_killed_jobs_go_on_to_the_same_bits(root, small_spec):
    spec = small_spec(optimizer="adam", dropout=0.5, augment=True, batch_size=128, epochs=6)
    straight = jobs.submit(spec)
    wait_until(lambda: status(straight) == "finished")
    run = jobs.submit(spec)
    for least_lines in (8, 30):  # in the first epoch, and in the third
        kill_after(run, least_lines)
        run = runs.open_run(run.folder)
        assert (run.status, run.damaged) == ("failed", ())
        assert "TensorFlow" in run.detail
        run = jobs.resume(run)
    wait_until(lambda: status(run) == "finished")
    run, straight = runs.open_run(run.folder), runs.open_run(straight.folder)
    assert same_bits(last_weights(run), last_weights(straight))
    assert scalars(run).equals(scalars(straight))
    assert "Resumed at step" in run.description["resumed"][-1]


def kill_after(run, least_lines):
    wait_until(lambda: len(run.metrics().train) >= least_lines)
    os.kill(job_process(run), signal.SIGKILL)
    wait_until(lambda: not runs.is_alive(run.folder))
    make_old(run)


def job_process(run):
    for child in psutil.Process().children():
        with suppress(psutil.ZombieProcess):  # another job, that has just ended
            if str(run.folder) in child.cmdline():
                return child.pid
    raise AssertionError("The job has no process.")


@pytest.mark.slow
def test_a_run_killed_at_any_moment_opens(tmp_path):
    choose = random.Random(5)
    for attempt in range(20):
        folder = tmp_path / f"run-{attempt}"
        process = subprocess.Popen(
            [sys.executable, "-c", WRITE, str(folder)], cwd=PROJECT, stdout=subprocess.PIPE
        )
        assert process.stdout.readline() == b"begun\n"
        time.sleep(choose.uniform(0.01, 0.3))
        process.kill()
        process.communicate()
        run = runs.open_run(folder)
        metrics = run.metrics()
        assert (run.damaged, metrics.damaged_lines) == ((), 0)
        assert metrics.train["step"].tolist() == list(range(len(metrics.train)))
        assert len(run.steps) in (len(metrics.train), len(metrics.train) - 1)
        assert all(run.checkpoint(step)["weights.values"].size for step in run.checkpoints)


@pytest.mark.slow
def test_a_learning_rate_that_explodes_is_recorded(waiting):
    run = train(waiting(learning_rate=1e4, epochs=4))
    assert run.status == "finished"
    assert not np.isfinite(run.metrics().train["loss"].iloc[-1])
    kernel = next(iter(run.tensors("weights")))
    last = run.moments("weights", kernel).iloc[-1]
    assert last[["nan", "positive_infinity", "negative_infinity"]].sum() > 0


@pytest.mark.slow
def test_a_full_disk_leaves_a_readable_run_that_says_so(waiting):
    sparse = Recording(dense_steps=4, ratio=10, values_per_tensor=16, probe_images=1, checkpoints=2)
    folder = waiting(model="dense", batch_size=8, epochs=50, recording=sparse)
    data.load("digits", image_size=8)
    limit = worker.RESERVE_BYTES + 1000  # no file can grow beyond; the metrics will
    process = subprocess.run(
        [sys.executable, "-m", "explorer.training.worker", str(folder)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    run = runs.open_run(folder)
    assert (process.returncode, run.status) == (1, "failed")
    assert "is full" in run.detail
    assert "resume the run" in run.detail
    assert len(run.metrics().train) > 100
    assert run.steps.tolist()[:5] == [0, 1, 2, 3, 4]


def test_a_job_can_be_stopped_while_its_images_are_prepared(waiting):
    folder = waiting()
    (folder / files.STOP).touch()
    run = runs.open_run(folder)
    with pytest.raises(worker.StoppedEarly):
        worker.load_images(run, TrainingSpec.from_dict(run.spec), RunWriter(folder))


def test_classes_that_cannot_be_split_are_called_by_name(waiting, tmp_path):
    for name, numbers in {"cat": (0, 1), "dog": (2,)}.items():
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in numbers:
            pixels = np.random.default_rng(number).integers(0, 256, (8, 8), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{number}.png")
    folder = waiting(data=str(tmp_path / "pets"))
    assert worker.main([str(folder)]) == 1
    assert "Class 'dog' has one image only" in runs.open_run(folder).detail


def test_a_failed_training_says_why_in_a_line(waiting, tmp_path):
    folder = waiting(data=str(tmp_path / "nowhere"))
    assert worker.main([str(folder)]) == 1
    run = runs.open_run(folder)
    assert run.status == "failed"
    assert run.detail.startswith("There is no folder or file")
    assert "\n" not in run.detail


def test_images_that_changed_since_the_run_began_are_refused(waiting):
    folder = waiting()
    update_description(folder, data={"fingerprint": "of other images"})
    assert worker.main([str(folder)]) == 1
    assert "have changed since the run began" in runs.open_run(folder).detail


def test_the_description_is_plain_json(waiting):
    folder = waiting()
    update_description(folder, share=float("nan"))
    assert json.loads((folder / files.RUN).read_text())["share"] == "NaN"


def test_a_run_tells_how_many_training_images_each_class_has(root, small_spec):
    images = data.load("digits", image_size=8)
    split = images.split(validation_share=0.3, seed=0)
    about = worker.describe_data(images, split, small_spec())
    expected = [int((images.labels[split.train] == label).sum()) for label in range(10)]
    assert about["class_counts"] == expected
    assert sum(expected) == about["num_train"]


def test_a_job_for_whose_recording_there_is_no_room_ends_before_its_first_step(
    waiting, monkeypatch
):
    monkeypatch.setenv("EXPLORER_MOST_GB", "0.0001")
    folder = waiting()
    assert worker.main([str(folder)]) == 1
    run = runs.open_run(folder)
    assert (run.status, len(run.steps)) == ("failed", 0)
    assert "EXPLORER_MOST_GB" in run.detail
    assert not (folder / files.METRICS).exists()
