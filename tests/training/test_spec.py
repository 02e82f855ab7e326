import json

import pytest

from explorer.training.spec import Recording, TrainingSpec


def test_a_spec_survives_json():
    spec = TrainingSpec(name="A", groups="g.csv", recording=Recording(dense_steps=5))
    assert TrainingSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"epochs": "ten"}, "epochs is 'ten'. It must be a whole number between 1 and 1000"),
        ({"epochs": 1.5}, "epochs is 1.5. It must be a whole number"),
        ({"epochs": True}, "epochs is True. It must be a whole number"),
        ({"learning_rate": None}, "learning_rate is None. It must be a number between"),
        ({"learning_rate": float("nan")}, "learning_rate is nan. It must be between"),
        ({"learning_rate": float("inf")}, "learning_rate is inf. It must be between"),
        ({"learning_rate": 0}, "learning_rate is 0. It must be between"),
        ({"data": 5}, "data is 5. It must be text"),
        ({"groups": ["a"]}, "groups is .* It must be text"),
        ({"optimizer": "lion"}, "optimizer is 'lion'. It must be one of sgd"),
        ({"warmth": 1}, "unknown settings .*warmth"),
        ({"recording": 3}, "recording is 3. It must be an object"),
        ({"recording": {"warmth": 1}}, "unknown settings .*warmth"),
        ({"recording": {"ratio": 1}}, "recording.ratio is 1. It must be between"),
    ],
)
def test_settings_that_cannot_be_trained_are_refused_by_name(values, words):
    with pytest.raises(ValueError, match=words):
        TrainingSpec.from_dict(values)
