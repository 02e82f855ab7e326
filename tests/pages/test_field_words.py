from dataclasses import fields
from itertools import product

import pytest

from explorer.models.architectures import ARCHITECTURES, Network
from explorer.training.spec import CHOICES, LIMITS, RECORDING_LIMITS, Recording
from explorer.ui.data_panel import IMAGE_SIZES
from explorer.ui.field_words import LABELS, problem
from explorer.ui.network_panel import DEEPEST, depth_problem


def said_of_wrong_values():
    for name, low, high in LIMITS:
        yield name, problem(**{name: low - 1}), problem(**{name: high + 1})
    for name, low, high in RECORDING_LIMITS:
        wrong = [problem(recording=Recording(**{name: value})) for value in (low - 1, high + 1)]
        yield f"recording.{name}", *wrong
    for name in CHOICES:
        yield name, problem(**{name: "none"}), problem(**{name: ""})


@pytest.mark.parametrize(("name", "low", "high"), list(said_of_wrong_values()))
def test_what_is_wrong_is_told_with_the_label_of_the_field(name, low, high):
    for message in (low, high):
        assert message.startswith(f"{LABELS[name]}: ")
        assert "must be" in message
        assert name not in message


def test_nothing_is_said_of_settings_at_their_limits():
    for place in (1, 2):
        assert problem(**{limit[0]: limit[place] for limit in LIMITS}) == ""
        bounds = {limit[0]: limit[place] for limit in RECORDING_LIMITS}
        assert problem(recording=Recording(**bounds)) == ""
    assert {limit[0] for limit in RECORDING_LIMITS} == {item.name for item in fields(Recording)}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_depth_is_refused_just_where_it_cannot_be_built_and_the_advice_can(name):
    def builds(depth, size):
        try:
            return bool(Network(name, image_size=size, channels=1, num_classes=2, depth=depth))
        except ValueError:
            return False

    for depth, size in product(range(1, DEEPEST + 1), IMAGE_SIZES):
        said = depth_problem(name, depth, size)
        assert bool(said) == (not builds(depth, size))
        if said:
            numbers = [int(word) for word in said.replace(".", "").split() if word.isdigit()]
            asked, width, height, fits, larger = numbers
            assert (asked, width, height) == (depth, size, size)
            assert builds(fits, size)
            assert not builds(fits + 1, size)
            assert builds(depth, larger)
