import pytest

from explorer.imports.errors import ImportFailed
from explorer.imports.names import in_order, is_checkpoint
from explorer.runs.source import STEP_WORDS


@pytest.mark.parametrize(
    ("names", "steps", "unit"),
    [
        (["epoch-10.keras", "epoch-9.keras"], [9, 10], "epochs"),
        (["model.01-0.85.keras", "model.02-0.91.keras"], [1, 2], "as named"),
        (["ckpt-00100.weights.h5", "ckpt-00200.weights.h5"], [100, 200], "as named"),
        (["epoch_1_step_50.keras", "epoch_1_step_90.keras"], [50, 90], "updates"),
        (["v2/e01.keras", "v2/e02.keras"], [1, 2], "epochs"),
        (["weights.05-1.20.weights.h5", "weights.06-1.10.weights.h5"], [5, 6], "as named"),
        (["01.keras", "02.keras"], [1, 2], "as named"),
    ],
)
def test_the_number_that_tells_the_order_is_the_step(names, steps, unit):
    ordered = in_order(names)
    assert list(ordered.names) == steps
    assert ordered.unit == unit
    assert not ordered.left_out


def test_which_number_was_taken_is_said_and_that_another_could_have_been():
    names = ["run-7-1.keras", "run-8-2.keras"]
    said = " ".join(in_order(names).notes)
    assert "'7'" in said
    assert "could have been '1'" in said
    assert list(in_order(names, number=2).names) == [1, 2]


def test_steps_per_epoch_turn_epochs_into_updates_and_leave_steps_alone():
    epochs = in_order(["epoch-1.keras", "epoch-2.keras"], steps_per_epoch=50)
    assert (list(epochs.names), epochs.unit) == ([50, 100], "updates")
    steps = in_order(["step-10.keras", "step-20.keras"], steps_per_epoch=50)
    assert list(steps.names) == [10, 20]


def test_names_unlike_the_others_are_left_out_and_named():
    ordered = in_order(["epoch-1.keras", "epoch-2.keras", "best.keras"])
    assert list(ordered.names) == [1, 2]
    assert ordered.left_out == ("best.keras: its name is unlike the others",)


def test_two_files_of_one_number_are_not_both_taken():
    ordered = in_order(["a-1-0.5.keras", "a-2-0.5.keras", "a-02-0.4.keras"], number=1)
    assert list(ordered.names) == [1, 2]
    assert "same number" in ordered.left_out[0]


def test_a_single_file_without_a_number_is_not_called_untrained():
    ordered = in_order(["best.keras"], steps_per_epoch=50)
    assert (ordered.names, ordered.unit) == ({1: "best.keras"}, "not named")
    assert "tells no step" in STEP_WORDS[ordered.unit]
    assert "put the number into its name" in ordered.notes[0]


@pytest.mark.parametrize("names", [["a.keras", "b.keras"], ["m-0.5.keras", "m-0.6.keras"]])
def test_names_without_an_order_are_refused(names):
    with pytest.raises(ImportFailed, match="epoch-01"):
        in_order(names)


def test_a_number_that_is_no_step_is_refused():
    with pytest.raises(ImportFailed, match="Whole numbers in it are: 1"):
        in_order(["a-1-0.5.keras", "a-2-0.6.keras"], number=2)


def test_only_kerass_own_files_are_checkpoints():
    assert [
        name for name in ("a.keras", "a.weights.h5", "a.h5", ".a.keras") if is_checkpoint(name)
    ] == [
        "a.keras",
        "a.weights.h5",
    ]


def test_steps_too_large_for_a_run_are_refused():
    names = ["epoch-1.keras", "epoch-20.keras"]
    assert list(in_order(names, steps_per_epoch=10**12).names)[-1] == 2 * 10**13
    with pytest.raises(ImportFailed, match="give a smaller number of steps per epoch"):
        in_order(names, steps_per_epoch=10**13)
