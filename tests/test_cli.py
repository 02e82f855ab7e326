import json
import os
import signal
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from PIL import Image

from explorer import runs
from explorer.cli import main
from explorer.cli_facts import in_words
from explorer.cli_output import Scalars, table, visible
from explorer.paths import PROJECT
from explorer.runs import files
from explorer.runs.write import RunWriter, update_description

TRAIN = "--image-size 8 --filters 4 --depth 1 --epochs 1 --dense-steps 2 --name Digits"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        root = tmp_path_factory.mktemp("runs")
        environment.setenv("EXPLORER_CHECKPOINTS", str(root))
        environment.setenv("EXPLORER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield root


@pytest.fixture(scope="module")
def trained(folders):
    """Train from a real shell; return its one JSON document."""
    command = [sys.executable, "-m", "explorer", "train", "digits", *TRAIN.split(), "--json"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) | {"said": done.stderr}


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path / "runs"))
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "runs"


@pytest.fixture
def stopped(empty):
    folder = runs.new_folder(empty)
    update_description(folder, name="Stopped", status="stopped", planned_steps=9)
    writer = RunWriter(folder)
    writer.add_metrics(step=0, epoch=0, loss=float("nan"), accuracy=0.5, seconds=1.0)
    writer.close()
    return runs.open_run(folder)


def answer(capsys, *arguments):
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def complaint(capsys, *arguments):
    """Return the one line that a wrong command says."""
    assert main([str(argument) for argument in arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err


@pytest.mark.slow
def test_training_ends_with_a_finished_run(trained):
    assert (trained["name"], trained["status"], trained["step"]) == ("Digits", "finished", 24)
    assert trained["validation_accuracy"] > 0.15


@pytest.mark.slow
def test_what_is_trained_on_and_what_recording_costs_is_told_before(trained):
    plan, cost, note = trained["said"].splitlines()[:3]
    assert note == "Digits of 8 x 8 pixels."
    assert "1,528 for training, 269 for validation. 0.0% have near-duplicates" in plan
    assert "MB" in cost


@pytest.mark.slow
def test_evaluating_the_validation_part_repeats_what_training_measured(trained, capsys):
    result = answer(capsys, "evaluate", "Digits", "digits", "--split", "validation")
    assert result["accuracy"] == pytest.approx(trained["validation_accuracy"], abs=1e-6)
    assert result["loss"] == pytest.approx(trained["validation_loss"], rel=1e-4)
    counts = result["per_class_images"]
    assert sum(counts.values()) == result["images"]
    hits = sum(result["per_class_recall"][name] * counts[name] for name in counts)
    assert hits / result["images"] == pytest.approx(result["accuracy"])


@pytest.mark.slow
def test_classes_are_matched_by_name(trained, capsys, tmp_path):
    save_images(tmp_path, {"9": 3, "4": 3})
    result = answer(capsys, "evaluate", trained["id"], tmp_path, "--step", 0)
    assert (result["step"], result["per_class_images"]) == (0, {"4": 3, "9": 3})
    save_images(tmp_path, {"bear": 2})
    assert "the network does not know: bear" in complaint(
        capsys, "evaluate", trained["id"], tmp_path
    )


@pytest.mark.slow
def test_classifying_names_the_best_class_first_and_what_cannot_be_read(trained, capsys, tmp_path):
    save_images(tmp_path, {"1": 1})
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"not an image")
    arguments = ["classify", "Digits", str(tmp_path / "1" / "0.png"), str(damaged), "--json"]
    assert main(arguments) == 1
    said = capsys.readouterr()
    good, bad = json.loads(said.out)["images"]
    assert "1 of 2 images could not be read" in said.err
    shares = [item["probability"] for item in good["classes"]]
    assert (len(shares), sum(shares)) == (10, pytest.approx(1))
    assert shares == sorted(shares, reverse=True)
    assert bad == {"image": str(damaged), "error": bad["error"]}
    assert main(["classify", "Digits", str(damaged)]) == 1
    assert main(arguments[:3]) == 0


@pytest.mark.slow
def test_a_step_without_a_checkpoint_names_those_there_are(trained, capsys):
    assert "Choose one of: 0, " in complaint(capsys, "evaluate", "Digits", "digits", "--step", 999)


@pytest.mark.slow
def test_a_part_of_foreign_images_is_refused(trained, capsys, tmp_path):
    save_images(tmp_path, {"1": 2, "2": 2})
    said = complaint(capsys, "evaluate", "Digits", tmp_path, "--split", "validation")
    assert "was not trained on" in said


@pytest.mark.slow
def test_showing_tells_all_and_every_form_of_run_is_found(trained, capsys):
    for run in (trained["id"], "Digits", trained["folder"]):
        shown = answer(capsys, "show", run)
        assert shown["recorded_steps"][:3] == [0, 1, 2]
        assert shown["training"]["data"] == "digits"
    assert main(["show", "Digits"]) == 0
    assert "validation accuracy" in capsys.readouterr().out


def test_what_is_not_known_has_no_words():
    environment = {"cores": 2, "packages": [], "threads": {"OMP_NUM_THREADS": "", "other": None}}
    assert in_words(environment) == "cores 2"
    assert in_words({"threads": {"OMP_NUM_THREADS": ""}}) == ""


@pytest.mark.slow
def test_an_interrupt_stops_the_job_and_keeps_what_is_there(trained):
    command = [sys.executable, "-m", "explorer", "train", "digits", *TRAIN.split()]
    command += ["--epochs", "1000", "--name", "Long"]
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell lets what it starts in the background ignore interrupts, the tests among it.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    for line in process.stderr:
        if line.startswith("step"):
            break
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=150)
    assert process.returncode == 130
    assert "Stopping after the present step" in errors
    run = runs.find("Long")
    assert (output.strip(), run.status) == (run.id, "stopped")
    assert 0 < len(run.metrics().train) == run.steps[-1] < run.planned_steps


