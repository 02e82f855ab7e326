import errno
import json
import math
import os
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save

from explorer import runs
from explorer.runs import files, sketch
from explorer.runs.listing import find_by_id, unreadable_runs, why_closed
from explorer.runs.lock import writer_lock
from explorer.runs.metrics import TRAIN_COLUMNS, read_metrics
from explorer.runs.read import read_tensors
from explorer.runs.write import RunWriter, update_description


def recorded(folder, steps=(0, 1, 2), name="a run"):
    """Write a run with one whole and one thinned tensor, by hand."""
    rng = np.random.default_rng(0)
    whole, thinned = rng.normal(size=(2, len(steps), 40, 10)).astype(np.float32)
    infos = [
        runs.TensorInfo("conv_1/kernel", (40, 10)),
        runs.TensorInfo("dense_1/kernel", (40, 10), columns=(2, 5)),
    ]
    writer = RunWriter(folder)
    layout = {"weights": [info.to_dict() for info in infos]}
    writer.describe(name=name, status="finished", recording={"tensors": layout})
    for i, step in enumerate(steps):
        tensors = {"conv_1/kernel": whole[i], "dense_1/kernel": thinned[i]}
        sketches = [sketch.sketch(tensors[info.name]) for info in infos]
        writer.write_step(
            step,
            {
                "weights.moments": np.stack([item.moments for item in sketches]),
                "weights.knots": sketches[1].knots[None],
                "weights.values": np.concatenate(
                    [info.take(tensors[info.name]).ravel() for info in infos]
                ),
            },
        )
        writer.add_metrics(step=step, epoch=0, loss=float(step), accuracy=0.5)
    writer.close()
    return runs.open_run(folder), whole, thinned


def test_values_come_back_as_written(tmp_path):
    run, whole, thinned = recorded(tmp_path / "run")
    assert run.steps.tolist() == [0, 1, 2]
    assert np.array_equal(run.values("weights", "conv_1/kernel"), whole)
    assert np.array_equal(run.values("weights", "dense_1/kernel", [2]), thinned[[2]][:, :, [2, 5]])


@pytest.mark.parametrize("tensor", [0, 1])
def test_histograms_are_those_of_the_whole_tensor(tmp_path, tensor):
    run, *tensors = recorded(tmp_path / "run")
    name = ["conv_1/kernel", "dense_1/kernel"][tensor]
    edges = np.linspace(-2, 2, 9)
    counts, under, over = run.histograms("weights", name, edges)
    for i, values in enumerate(tensors[tensor]):
        expected = np.histogram(values, [-np.inf, *edges, np.inf])[0]
        found = np.concatenate([[under[i]], counts[i], [over[i]]])
        assert np.abs(np.cumsum(found) - np.cumsum(expected)).max() <= 0.005 * values.size
        assert found.sum() == pytest.approx(values.size)


def test_a_damaged_step_is_skipped_and_named(tmp_path):
    run, whole, _ = recorded(tmp_path / "run")
    path = files.step_file(run.folder / files.STEPS, 1)
    path.write_bytes(path.read_bytes()[:200])
    run = runs.open_run(run.folder)
    assert run.steps.tolist() == [0, 2]
    assert run.damaged == (1,)
    assert np.array_equal(run.values("weights", "conv_1/kernel"), whole[[0, 2]])
    assert np.isnan(run.values("weights", "conv_1/kernel", [1])).all()


IMPOSSIBLE = [
    *[("size", value) for value in (np.inf, np.nan, -1, 401, 3e38)],
    *[(name, 401) for name in ("nan", "positive_infinity", "negative_infinity", "zeros")],
    *[("nan", np.inf), ("zeros", -1), ("size", 0)],
]


def rewritten(path, name, value, dtype=np.float64):
    """Set one moment of the second tensor of a step, which has three that are no number."""
    tensors = read_tensors(path)
    moments = tensors["weights.moments"]
    moments[1, sketch.MOMENTS.index("nan")] = 3
    moments[1, sketch.MOMENTS.index(name)] = value
    path.write_bytes(save({**tensors, "weights.moments": moments.astype(dtype)}))


