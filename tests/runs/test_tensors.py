import json

import numpy as np
import pytest

from explorer.runs.tensors import TensorInfo, plan, read_layout

SHAPES = [(16,), (3, 3, 3, 16), (3, 3, 64, 128), (4096, 64), (100_000,), (1, 1), (32, 8, 8, 24)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("most_values", [16, 1000, 8192])
def test_kept_values_are_those_of_the_tensor_and_within_the_limit(shape, most_values, rng):
    values = rng.normal(size=shape).astype(np.float32)
    info = plan("conv_1/kernel", shape, most_values)
    kept = info.take(values)
    assert kept.shape == info.stored_shape
    assert kept.size <= most_values or values.size <= most_values
    matrix = values.reshape(info.matrix_shape)
    rows = range(matrix.shape[0]) if info.rows is None else info.rows
    columns = range(matrix.shape[1]) if info.columns is None else info.columns
    assert np.array_equal(kept, matrix[np.ix_(list(rows), list(columns))])


def test_small_tensors_are_kept_whole():
    assert plan("w", (3, 3, 3, 16), 432).is_whole
    assert not plan("w", (3, 3, 3, 16), 431).is_whole


def test_whole_filters_are_kept_while_eight_fit():
    info = plan("conv_3/kernel", (3, 3, 32, 64), 8192)
    assert info.rows is None
    assert len(info.columns) == 8192 // 288


def test_the_choice_depends_on_the_name_and_on_nothing_else():
    shape = (3, 3, 64, 128)
    assert plan("a", shape, 5000) == plan("a", shape, 5000)
    assert plan("a", shape, 5000).columns != plan("b", shape, 5000).columns


def test_an_info_survives_json():
    info = plan("a", (100, 50), 64)
    assert TensorInfo.from_dict(json.loads(json.dumps(info.to_dict()))) == info


GOOD = {"name": "w", "shape": [3, 3, 1, 16], "rows": [0, 8], "columns": None}
DEEP = json.loads("[" * 500 + "]" * 500)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        *[({"shape": value}, "The shape of 'w'") for value in (None, 0, "x", {}, [-3, 3], [1.5])],
        *[({"shape": value}, "The shape of 'w'") for value in ([True], [[1]], DEEP)],
        *[({"shape": value}, "values fit") for value in ([10**10], [2**33], [10**300] * 9)],
        ({"shape": [2**25], "rows": None}, "33,554,432 values kept"),
        *[({axis: 1}, f"The {axis} of 'w' is '1'") for axis in ("rows", "columns")],
        *[({"rows": value}, "The rows") for value in ([9], [0, 0], ["a"], [-1], "01", {"a": 1})],
        ({"columns": [16]}, "different numbers below 16"),
        *[({"name": value}, "The name of a tensor") for value in (None, 0, "", [])],
    ],
)
def test_what_describes_no_tensor_is_refused_with_what_came_in(change, words):
    assert TensorInfo.from_dict(GOOD).stored_shape == (2, 16)
    with pytest.raises(ValueError, match=words) as refused:
        TensorInfo.from_dict(GOOD | change)
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize("layout", [1, [], "x", {"weights": None}, {"weights": {}}, {"w": [1]}])
def test_a_list_of_tensors_is_lists_of_objects_by_kind(layout):
    with pytest.raises(ValueError, match="must be"):
        read_layout(layout)


def test_two_tensors_of_one_kind_have_two_names():
    twice = {"name": "w", "shape": [3]}
    assert read_layout({"weights": [twice], "gradients": [twice]}).keys() == {
        "weights",
        "gradients",
    }
    with pytest.raises(ValueError, match="Under 'weights' are two tensors called 'w'"):
        read_layout({"weights": [twice, GOOD, {"name": "v", "shape": []}]})


def test_the_largest_tensors_that_fit_are_read():
    assert TensorInfo.from_dict({"name": "w", "shape": [2**24]}).is_whole
    assert TensorInfo.from_dict({"name": "w", "shape": [2**32], "rows": [2**32 - 1]}).size == 2**32
    assert read_layout(None) == {}
