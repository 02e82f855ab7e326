import pytest

from explorer.imports.log_steps import log_steps
from explorer.imports.tags import Series, choose, kind_of, role_of, tensor_names


@pytest.mark.parametrize(
    ("part", "tag", "role"),
    [
        ("train", "epoch_loss", "loss"),
        ("validation", "epoch_accuracy", "val_accuracy"),
        ("", "Loss/train", "loss"),
        ("", "Loss/val", "val_loss"),
        ("", "trainAcc", "accuracy"),
        ("", "val_acc", "val_accuracy"),
        ("", "lr-SGD", "learning_rate"),
        ("train", "epoch_learning_rate", "learning_rate"),
        ("", "grad_norm", "gradient_norm"),
        ("train", "batch_steps_per_second", None),
        ("", "glossary", None),
    ],
)
def test_words_tell_what_a_series_measures(part, tag, role):
    assert role_of(Series(part, tag)) == role


def test_kerass_finest_tags_are_taken():
    every = {
        Series("train", "epoch_loss"): 5,
        Series("train", "batch_loss"): 5,
        Series("validation", "epoch_loss"): 5,
        Series("validation", "evaluation_loss_vs_iterations"): 5,
    }
    chosen = choose(every, {})
    assert chosen["loss"].tag == "batch_loss"
    assert chosen["val_loss"].tag == "evaluation_loss_vs_iterations"


def test_plain_names_go_before_longer_ones_and_more_numbers_before_fewer():
    plain, longer = Series("", "Loss/train"), Series("", "Loss/train/penalty")
    assert choose({longer: 100, plain: 10}, {})["loss"] == plain
    steps, epochs = Series("", "train_loss_step"), Series("", "train_loss_epoch")
    assert choose({epochs: 3, steps: 300}, {})["loss"] == steps


def test_what_is_said_goes_before_what_is_found():
    every = {Series("", "loss"): 9, Series("", "other"): 9}
    assert choose(every, {"loss": "other"})["loss"] == Series("", "other")


@pytest.mark.parametrize("given", [{"loss": "missing"}, {"speed": "loss"}])
def test_an_unknown_tag_or_role_is_refused_with_those_there_are(given):
    with pytest.raises(ValueError, match="loss"):
        choose({Series("", "loss"): 1}, given)


def test_gradient_norms_of_single_layers_are_not_that_of_the_whole_gradient():
    every = {Series("", "grad_norm/a"): 9, Series("", "grad_norm/b"): 9}
    assert "gradient_norm" not in choose(every, {})
    assert choose({Series("", "grad_norm/a"): 9}, {})["gradient_norm"].tag == "grad_norm/a"


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("net/output/kernel/histogram", "weights"),
        ("net/gradients/kernel/histogram", "weights"),
        ("gradients/conv_1/kernel", "gradients"),
        ("conv1.weight.grad", "gradients"),
        ("updates/conv_1/kernel", "updates"),
        ("activations/conv_1", "activations"),
    ],
)
def test_the_beginning_or_the_end_of_a_tag_tells_of_what_a_histogram_is(tag, kind):
    assert kind_of(tag) == kind


def test_weights_and_gradients_of_a_tensor_share_its_name():
    assert tensor_names(["weights/a/kernel", "gradients/a/kernel"]) == {
        "weights/a/kernel": "a/kernel",
        "gradients/a/kernel": "a/kernel",
    }


def test_names_are_one_short_line():
    (name,) = tensor_names(["a\n\x1b[31m" + "b" * 500]).values()
    assert name.isprintable()
    assert len(name) <= 120


EPOCHS = dict.fromkeys(range(4), 1.0)


def test_updates_of_an_epoch_follow_from_the_evaluations():
    told = {10: 1.0, 20: 1.0, 30: 1.0, 40: 1.0}
    scalars = {
        Series("train", "epoch_loss"): EPOCHS,
        Series("validation", "evaluation_loss_vs_iterations"): told,
    }
    steps = log_steps(scalars, None)
    assert steps.steps_per_epoch == 10
    assert steps.after(Series("train", "epoch_loss"), 0) == 10
    assert steps.after(Series("train", "a/histogram"), 3, histogram=True) == 40
    assert steps.of_update(Series("train", "batch_loss"), 1) == 0


def test_evaluations_that_do_not_agree_leave_epochs():
    told = {10: 1.0, 25: 1.0, 30: 1.0, 40: 1.0}
    scalars = {
        Series("train", "epoch_loss"): EPOCHS,
        Series("train", "batch_loss"): told,
        Series("validation", "evaluation_loss_vs_iterations"): told,
    }
    steps = log_steps(scalars, None)
    assert (steps.steps_per_epoch, steps.unit) == (None, "epochs")
    assert steps.after(Series("train", "epoch_loss"), 0) == 1
    assert steps.of_update(Series("train", "batch_loss"), 10) is None


def test_logs_of_others_keep_their_steps_unless_epochs_are_said():
    series = Series("", "Loss/train")
    assert log_steps({series: EPOCHS}, None).after(series, 3) == 3
    assert log_steps({series: EPOCHS}, None).unit == "as logged"
    assert log_steps({series: EPOCHS}, 100).after(series, 3) == 300