@pytest.mark.parametrize(("name", "value"), IMPOSSIBLE)
def test_a_step_with_counts_that_no_tensor_has_is_damaged(tmp_path, name, value):
    run, *_ = recorded(tmp_path / "run")
    rewritten(files.step_file(run.folder / files.STEPS, 1), name, value)
    run = runs.open_run(run.folder)
    assert (run.steps.tolist(), run.damaged) == ([0, 2], (1,))


@pytest.mark.parametrize("name", ["nan", "positive_infinity", "zeros", "mean", "minimum"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_with_counts_that_a_tensor_can_have_is_sound(tmp_path, name, dtype):
    run, *_ = recorded(tmp_path / "run")
    value = {"mean": -1e9, "minimum": np.nan, "zeros": 0}.get(name, 397)
    rewritten(files.step_file(run.folder / files.STEPS, 1), name, value, dtype)
    assert runs.open_run(run.folder).damaged == ()


@pytest.mark.parametrize("tensor", ["conv_1/kernel", "dense_1/kernel"])
@pytest.mark.parametrize("steps", [None, [2, 0, 7], []])
def test_sketches_are_moments_and_knots_in_one(tmp_path, tensor, steps):
    run, *_ = recorded(tmp_path / "run")
    moments, knots = run.sketches("weights", tensor, steps)
    pd.testing.assert_frame_equal(moments, run.moments("weights", tensor, steps))
    assert np.array_equal(knots, run.knots("weights", tensor, steps), equal_nan=True)
    assert len(moments) == len(knots) == (3 if steps is None else len(steps))


def test_a_step_of_infinitely_many_infinities_is_damaged(tmp_path):
    run, *_ = recorded(tmp_path / "run")
    path = files.step_file(run.folder / files.STEPS, 1)
    tensors = read_tensors(path)
    tensors["weights.moments"][1, : sketch.MOMENTS.index("zeros") + 1] = np.inf
    path.write_bytes(save(tensors))
    assert runs.open_run(run.folder).damaged == (1,)


def test_a_step_damaged_later_is_noticed(tmp_path):
    run, *_ = recorded(tmp_path / "run")
    assert run.damaged == ()
    path = files.step_file(run.folder / files.STEPS, 1)
    size = path.stat().st_size
    path.write_bytes(b"x" * size)
    assert runs.open_run(run.folder).damaged == (1,)


@pytest.mark.parametrize("shape", [(), (3,), (7, 9)])
def test_a_step_of_another_training_counts_as_empty(tmp_path, shape):
    run, whole, _ = recorded(tmp_path / "run")
    keys = [f"weights.{part}" for part in ("values", "moments", "knots")]
    RunWriter(run.folder).write_step(9, {key: np.zeros(shape, np.float32) for key in keys})
    run = runs.open_run(run.folder)
    assert run.steps.tolist() == [0, 1, 2, 9]
    assert np.array_equal(run.values("weights", "conv_1/kernel")[:-1], whole)
    for tensor in run.tensors("weights"):
        counts, *_ = run.histograms("weights", tensor, np.linspace(-1, 1, 5))
        assert counts[-1].sum() == 0 < counts[0].sum()


def test_a_partial_last_line_is_left_for_next_time(tmp_path):
    run, *_ = recorded(tmp_path / "run")
    with (run.folder / files.METRICS).open("a") as lines:
        lines.write('{"step": 3, "epo')
    assert run.metrics().train["step"].tolist() == [0, 1, 2]
    assert run.metrics().damaged_lines == 0


def test_a_damaged_line_is_counted(tmp_path):
    run, *_ = recorded(tmp_path / "run")
    with (run.folder / files.METRICS).open("a") as lines:
        lines.write('\0\0\0\n[]\n{"step": "Infinity"}\n{"step": null}\n')
        lines.write("[" * 100_000 + "\n")
    assert run.metrics().damaged_lines == 5
    RunWriter(run.folder).drop_after(2)
    assert run.metrics().damaged_lines == 0
    assert run.metrics().train["step"].tolist() == [0, 1]


def test_a_table_of_metrics_does_not_grow_with_the_names_in_a_file(tmp_path):
    lines = [json.dumps({"step": step, f"k{step}": 0, "val_k": 0}) for step in range(5_000)]
    (tmp_path / "metrics.jsonl").write_text("\n".join(lines) + "\n")
    tracemalloc.start()
    train = read_metrics(tmp_path / "metrics.jsonl").train
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(train), list(train)) == (5_000, TRAIN_COLUMNS)
    assert taken < 20_000_000  # 5,000 x 5,000 numbers would take 200 MB


def test_nonfinite_metrics_come_back(tmp_path):
    writer = RunWriter(tmp_path / "run")
    writer.describe(name="n")
    for step, loss in enumerate([math.nan, math.inf]):
        writer.add_metrics(step=step, epoch=0, loss=loss)
    writer.close()
    losses = runs.open_run(tmp_path / "run").metrics().train["loss"].tolist()
    assert math.isnan(losses[0])
    assert losses[1] == math.inf


def test_metrics_are_kept_in_single_precision_and_in_few_characters(tmp_path, rng):
    losses = rng.lognormal(size=50).astype(np.float32)
    writer = RunWriter(tmp_path / "run")
    writer.describe(name="n")
    for step, loss in enumerate(losses.tolist()):
        writer.add_metrics(step=step, epoch=0, loss=loss)
    writer.close()
    found = runs.open_run(tmp_path / "run").metrics().train["loss"].to_numpy(np.float32)
    assert np.array_equal(found, losses)
    lines = (tmp_path / "run" / files.METRICS).read_text().splitlines()
    assert max(map(len, lines)) <= len('{"step": 49, "epoch": 0, "loss": 1.23456789}')


def test_going_on_from_a_step_forgets_what_came_after(tmp_path):
    run, *_ = recorded(tmp_path / "run", steps=(0, 1, 2, 3))
    writer = RunWriter(run.folder)
    writer.add_metrics(step=2, epoch=0, val_loss=1.0)
    writer.add_metrics(step=4, epoch=1, val_loss=1.0)
    writer.close()
    for step in (0, 2, 3):
        writer.write_checkpoint(step, {"w": np.zeros(1)})
    writer.drop_after(2)
    run = runs.open_run(run.folder)
    assert run.steps.tolist() == [0, 1]
    assert run.checkpoints.tolist() == [0]
    assert run.metrics().train["step"].tolist() == [0, 1]
    assert run.metrics().validation["step"].tolist() == [2]


def test_going_on_clears_away_what_a_killed_process_was_writing(tmp_path):
    run, *_ = recorded(tmp_path / "run")
    unfinished = ["steps/.00000007.safetensors.0123abcd", ".resume.safetensors.0123abcd"]
    kept = [".run.json.0123abcd", ".reserve", "steps/.foreign"]
    for name in [*unfinished, *kept]:
        (run.folder / name).write_bytes(b"half")
    RunWriter(run.folder).drop_after(2)
    assert not any((run.folder / name).exists() for name in unfinished)
    assert all((run.folder / name).exists() for name in kept)
    assert runs.open_run(run.folder).steps.tolist() == [0, 1]


def test_describing_keeps_other_entries(tmp_path):
    run, *_ = recorded(tmp_path / "run")
    update_description(run.folder, name="renamed")
    again = runs.open_run(run.folder)
    assert (again.name, again.status) == ("renamed", "finished")
    assert again.tensors("weights").keys() == run.tensors("weights").keys()


def nested(depth, entry):
    """Write a run.json of which an entry holds lists within lists; the whole is one level more."""
    inner = "[" * (depth - 2) + "]" * (depth - 2)
    inner = f'{{"a": {inner}}}' if entry == "spec" else f"[{inner}]"
    return f'{{"schema": 1, "{entry}": {inner}}}'


def test_what_is_nested_no_deeper_than_a_description_can_be_is_opened(tmp_path):
    (tmp_path / files.RUN).write_text(nested(50, "spec"))
    assert runs.open_run(tmp_path).spec.keys() == {"a"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "cannot be read"),
        pytest.param("[" * 100_000, "nested too deeply", id="deep"),
        *[
            pytest.param(nested(depth, entry), "nested too deeply", id=f"{entry} {depth}")
            for entry in ("spec", "resumed", "of someone else")
            for depth in (51, 400, 900)
        ],
        ("null", "no schema version"),
        ('{"schema": 1, "recording": {"tensors": [1]}}', "list of recorded tensors"),
        ("[]", "no schema version"),
        ('{"schema": "1"}', "no schema version"),
        ('{"schema": 99}', "Update Convnet Explorer"),
        ('{"schema": 1, "planned_steps": "many"}', "planned_steps is 'many'. It must be a whole"),
        (
            '{"schema": 1, "data": {"class_names": ["a", 3]}}',
            "class_names holds '3'. Names",
        ),
        ('{"schema": 1, "data": {"class_names": "ab"}}', "data.class_names is 'ab'"),
    ],
)
def test_a_folder_that_cannot_be_opened_says_why(tmp_path, content, words):
    (tmp_path / files.RUN).write_text(content)
    with pytest.raises(runs.RunError, match=words):
        runs.open_run(tmp_path)


