"""A run written as a TensorBoard log, read back with TensorBoard's own reader."""

import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

from explorer import runs
from explorer.exports.tensorboard import BINS
from explorer.imports.bringing import bring_in
from explorer.paths import PROJECT
from explorer.runs import TensorInfo, sketch
from explorer.runs.write import RunWriter
from explorer.training.collect import Collector

KINDS = ("weights", "gradients", "updates", "activations")
ALL = {"tensors": 0, "scalars": 0}


def export(run, folder):
    """Write a run from the shell: TensorBoard runs without TensorFlow there."""
    return subprocess.run(
        [sys.executable, "-m", "explorer", "export", str(run), "--tensorboard", str(folder)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


@lru_cache
def read(folder):
    return EventAccumulator(str(folder), size_guidance=ALL).Reload()


def table(log, tag):
    """Return the steps and the arrays of a tag."""
    found = log.Tensors(tag)
    return [one.step for one in found], [
        tensor_util.make_ndarray(one.tensor_proto) for one in found
    ]


@pytest.fixture(scope="module")
def bundled(tmp_path_factory):
    """Export a bundled run; the run, and the folder of its log."""
    run = runs.open_run(PROJECT / "checkpoints" / "characters-adequate")
    folder = tmp_path_factory.mktemp("log")
    done = export(run.folder, folder)
    assert done.returncode == 0, done.stderr
    return run, Path(done.stdout.strip())


@pytest.mark.parametrize(("part", "tag"), [("train", "loss"), ("train", "gradient_norm")])
def test_tensorboard_reads_the_scalars_of_every_update(bundled, part, tag):
    run, folder = bundled
    steps, values = table(read(folder / part), tag)
    wanted = run.metrics().train
    assert steps == wanted["step"].tolist()
    assert np.allclose([float(one) for one in values], wanted[tag], rtol=1e-6)


def test_tensorboard_reads_the_validations_beside_them(bundled):
    run, folder = bundled
    steps, values = table(read(folder / "validation"), "accuracy")
    wanted = run.metrics().validation
    assert steps == wanted["step"].tolist()
    assert np.allclose([float(one) for one in values], wanted["accuracy"], rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_tensorboard_reads_a_histogram_of_every_recorded_tensor_and_step(bundled, kind):
    run, folder = bundled
    log = read(folder / "train")
    for tensor in run.tensors(kind):
        steps, found = table(log, f"{kind}/{tensor}")
        moments = run.moments(kind, tensor, steps)
        assert len(steps) >= len(run.steps) - 1
        for one, (_, row) in zip(found, moments.iterrows(), strict=True):
            assert one[0, 0] == pytest.approx(row["minimum"])
            assert one[-1, 1] == pytest.approx(row["maximum"])
            assert one[:, 2].sum() == pytest.approx(row["size"])


def test_small_tensors_are_counted_and_large_ones_are_off_by_half_a_percent_at_most(bundled):
    run, folder = bundled
    log = read(folder / "train")
    infos = run.tensors("weights")
    assert {info.is_whole for info in infos.values()} == {True, False}
    for tensor, info in infos.items():
        steps, found = table(log, f"weights/{tensor}")
        for step in {0, run.checkpoints.tolist()[-1]} & set(steps):
            weights = run.checkpoint(step)[tensor]
            one = found[steps.index(step)]
            if len(one) == 1:
                continue
            edges = np.append(one[:, 0], one[-1, 1])
            wanted = np.cumsum(np.histogram(weights, edges)[0])
            off = np.abs(np.cumsum(one[:, 2]) - wanted).max()
            assert off <= (0 if info.is_whole else 0.005 * weights.size)


def test_an_export_comes_back_as_a_run(bundled, tmp_path):
    run, folder = bundled
    back = bring_in(folder, "Back", root=tmp_path)
    assert back.steps.tolist() == run.steps.tolist()
    columns = ["step", "loss", "accuracy", "learning_rate", "gradient_norm"]
    assert np.allclose(
        back.metrics().train[columns], run.metrics().train[columns], rtol=1e-5, equal_nan=True
    )
    for kind in KINDS:
        assert list(back.tensors(kind)) == list(run.tensors(kind))
    edges = np.linspace(-0.5, 0.5, 11)
    tensor = list(run.tensors("weights"))[-2]
    before, after = (one.histograms("weights", tensor, edges)[0] for one in (run, back))
    assert np.abs(before - after).max() <= 0.03 * run.tensors("weights")[tensor].size


def test_values_that_are_not_finite_are_counted_beside_the_histograms(tmp_path):
    writer, collector = RunWriter(tmp_path / "run"), Collector(100)
    values = np.arange(300, dtype=np.float32)
    for step in range(3):
        values[: 10 * step] = np.nan
        writer.write_step(step, collector.collect("weights", {"a/kernel": values}))
    values[:] = np.inf
    writer.write_step(3, collector.collect("weights", {"a/kernel": values}))
    writer.describe(status="finished", recording={"tensors": collector.to_dict()})
    done = export(tmp_path / "run", tmp_path / "log")
    assert done.returncode == 0, done.stderr
    log = read(tmp_path / "log" / "run" / "train")
    steps, counted = table(log, "not_finite/weights/a/kernel")
    assert (steps, [float(one) for one in counted]) == ([0, 1, 2, 3], [0, 10, 20, 300])
    steps, found = table(log, "weights/a/kernel")
    assert steps == [0, 1, 2]
    assert [one[:, 2].sum() for one in found] == pytest.approx([300, 290, 280])
    assert found[0].shape == (BINS, 3)
    assert sketch.KNOTS > BINS


def test_an_export_replaces_nothing_and_leaves_nothing_half_written(bundled):
    run, folder = bundled
    done = export(run.folder, folder.parent)
    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert [one.name for one in folder.parent.iterdir()] == [folder.name]
    assert all(file.name.endswith(".explorer") for file in folder.rglob("*tfevents*"))


def test_the_folder_is_called_by_the_run_and_by_its_id_where_another_has_the_name(tmp_path):
    for one in ("one", "two"):
        writer = RunWriter(tmp_path / one)
        writer.add_lines([{"step": 0, "epoch": 0, "loss": 1.0, "accuracy": 0.5}])
        writer.close()
        long_ago = "0001-01-01T00:00:00"  # before any calendar of the system's
        writer.describe(status="finished", name="../A: first try", created=long_ago)
    code = f"""
from explorer.exports.tensorboard import export
from explorer.runs import open_run
for one in ("one", "two", "one", "two"):
    try:
        print(export(open_run({str(tmp_path)!r} + "/" + one), {str(tmp_path / "log")!r}).name)
    except ValueError as error:
        print("already" in str(error))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["A-first-try", "A-first-try-two", "True", "True"], done.stderr


def test_a_run_without_anything_is_refused(tmp_path):
    RunWriter(tmp_path / "run").describe(status="stopped")
    done = export(tmp_path / "run", tmp_path / "log")
    assert done.returncode == 2
    assert "nothing yet" in done.stderr
    assert not list((tmp_path / "log").rglob("*"))


def test_a_run_of_which_no_number_is_known_is_refused(tmp_path):
    writer = RunWriter(tmp_path / "run")
    unknown = {"moments": (1, len(sketch.MOMENTS)), "knots": (1, sketch.KNOTS), "values": (0,)}
    arrays = {f"weights.{name}": np.full(shape, np.nan) for name, shape in unknown.items()}
    writer.write_step(0, arrays)
    layout = {"weights": [TensorInfo("a/kernel", (3,), rows=()).to_dict()]}
    writer.describe(
        status="imported", recording={"tensors": layout}, source={"kind": "tensorboard"}
    )
    done = export(tmp_path / "run", tmp_path / "log")
    assert done.returncode == 2
    assert "nothing that a log could hold" in done.stderr
    assert list((tmp_path / "log").iterdir()) == []