def test_numbers_that_json_does_not_have_are_words(stopped, capsys):
    (listed,) = answer(capsys, "list")
    assert (listed["loss"], listed["step"], listed["status"]) == ("NaN", 1, "stopped")


def test_a_runs_folder_that_is_a_file_is_told_before_anything_is_done(empty, capsys):
    empty.write_text("in the way")
    for command in ("list", "show one", "train digits"):
        said = complaint(capsys, *command.split())
        assert f"{str(empty)!r}, which cannot be looked into (Not a directory)" in said


def test_who_stops_reading_hears_no_complaint(stopped):
    command = [sys.executable, "-m", "explorer", "list"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, cwd=PROJECT, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_the_last_validation_is_told_however_long_ago_it_was(stopped, capsys):
    writer = RunWriter(stopped.folder)
    writer.add_metrics(step=1, epoch=0, val_loss=1.0, val_accuracy=0.75)
    writer.add_lines({"step": step, "epoch": 1, "loss": 0.5} for step in range(1, 5000))
    writer.close()
    (listed,) = answer(capsys, "list")
    assert (listed["validation_accuracy"], listed["step"]) == (0.75, 5000)


def test_an_empty_folder_lists_nothing(empty, capsys):
    assert answer(capsys, "list") == []
    assert main(["list"]) == 0


def test_a_run_is_renamed_and_deleted(stopped, capsys):
    assert answer(capsys, "rename", "Stopped", "Other")["name"] == "Other"
    assert answer(capsys, "delete", "Other") == {"id": stopped.id, "name": "Other", "deleted": True}
    assert not stopped.folder.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("show nobody", "There is no run 'nobody'"),
        ("delete nobody", "There is no run 'nobody'"),
        ("train", "Missing argument 'DATA'"),
        ("train nowhere", "There is no folder or file 'nowhere'"),
        ("train digits --epochs many", "'many' is not a valid integer"),
        ("train digits --learning-rate nan", "learning_rate is nan"),
        ("train digits --epochs 0", "epochs is 0. It must be between"),
        ("train digits --model transformer", "'transformer' is not one of"),
        ("train digits --image-size 8 --depth 8", "depth is 8, but every block halves"),
        ("train digits --groups nowhere.csv", "nowhere.csv"),
        ("fly", "No such command 'fly'"),
        ("stop Stopped", "Only a live run can be stopped"),
        ("resume Stopped", "script of its own"),
        ("evaluate Stopped digits", "no checkpoint yet"),
        ("rename Stopped ''", "Give between 1 and 100"),
    ],
)
def test_bad_input_gets_one_line_and_leaves_nothing(stopped, capsys, arguments, words):
    arguments = [part.strip("'") for part in arguments.split()]
    assert words in complaint(capsys, *arguments)
    assert [run.id for run in runs.list_runs()] == [stopped.id]