def test_a_damaged_list_of_tensors_says_so(tmp_path):
    update_description(tmp_path, recording={"tensors": {"weights": [{"name": "conv_1/kernel"}]}})
    with pytest.raises(runs.RunError, match=r"list of recorded tensors.*The shape of 'conv_1"):
        runs.open_run(tmp_path)


def test_a_folder_without_description_is_no_run(tmp_path):
    with pytest.raises(runs.RunError, match=r"it has no run\.json"):
        runs.open_run(tmp_path)


def test_runs_are_found_by_id_name_and_path(tmp_path):
    for name in ("one", "two"):
        recorded(tmp_path / f"id-{name}", name=name)
    assert runs.find("id-one", tmp_path).name == "one"
    assert runs.find("two", tmp_path).id == "id-two"
    assert runs.find(str(tmp_path / "id-two")).name == "two"
    with pytest.raises(runs.RunError, match="There is no run 'three'"):
        runs.find("three", tmp_path)


def test_a_folder_without_a_slash_is_a_path_when_no_run_has_that_name(tmp_path, monkeypatch):
    recorded(tmp_path / "runs" / "id-one", name="here")
    recorded(tmp_path / "here", name="of the folder")
    recorded(tmp_path / "there", name="of another")
    monkeypatch.chdir(tmp_path)
    assert runs.find("here", tmp_path / "runs").name == "here"
    assert runs.find("there", tmp_path / "runs").name == "of another"
    with pytest.raises(runs.RunError, match="There is no run ''"):
        runs.find("", tmp_path / "runs")


