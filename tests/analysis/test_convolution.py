"""Convolution in NumPy against plain loops, against Keras, and against known answers."""

from itertools import product

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.analysis.convolution import (
    Sliding,
    convolve,
    num_dense_parameters,
    num_parameters,
    pool,
    receptive_field,
    windows,
)

slidings = st.builds(
    Sliding,
    size=st.integers(1, 7),
    stride=st.integers(1, 4),
    padding=st.sampled_from(["valid", "same"]),
    dilation=st.integers(1, 3),
)
sides = st.tuples(st.integers(1, 12), st.integers(1, 12))


def by_loops(image, kernels, bias, sliding):
    """Go through every place, every cell and every channel, one number at a time."""
    height, width, channels = image.shape
    made = np.zeros((sliding.length(height), sliding.length(width), kernels.shape[-1]))
    for row, column, number in np.ndindex(made.shape):
        total = bias[number]
        for i, y in enumerate(sliding.cells(row, height)):
            for j, x in enumerate(sliding.cells(column, width)):
                if 0 <= y < height and 0 <= x < width:
                    for channel in range(channels):
                        total += image[y, x, channel] * kernels[i, j, channel, number]
        made[row, column, number] = total
    return made


@settings(max_examples=60, deadline=None)
@given(sides, slidings, st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_it_is_the_sum_over_every_cell_and_channel(side, sliding, channels, filters, seed):
    rng = np.random.default_rng(seed)
    image = rng.normal(size=(*side, channels))
    kernels = rng.normal(size=(sliding.size, sliding.size, channels, filters))
    bias = rng.normal(size=filters)
    expected = by_loops(image, kernels, bias, sliding)
    np.testing.assert_allclose(convolve(image, kernels, bias, sliding), expected, atol=1e-10)


GRID = [
    (size, stride, padding, dilation)
    for size, stride, padding, dilation in product(
        (1, 2, 3, 5, 7), (1, 2, 3), ("valid", "same"), (1, 2, 3)
    )
    if stride == 1 or dilation == 1  # Keras does not take both
]


@pytest.mark.parametrize(("size", "stride", "padding", "dilation"), GRID)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_layer_of_keras_puts_out_the_same(rng, size, stride, padding, dilation, channels):
    sliding = Sliding(size, stride, padding, dilation)
    image = rng.normal(size=(20, 23, channels)).astype(np.float32)
    layer = keras.layers.Conv2D(
        4, size, strides=stride, padding=padding, dilation_rate=dilation, bias_initializer="normal"
    )
    expected = np.asarray(layer(image[None]))[0]
    kernels, bias = layer.get_weights()
    found = convolve(image, kernels, bias, sliding)
    np.testing.assert_allclose(found, expected, atol=2e-5)


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize(
    ("size", "stride", "padding"), list(product((1, 2, 3), (1, 2, 3), ("valid", "same")))
)
def test_a_pooling_layer_of_keras_puts_out_the_same(rng, size, stride, padding, kind):
    image = rng.normal(size=(7, 10, 2)).astype(np.float32)
    made = keras.layers.MaxPooling2D if kind == "max" else keras.layers.AveragePooling2D
    expected = np.asarray(made(size, strides=stride, padding=padding)(image[None]))[0]
    np.testing.assert_allclose(
        pool(image, Sliding(size, stride, padding), kind), expected, atol=1e-6
    )


@given(slidings, st.integers(1, 20))
def test_a_place_covers_a_cell_exactly_when_the_cell_reaches_the_place(sliding, given):
    covered = {
        (place, int(cell))
        for place in range(sliding.length(given))
        for cell in sliding.cells(place, given)
        if 0 <= cell < given
    }
    reached = {(int(p), cell) for cell in range(given) for p in sliding.reached(cell, given)}
    assert covered == reached


@given(slidings, st.integers(1, 20))
def test_what_is_left_out_lies_behind_every_window(sliding, given):
    covered = [
        cell for place in range(sliding.length(given)) for cell in sliding.cells(place, given)
    ]
    assert sliding.left_out(given) == sum(cell > max(covered, default=-1) for cell in range(given))


@given(slidings, st.integers(1, 30))
def test_windows_never_leave_the_image_and_its_borders(sliding, given):
    before, after = sliding.borders(given)
    assert 0 <= before <= after <= before + 1
    for place in range(sliding.length(given)):
        cells = sliding.cells(place, given)
        assert cells[0] >= -before
        assert cells[-1] < given + after


@given(slidings, sides)
def test_there_is_a_window_for_every_cell_that_comes_out(sliding, side):
    seen = windows(np.zeros((*side, 2)), sliding)
    assert seen.shape == (*map(sliding.length, side), sliding.size, sliding.size, 2)


def test_a_kernel_is_not_flipped(rng):
    image, kernel = np.zeros((5, 5, 1)), rng.normal(size=(3, 3, 1, 1))
    image[2, 2] = 1
    found = convolve(image, kernel, np.zeros(1), Sliding(3))[..., 0]
    np.testing.assert_array_equal(found, kernel[::-1, ::-1, 0, 0])


@settings(max_examples=30, deadline=None)
@given(st.lists(slidings, min_size=1, max_size=3))
def test_the_receptive_field_is_what_changes_the_cell(chain):
    chain = [Sliding(one.size, one.stride, "valid", one.dilation) for one in chain]
    field, jump = receptive_field(chain)
    side = field + jump
    starts = np.array([place_start(chain, place) for place in (0, 1)])
    assert starts.tolist() == [0, jump]
    lengths = side
    for one in chain:
        lengths = one.length(lengths)
    assert lengths == 2


def place_start(chain, place):
    """Follow the first cell of a window back to the image."""
    for one in reversed(chain):
        place = place * one.stride
    return place


def test_far_fewer_weights_than_a_dense_layer():
    layer = keras.layers.Conv2D(16, 3)
    layer.build((None, 32, 32, 3))
    assert num_parameters(3, 3, 16) == layer.count_params() == 448
    assert num_dense_parameters((32, 32, 3), (32, 32, 16)) == 50_348_032


@pytest.mark.parametrize("wrong", [{"size": 0}, {"stride": 0}, {"dilation": -1}])
def test_a_window_needs_whole_numbers_from_1(wrong):
    with pytest.raises(ValueError, match="Give a whole number from 1"):
        Sliding(**{"size": 3, **wrong})


def test_unknown_settings_are_named():
    with pytest.raises(ValueError, match="'full'"):
        Sliding(3, padding="full")
    with pytest.raises(ValueError, match="'median'"):
        pool(np.zeros((3, 3, 1)), Sliding(2), "median")
    with pytest.raises(ValueError, match="need \\(3, 3, 2, filters\\)"):
        convolve(np.zeros((5, 5, 2)), np.zeros((3, 3, 1, 4)), np.zeros(4), Sliding(3))


@given(slidings, st.integers(1, 20))
def test_rows_that_no_window_looks_at_are_skipped_or_left_out(sliding, given):
    unseen = [row for row in range(given) if not len(sliding.reached(row, given))]
    if sliding.length(given):
        assert sliding.skipped(given) + sliding.left_out(given) == len(unseen)
    else:
        assert sliding.skipped(given) == 0
