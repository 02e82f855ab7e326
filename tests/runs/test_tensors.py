import json

import numpy as np
import pytest

from explorer.runs.tensors import TensorInfo, plan

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