def test_a_path_from_within_the_run_finds_its_id(tmp_path, monkeypatch):
    recorded(tmp_path / "id-one")
    monkeypatch.chdir(tmp_path / "id-one")
    assert [runs.find(path).id for path in ("./", "../id-one", "steps/..")] == ["id-one"] * 3


def test_a_folder_whose_name_is_no_id_is_named_with_the_reason(tmp_path):
    for name in ("good", "my run.v2", ".deleted-old"):
        recorded(tmp_path / name)
    assert [run.id for run in runs.list_runs(tmp_path)] == ["good"]
    (reason,) = unreadable_runs(tmp_path).items()
    assert reason[0] == "my run.v2"
    assert "Rename it" in reason[1]


def test_a_name_that_two_runs_have_is_refused_with_their_ids(tmp_path):
    for run_id in ("a", "b"):
        recorded(tmp_path / run_id, name="same")
    with pytest.raises(runs.RunError, match=r"2 runs are called 'same'.*a.*b|2 runs.*b.*a"):
        runs.find("same", tmp_path)


@pytest.mark.parametrize("run_id", ["../secret", "/etc", "a/b", "", "x" * 65, "..", "a\0b", "<b>"])
def test_an_id_from_outside_never_leaves_the_folder(tmp_path, run_id):
    recorded(tmp_path / "secret")
    root = tmp_path / "runs"
    root.mkdir()
    with pytest.raises(runs.RunError):
        find_by_id(run_id, root)


