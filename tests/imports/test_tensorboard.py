"""Logs of TensorBoard as runs: what they tell, what they do not, and files that are no logs."""

import json
import os
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from explorer import runs
from explorer.analysis.verdict import judge
from explorer.cli_facts import summary
from explorer.imports import events
from explorer.imports.bringing import bring_in
from explorer.models.limits import run_apart
from explorer.packing import pack, unpack
from explorer.paths import PROJECT
from explorer.runs.hidden import IMPORTING
from explorer.runs.source import lacking_words
from tests.imports import logs
from tests.zips import with_a_name_that_is_no_text, with_a_nameless_file


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Import a log as Keras writes it; the run, and the weights of each epoch."""
    folder = tmp_path_factory.mktemp("keras")
    weights = logs.keras_log(folder / "log")
    return bring_in(folder / "log", "A log", root=folder / "runs"), weights


@pytest.fixture
def import_log(tmp_path):
    """Write records as a log and import it."""

    def imported(records, **options):
        logs.write(tmp_path / "log", records)
        return bring_in(tmp_path / "log", "A log", root=tmp_path / "runs", **options)

    return imported


def refusal(given, root, **options):
    """Return why something is refused, and check that nothing is left of it."""
    with pytest.raises(ValueError, match=r"\w") as refused:
        bring_in(given, "Refused", root=root, **options)
    assert list(root.iterdir()) == []
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_scalars_stand_at_the_updates_that_kerass_steps_mean(made):
    run, _ = made
    metrics = run.metrics()
    assert metrics.train["step"].tolist() == list(range(30))
    assert metrics.train["loss"].tolist() == pytest.approx([3 / (1 + i) for i in range(30)])
    assert metrics.train["learning_rate"].dropna().index.tolist() == [4, 9, 14, 19, 24, 29]
    assert metrics.validation["step"].tolist() == [5, 10, 15, 20, 25, 30]
    assert metrics.validation["loss"].tolist() == pytest.approx([1 / i for i in range(1, 7)])
    assert metrics.validation["accuracy"].tolist() == pytest.approx([0.1 * i for i in range(6)])


def test_histograms_stand_after_their_epoch_and_redraw_what_the_log_counts(made):
    run, weights = made
    assert run.steps.tolist() == [5, 10, 15, 20, 25, 30]
    assert list(run.tensors("weights")) == ["conv_1/kernel", "out/bias"]
    for step, values in zip(run.steps.tolist(), weights, strict=True):
        buckets = logs.buckets_of(values)
        edges = np.append(buckets[:, 0], buckets[-1, 1])
        counts, under, over = run.histograms("weights", "conv_1/kernel", edges, [step])
        found = under[0] + np.cumsum(counts[0])
        assert np.abs(found - np.cumsum(buckets[:, 2])).max() <= len(values) / 256
        assert counts.sum() + under.sum() + over.sum() == pytest.approx(len(values))


def test_what_the_log_does_not_count_is_unknown_and_the_step_is_sound(made):
    run, _ = made
    moments = run.moments("weights", "conv_1/kernel")
    assert moments["size"].tolist() == [400] * 6
    unknown = ["nan", "positive_infinity", "negative_infinity", "zeros", "mean", "std", "norm"]
    assert moments[unknown].isna().all().all()
    assert run.damaged == ()
    assert run.values("weights", "conv_1/kernel").size == 0


def test_an_import_says_what_it_lacks_and_what_it_left_out(made):
    run, _ = made
    said = " ".join(lacking_words(run))
    for word in ("gradients", "updates", "activations", "single weights", "zeros, NaN"):
        assert word in said
    assert "train/epoch_loss: 'train/batch_loss' was taken as loss" in run.source["left_out"]
    assert any("5 updates" in note for note in run.source["notes"])
    assert any("since their epoch began" in note for note in run.source["notes"])


def test_the_list_shows_it_complete(made):
    told = summary(made[0])
    assert told["step"] == told["planned_steps"] == 30


def test_the_verdict_says_which_rules_it_could_not_ask(made):
    judgement = judge(made[0])
    assert judgement.verdict == "adequate"
    assert "cannot tell" in judgement.summary
    (note,) = (note for note in judgement.notes if note.rule == "cannot_tell")
    (missing,) = note.numbers
    assert (missing.value, missing.relation, missing.threshold) == (4, ">=", 1)
    assert note.words not in judgement.summary  # said once
    assert "cannot tell" not in note.words


def test_a_zip_gives_the_same_run_as_its_folder(made, tmp_path):
    logs.keras_log(tmp_path / "log")
    with zipfile.ZipFile(tmp_path / "log.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (tmp_path / "log").rglob("*.v2"):
            archive.write(file, f"deep/er/{file.relative_to(tmp_path)}")
    run = bring_in(tmp_path / "log.zip", "Packed", root=tmp_path / "runs")
    assert run.metrics().train.equals(made[0].metrics().train)
    assert np.array_equal(
        run.knots("weights", "conv_1/kernel"), made[0].knots("weights", "conv_1/kernel")
    )


def test_logs_of_pytorch_are_read_with_exact_moments(import_log, rng):
    values = rng.normal(loc=2, size=1000)
    run = import_log(
        [
            logs.record(7, logs.old_scalar("Loss/train", 0.5), logs.old_scalar("Loss/val", 0.75)),
            logs.record(7, logs.old_histogram("fc.weight", values)),
            logs.record(7, logs.old_histogram("fc.weight.grad", values / 10)),
        ]
    )
    assert run.metrics().train[["step", "loss"]].to_numpy().tolist() == [[7, 0.5]]
    assert run.metrics().validation[["step", "loss"]].to_numpy().tolist() == [[7, 0.75]]
    moments = run.moments("weights", "fc.weight").iloc[0]
    assert moments["mean"] == pytest.approx(values.mean())
    assert moments["norm"] == pytest.approx(np.linalg.norm(values))
    assert list(run.tensors("gradients")) == ["fc.weight"]
    assert run.source["step_unit"] == "as logged"


def test_epochs_without_their_updates_stay_epochs_and_too_few_of_them_tell_nothing(import_log):
    run = import_log([logs.record(step, logs.scalar("epoch_loss", 1.0)) for step in range(5)])
    assert run.source["step_unit"] == "epochs"
    judgement = judge(run)
    assert judgement.verdict == "undecided"
    assert "5 losses are known, and not how many updates" in judgement.summary


def test_steps_per_epoch_may_be_given(import_log):
    records = [logs.record(step, logs.scalar("epoch_loss", 1.0)) for step in range(5)]
    run = import_log(records, steps_per_epoch=100)
    assert run.metrics().train["step"].tolist() == [99, 199, 299, 399, 499]
    assert run.source["step_unit"] == "updates"


@pytest.mark.parametrize("tag", ["epoch_loss", "loss"])
def test_no_more_steps_are_shown_than_are_said_to_be_planned(import_log, tag):
    run = import_log([logs.record(step, logs.scalar(tag, 1.0)) for step in range(5)])
    assert run.planned_steps == run.metrics().train["step"].max() + 1 == 5


@pytest.mark.parametrize("tag", ["epoch_loss", "loss"])
def test_steps_per_epoch_that_give_steps_too_large_for_a_run_are_refused(tmp_path, tag):
    logs.write(tmp_path / "log", [logs.record(step, logs.scalar(tag, 1.0)) for step in range(5)])
    (tmp_path / "runs").mkdir()
    said = refusal(tmp_path / "log", tmp_path / "runs", steps_per_epoch=10**14)
    assert "give a smaller number of steps per epoch" in said


def test_a_zip_is_asked_for_as_much_room_as_it_takes_unpacked_and_written(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "small.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("epoch-1.weights.h5", bytes(5_000_000))
    (tmp_path / "runs").mkdir()
    monkeypatch.setenv("EXPLORER_MOST_GB", "0.001")
    assert "will take about 10 MB" in refusal(tmp_path / "small.zip", tmp_path / "runs")


def test_a_pipe_is_no_log_and_nobody_waits_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.zip")
    (tmp_path / "runs").mkdir()
    assert "no folder or ZIP" in refusal(tmp_path / "pipe.zip", tmp_path / "runs")


def test_paths_count_from_where_one_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    logs.write(tmp_path / "log", [logs.record(0, logs.scalar("loss", 1.0))])
    run = bring_in("log", "A log", root=Path("runs"))
    assert run.folder == tmp_path / "runs" / run.id


def test_files_beside_a_log_take_no_room(tmp_path, monkeypatch):
    logs.keras_log(tmp_path / "log")
    (tmp_path / "log" / "dataset.bin").write_bytes(bytes(5_000_000))
    (tmp_path / "log" / "linked.tfevents.0").symlink_to(tmp_path / "log" / "dataset.bin")
    monkeypatch.setenv("EXPLORER_MOST_GB", "0.001")
    assert bring_in(tmp_path / "log", "A log", root=tmp_path / "runs").source["kind"]


def test_weights_that_were_no_numbers_are_told_without_being_counted(import_log, rng):
    finite = logs.buckets_of(rng.normal(size=100))
    broken = np.full((30, 3), np.nan)
    broken[:, 2] = 0
    run = import_log(
        [
            logs.record(0, logs.histogram("a/kernel", finite)),
            *(logs.record(step, logs.scalar("loss", 1.0)) for step in range(30)),
            logs.record(20, logs.histogram("a/kernel", broken)),
        ]
    )
    judgement = judge(run)
    assert judgement.verdict == "diverged"
    assert judgement.findings[0].step == 20
    assert np.isnan(run.moments("weights", "a/kernel")["nan"]).all()


def test_of_several_runs_one_is_asked_for_by_name(tmp_path):
    for name, loss in (("first", 1.0), ("second/deep", 2.0)):
        logs.write(tmp_path / "log" / name / "train", [logs.record(0, logs.scalar("loss", loss))])
    (tmp_path / "runs").mkdir()
    assert "--part NAME): 'first', 'second/deep'" in refusal(tmp_path / "log", tmp_path / "runs")
    third = refusal(tmp_path / "log", tmp_path / "runs", part="third")
    assert third.endswith("no run 'third'. It holds: 'first', 'second/deep'.")
    part = refusal(tmp_path / "log", tmp_path / "runs", part="first/train")
    assert part.endswith("'train' and 'validation' are one run, and are taken together.")
    run = bring_in(tmp_path / "log", "One", root=tmp_path / "runs", part="second/deep")
    assert run.metrics().train["loss"].tolist() == [2.0]


def test_a_damaged_end_is_said_and_what_stands_before_it_is_read(tmp_path):
    whole = [logs.record(step, logs.scalar("loss", 1.0)) for step in range(10)]
    for number, end in enumerate((whole[-1][:-7], b"\0" * 40, logs.framed(b"\xff" * 9))):
        logs.write(tmp_path / f"log {number}", [*whole[:-1], end])
        run = bring_in(tmp_path / f"log {number}", "Damaged", root=tmp_path / "runs")
        assert len(run.metrics().train) == 9
        assert any("records were read, and" in note for note in run.source["notes"])


def test_a_record_that_announces_the_whole_memory_ends_the_reading_alone(tmp_path):
    good = logs.record(0, logs.scalar("loss", 1.0))
    logs.write(tmp_path / "log", [good, logs.framed(b"x", length=2**40)])
    run = bring_in(tmp_path / "log", "Huge", root=tmp_path / "runs")
    assert len(run.metrics().train) == 1
    assert any("bytes not" in note for note in run.source["notes"])


def test_values_that_are_none_are_left_out_and_named(import_log):
    text = logs.scalar("notes", 1.0)
    text.metadata.plugin_data.plugin_name = "text"
    vast = logs.histogram("vast", np.zeros((1, 3)), shape=(2**31, 3))
    many = logs.histogram("many", np.zeros((20_000, 3)))
    words = logs.scalar("loss_words", 1.0)
    words.tensor.dtype = 7
    words.tensor.string_val.append(b"<b>much</b>")
    run = import_log([logs.record(0, logs.scalar("loss", 1.0), text, vast, many, words)])
    said = " ".join(run.source["notes"])
    assert "'vast' was left out" in said
    assert "'many' was left out" in said
    assert "'loss_words' holds what is no number" in said
    assert "notes (text)" in run.source["left_out"]
    assert not run.tensors("weights")


def test_too_many_steps_are_thinned_and_that_is_said(import_log):
    bucket = [[0.0, 1.0, 5.0]]
    records = [
        logs.record(s, logs.histogram("a", bucket)) for s in range(2 * events.MOST_STEPS + 9)
    ]
    run = import_log(records)
    assert len(run.steps) <= events.MOST_STEPS + 9
    assert run.steps[0] == 0
    assert run.steps[-1] >= 2 * events.MOST_STEPS
    assert any("one in 2 was kept" in note for note in run.source["notes"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"This is a text and no log.\n" * 9, "no event file"),
        (b"", "no scalars and no histograms"),
        (logs.framed(b"x", length=2**62), "no event file"),
        (struct.pack("<Q", 10) + b"\0" * 30, "no event file"),
    ],
)
def test_files_that_only_have_the_name_of_a_log_are_refused(tmp_path, content, words):
    (tmp_path / "log").mkdir()
    (tmp_path / "runs").mkdir()
    (tmp_path / "log" / logs.NAME).write_bytes(content)
    assert words in refusal(tmp_path / "log", tmp_path / "runs")


def test_what_is_neither_log_nor_checkpoints_is_refused(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("no ZIP")
    assert "neither" in refusal(tmp_path / "empty", tmp_path / "runs")
    for name in (logs.NAME, "epoch-01.keras"):
        (tmp_path / "empty" / name).touch()
    both = refusal(tmp_path / "empty", tmp_path / "runs")
    assert "both a TensorBoard log and checkpoints" in both
    assert "--from tensorboard or --from checkpoints" in both
    assert "neither a folder nor a ZIP" in refusal(tmp_path / "text.zip", tmp_path / "runs")
    assert "Check the path" in refusal(tmp_path / "missing", tmp_path / "runs")


def test_a_zip_writes_nothing_outside_and_follows_no_link(tmp_path):
    logs.write(tmp_path / "log", [logs.record(0, logs.scalar("loss", 1.0))])
    content = (tmp_path / "log" / logs.NAME).read_bytes()
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr(f"../../outside/{logs.NAME}", content)
        archive.writestr(f"/absolute/{logs.NAME}.2", content)
        link = zipfile.ZipInfo(f"{logs.NAME}.link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    found = "holds 2 runs"
    (tmp_path / "runs").mkdir()
    assert found in refusal(tmp_path / "evil.zip", tmp_path / "runs")
    assert not list(tmp_path.parent.rglob("outside"))


def test_numbers_of_a_kind_that_is_none_are_left_out(import_log):
    strange = logs.scalar("accuracy", 1.0)
    strange.tensor.dtype = 120
    run = import_log([logs.record(0, logs.scalar("loss", 1.0), strange)])
    assert "'accuracy' holds what is no number; that was left out." in run.source["notes"]


def test_tags_longer_than_anybody_reads_are_left_out(import_log):
    long = logs.scalar("loss" + ".grad" * 100_000, 1.0)
    run = import_log([logs.record(0, logs.scalar("loss", 1.0), long)])
    assert "Tags of more than 1,000 letters were left out." in run.source["notes"]
    assert run.source["left_out"] == []


def test_what_cannot_be_read_is_told_without_the_folders_of_this_machine(tmp_path):
    with pytest.raises(ValueError, match=r"^gone.json: No such file or directory. Nothing was"):
        run_apart(
            "explorer.imports.worker", [str(tmp_path / "gone.json")], home=tmp_path, seconds=60
        )


@pytest.mark.parametrize("where", ["table", "member"])
def test_a_zip_with_a_name_that_is_no_text_is_refused_in_words(tmp_path, where):
    content = with_a_name_that_is_no_text({logs.NAME: b"x"}, where)
    (tmp_path / "odd.zip").write_bytes(content)
    (tmp_path / "runs").mkdir()
    said = refusal(tmp_path / "odd.zip", tmp_path / "runs")
    assert said.startswith(("odd.zip is no ZIP that can be read", "odd.zip is neither a folder"))


def test_a_file_without_a_name_in_a_zip_is_passed_over(tmp_path):
    logs.keras_log(tmp_path / "log")
    files = {path.name: path.read_bytes() for path in (tmp_path / "log" / "train").iterdir()}
    (tmp_path / "odd.zip").write_bytes(with_a_nameless_file(files))
    assert bring_in(tmp_path / "odd.zip", "A log", root=tmp_path / "runs").source["kind"]


def test_a_zip_that_grows_without_end_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(logs.NAME, bytes(50_000_000))
    (tmp_path / "runs").mkdir()
    assert "ZIP bomb" in refusal(tmp_path / "bomb.zip", tmp_path / "runs")


def test_an_import_that_is_given_up_leaves_nothing(tmp_path):
    logs.keras_log(tmp_path / "log")

    def give_up(passed):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring_in(tmp_path / "log", "Given up", root=tmp_path / "runs", tell=give_up)
    assert list((tmp_path / "runs").iterdir()) == []


def test_what_a_killed_import_left_is_not_listed_and_goes_with_the_next_one(tmp_path):
    left = tmp_path / "runs" / f"{IMPORTING}20260101-000000-abcdef"
    left.mkdir(parents=True)
    (left / "run.json").write_text('{"schema": 1}')
    assert runs.list_runs(tmp_path / "runs") == []
    logs.keras_log(tmp_path / "log")
    run = bring_in(tmp_path / "log", "Next", root=tmp_path / "runs")
    assert [one.name for one in (tmp_path / "runs").iterdir()] == [run.id]


def in_fresh_process(code):
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_a_log_is_read_without_tensorflow(tmp_path):
    logs.keras_log(tmp_path / "log")
    request = {"given": str(tmp_path / "log"), "folder": str(tmp_path / "run"), "from": "log"}
    code = f"""
