"""What operations make of shapes, told without Keras, against what Keras makes of them."""

import json

import keras
import pytest
from keras import ops

from explorer.models.allowed import NN_OPERATIONS, NUMPY_OPERATIONS
from explorer.models.connections import uses
from explorer.models.lengths import Untold
from explorer.models.operations import OF_TWO, operation_shape

SHAPE = (9, 7, 4)
MADE = {
    "rows": lambda x: x[:, :4],
    "last channel": lambda x: x[..., -1],
    "one row": lambda x: x[:, 3],
    "every second, backwards": lambda x: x[:, ::-2, 1:20:2],
    "new axis": lambda x: x[:, None, ..., None],
    "behind an ellipsis": lambda x: x[..., 2:5, :],
    "max": lambda x: ops.max(x, axis=(1, 2)),
    "max of all but images": lambda x: ops.max(x, axis=(-1, -2, -3)),
    "min": lambda x: ops.min(x, axis=-1, keepdims=True),
    "mean": lambda x: ops.mean(x, axis=[2]),
    "sum": lambda x: ops.sum(x, axis=(3, 1), keepdims=True),
    "expand": lambda x: ops.expand_dims(x, 1),
    "expand at the end": lambda x: ops.expand_dims(x, -1),
    "expand twice": lambda x: ops.expand_dims(x, (1, -2)),
    "squeeze": lambda x: ops.squeeze(x[:, :1], 1),
    "squeeze twice": lambda x: ops.squeeze(x[:, :1, :1], (-2, 1)),
    "transpose": lambda x: ops.transpose(x, (0, 3, 1, 2)),
    "transpose from the end": lambda x: ops.transpose(x, (-4, -1, 1, -2)),
    "reshape": lambda x: ops.reshape(x, (-1, 63, 2, 2)),
    "clip": lambda x: ops.clip(x, 0, 1),
    "power": lambda x: ops.power(x, 2),
    "a number first": lambda x: 2.0 - x,
    "stretched": lambda x: x * x[:, :1, :, :1],
    "beside each other": lambda x: ops.concatenate([x, x, x[:, :2]], 1),
    "beside each other at the end": lambda x: ops.concatenate([x, x[..., :1]], -1),
    "glu": lambda x: ops.glu(x),
    "glu of widths": lambda x: ops.glu(x[:, :, :6], axis=2),
    "exponential": lambda x: ops.exp(x),
    "relu": lambda x: ops.relu(x),
    "softmax": lambda x: ops.softmax(x, axis=1),
    "flip": lambda x: ops.flip(x, 1),
}


@pytest.mark.parametrize("name", MADE)
def test_an_operation_makes_the_shape_that_keras_says(name):
    images = keras.Input(SHAPE)
    model = keras.Model(images, MADE[name](images))
    entry = json.loads(model.to_json())["config"]["layers"][-1]
    (use,) = uses(entry)
    operations = {operation.name: operation for operation in model.operations}
    shapes = [operations[source].output.shape[1:] for source, _, _ in use.sources]
    key = use.others[0] if entry["class_name"] == "GetItem" else None
    found = operation_shape(entry["class_name"], entry["config"], shapes, key)
    assert found == model.output_shape[1:]


def test_every_operation_on_the_list_has_a_rule():
    tried = set()
    for make in MADE.values():
        images = keras.Input(SHAPE)
        entries = json.loads(keras.Model(images, make(images)).to_json())["config"]["layers"]
        tried |= {entry["class_name"] for entry in entries}
    for name in (NUMPY_OPERATIONS | NN_OPERATIONS) - tried:
        shapes = [SHAPE, SHAPE] if name in OF_TWO else [SHAPE]
        assert operation_shape(name, {}, shapes) == SHAPE


def part(start=None, stop=None, step=None):
    return {"class_name": "__slice__", "config": {"start": start, "stop": stop, "step": step}}


ALL, REST = part(), {"class_name": "__ellipsis__", "config": {}}


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (0, "batch"),
        (None, "batch"),
        ([part(0, 1)], "batch"),
        ([part(None, 10**6)], "batch"),
        ([part(None, None, 2)], "batch"),
        ([REST, 0, 0, 0, 0], "batch"),
        ([None, ALL], "batch"),
        ([ALL, part(5, 5)], "nothing"),
        ([ALL, 9], None),
        ([ALL, True], None),
        ([ALL, [0, 0, 0]], None),
        ([ALL, 1.0], None),
        ([ALL, part("a")], None),
        ([ALL, part(0, 4, 0)], None),
        ([REST, REST], None),
        ([ALL] * 100, None),
        ({"class_name": "Dense"}, None),
        ("x", None),
    ],
)
def test_a_part_that_mixes_images_or_is_none_is_not_told(key, why):
    with pytest.raises(Untold, match=why):
        operation_shape("GetItem", {}, [SHAPE], key)


@pytest.mark.parametrize(
    ("name", "config", "why"),
    [
        *(("Max", {"axis": axis}, "batch") for axis in (None, 0, -4, [1, 0])),
        *(("Mean", {"axis": axis}, "axis") for axis in (4, "1", [1, 1], [True], 1.0)),
        ("ExpandDims", {"axis": 0}, "batch"),
        ("ExpandDims", {"axis": [1] * 9}, None),
        ("Squeeze", {"axis": None}, "no axis"),
        ("Squeeze", {"axis": 1}, "longer than 1"),
        ("Transpose", {"axes": None}, "batch"),
        ("Transpose", {"axes": [1, 0, 2, 3]}, "batch"),
        ("Transpose", {"axes": [0, 1, 1, 2]}, "twice"),
        ("Reshape", {"newshape": [9, 7, -1]}, "begin with -1"),
        ("Reshape", {"newshape": [-1, 9, 7, 2]}, "does not fit"),
        ("Concatenate", {"axis": 0}, "batch"),
        ("Glu", {"axis": 1}, "odd"),
        ("Tile", {}, None),
        ("Max", {}, None),
    ],
)
def test_what_cannot_be_told_is_said(name, config, why):
    with pytest.raises(Untold, match=why):
        operation_shape(name, config, [SHAPE])


@pytest.mark.parametrize(
    "shapes", [[SHAPE, (7, 4)], [(9, 7, 3), SHAPE], [SHAPE, (9, 7, 4, 1)]], ids=str
)
def test_arrays_that_do_not_fit_are_not_told(shapes):
    with pytest.raises(Untold, match="its inputs"):
        operation_shape("Add", {}, shapes)


def test_taking_a_part_of_a_large_array_needs_no_memory():
    assert operation_shape("GetItem", {}, [(10_000, 10_000, 3)], [ALL, 0]) == (10_000, 3)
