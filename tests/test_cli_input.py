import pytest

from explorer.cli_input import make_spec
from explorer.models.architectures import ARCHITECTURES, DEFAULTS
from explorer.training.spec import RECIPES


@pytest.mark.parametrize("model", ARCHITECTURES)
def test_what_is_not_asked_for_is_what_suits_the_model(model):
    spec = make_spec("digits", {"model": model, "epochs": None})
    assert {**DEFAULTS[model], **RECIPES[model]}.items() <= spec.to_dict().items()


def test_what_is_asked_for_wins():
    choices = {"model": "compact", "optimizer": "sgd", "augment": False, "ratio": 2.0}
    spec = make_spec("digits", choices)
    assert (spec.optimizer, spec.augment, spec.recording.ratio) == ("sgd", False, 2.0)
    assert spec.schedule == "cosine"