def test_what_was_left_out_is_told_also_when_the_rest_is_refused(empty, capsys, tmp_path):
    save_images(tmp_path / "images", {"cat": 3, "dog": 2})
    for file in (tmp_path / "images" / "dog").iterdir():
        file.write_bytes(file.read_bytes()[:50])
    assert main(["train", str(tmp_path / "images")]) == 2
    said = capsys.readouterr().err
    assert "Left out dog/0.png: the image is damaged" in said
    assert "There is only one class" in said


@pytest.mark.parametrize(
    ("entry", "value", "words"),
    [
        ("planned_steps", "many", "planned_steps is 'many'"),
        ("spec", {"epochs": "ten"}, "epochs is 'ten'"),
        ("recording", "none", "recording is 'none'"),
        ("data", [], "data is '[]'"),
    ],
)
def test_a_description_edited_by_hand_is_refused_in_one_line(stopped, capsys, entry, value, words):
    update_description(stopped.folder, **{entry: value})
    assert words in complaint(capsys, "resume", stopped.id)
    assert main(["list"]) == 0


@pytest.mark.parametrize("depth", [60, 400, 650, 900, 2000])
@pytest.mark.parametrize("entry", ["environment", "of someone else"])
def test_a_description_nested_without_end_is_refused_in_one_line(stopped, capsys, entry, depth):
    deep = f'{{"schema": 1, "{entry}": {{"a": {"[" * depth}{"]" * depth}}}}}'
    (stopped.folder / files.RUN).write_text(deep)
    for command in (["show", "--json"], ["show"], ["verdict", "--json"]):
        assert "nested too deeply" in complaint(capsys, command[0], stopped.folder, *command[1:])


def test_a_list_with_two_tensors_of_one_name_is_refused_in_one_line(stopped, capsys):
    twice = [{"name": "conv_1/kernel", "shape": [3]}] * 2
    update_description(stopped.folder, recording={"tensors": {"weights": twice}})
    told = complaint(capsys, "show", stopped.folder, "--json")
    assert "two tensors called 'conv_1/kernel'" in told


def test_a_run_that_does_not_tell_how_its_images_were_prepared_is_not_used(stopped, capsys):
    RunWriter(stopped.folder).write_checkpoint(0, {"w": np.zeros(1)})
    update_description(stopped.folder, spec={"data": "digits"}, data={"class_names": ["a", "b"]})
    assert "does not know how to prepare" in complaint(capsys, "evaluate", stopped.id, "digits")


def test_a_traceback_is_never_shown(empty):
    command = [sys.executable, "-m", "explorer", "show", "nobody"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_text_from_files_cannot_control_the_terminal():
    assert visible("a\x1b[31m\nb\u202e") == "a[31m b"


def test_columns_are_aligned():
    assert table([{"A": 1, "LONG": "x"}, {"A": 100, "LONG": "y"}]).splitlines() == [
        "A    LONG",
        "1    x",
        "100  y",
    ]


def test_growing_metrics_are_read_line_by_line(tmp_path):
    path, writer = tmp_path / "run" / "metrics.jsonl", RunWriter(tmp_path / "run")
    scalars = Scalars(path)
    scalars.update()
    assert scalars.step == 0
    writer.add_metrics(step=0, loss=1.0, accuracy=0.25, seconds=9.0)
    writer.add_metrics(step=1, loss=0.5, accuracy=0.5, seconds=0.1)
    writer.close()
    with path.open("a") as lines:
        lines.write('{"step": 2')
    scalars.update()
    assert (scalars.step, scalars.steps_a_second) == (2, pytest.approx(10))
    with path.open("a") as lines:
        lines.write(', "loss": 0.4, "seconds": 0.1}\n')
    scalars.update()
    assert scalars.step == 3
    assert "step 3 of 13, loss 0.4" in scalars.line(13)
    assert "1 s left" in scalars.line(13)


def save_images(folder, counts):
    for name, count in counts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            pixels = np.random.default_rng(number + ord(name[0])).integers(0, 256, (12, 9))
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{number}.png")