import sys
from explorer.imports.worker import make_run
make_run({request | {"about": {}}!r})
sys.exit("tensorflow" in sys.modules)
"""
    assert in_fresh_process(code) == (0, "")


def test_without_tensorboard_one_line_says_what_to_install():
    code = """
import sys
sys.modules["tensorboard"] = None
from explorer.imports.events import use_tensorboard_alone
try:
    use_tensorboard_alone()
except ValueError as error:
    print(error)
"""
    _, said = in_fresh_process(code)
    assert "pip install" in said
    assert "Traceback" not in said


def test_every_count_of_a_run_that_was_recorded_must_still_be_a_number(made, tmp_path):
    """Only what was imported may not know its counts."""
    copy = tmp_path / "copy"
    shutil.copytree(made[0].folder, copy)
    described = json.loads((copy / "run.json").read_text())
    del described["source"]
    (copy / "run.json").write_text(json.dumps(described))
    assert len(runs.open_run(copy).damaged) == 6


def test_an_import_can_be_packed_and_opened_again(made, tmp_path):
    pack([made[0]], tmp_path / "packed.zip")
    with (tmp_path / "packed.zip").open("rb") as file:
        (back,) = unpack(file, tmp_path / "runs")
    assert back.source == made[0].source
    assert back.steps.tolist() == made[0].steps.tolist()