BAD = ["{", "[" * 100_000, '{"schema": 1, "recording": {"tensors": [1]}}']


@pytest.mark.parametrize("content", BAD, ids=["cut short", "deep", "damaged list"])
def test_an_unreadable_run_does_not_hide_the_others(tmp_path, content):
    recorded(tmp_path / "good")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / files.RUN).write_text(content)
    assert [run.id for run in runs.list_runs(tmp_path)] == ["good"]
    assert list(unreadable_runs(tmp_path)) == ["bad"]
    assert runs.find("a run", tmp_path).id == "good"


def test_a_run_that_nobody_lets_us_see_does_not_hide_the_others(tmp_path, monkeypatch):
    """Who runs the tests may be allowed everything, so the system's answer is given here."""
    for name in ("good", "closed"):
        recorded(tmp_path / name)

    def guarded(looking):
        def guard(path, *mode, **options):
            if path.parent.name == "closed":
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return looking(path, *mode, **options)

        return guard

    for name in ("stat", "open"):
        monkeypatch.setattr(Path, name, guarded(getattr(Path, name)))
    assert [run.id for run in runs.list_runs(tmp_path)] == ["good"]
    assert "Permission denied" in unreadable_runs(tmp_path)["closed"]


def test_a_runs_folder_that_is_none_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert runs.list_runs(tmp_path / "file") == []
    assert "EXPLORER_CHECKPOINTS" in unreadable_runs(tmp_path / "file")["file"]
    with pytest.raises(runs.RunError, match="cannot be looked into"):
        runs.find("any", tmp_path / "file")
    assert why_closed(tmp_path) == why_closed(tmp_path / "not there yet") == ""


@pytest.mark.parametrize("text", ["x" * 10_000, "x/" * 5_000, "a\0/b"])
def test_an_unknown_name_is_told_in_a_line_however_long(tmp_path, text):
    recorded(tmp_path / "good", name="y" * 10_000)
    with pytest.raises(runs.RunError, match="There is no run") as refused:
        runs.find(text, tmp_path)
    assert len(str(refused.value)) < 300 + len(str(tmp_path))


def test_a_run_whose_process_is_gone_has_failed_and_shows_its_log(tmp_path):
    run, *_ = recorded(tmp_path / "run")
    update_description(run.folder, status="running")
    (run.folder / files.LOG).write_text("first\nlast words\n")
    assert runs.open_run(run.folder).status == "running"
    year_later = (run.folder / files.RUN).stat().st_mtime + 365 * 24 * 3600
    os.utime(run.folder / files.RUN, (year_later, year_later))
    assert runs.open_run(run.folder).status == "failed"
    long_ago = (run.folder / files.RUN).stat().st_mtime - 1000
    os.utime(run.folder / files.RUN, (long_ago, long_ago))
    dead = runs.open_run(run.folder)
    assert dead.status == "failed"
    assert "last words" in dead.detail


def test_a_run_whose_process_holds_the_lock_is_alive(tmp_path):
    run, *_ = recorded(tmp_path / "run")
    assert not runs.is_alive(run.folder)
    with writer_lock(run.folder):
        assert runs.is_alive(run.folder)
    assert not runs.is_alive(run.folder)


def test_those_who_ask_at_once_do_not_take_each_other_for_a_writer(tmp_path):
    run, *_ = recorded(tmp_path / "run")
    writer_lock(run.folder).acquire().lock.release()  # a writer was there, and has left
    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(runs.is_alive, [run.folder] * 4000))


def test_metrics_are_plain_json_lines(tmp_path):
    run, *_ = recorded(tmp_path / "run")
    lines = (run.folder / files.METRICS).read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [0, 1, 2]
