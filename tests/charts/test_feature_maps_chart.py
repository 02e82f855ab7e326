"""What a feature map's colours mean: one scale, every map in its place, nothing hidden."""

import json
from dataclasses import replace

import numpy as np
import pytest

from explorer.charts import palette
from explorer.charts.feature_maps import (
    EACH_LAYER,
    EACH_MAP,
    LayerMaps,
    color_filter,
    columns_in,
    enlarged,
    laid_over,
    layers_of,
    limits,
    map_montage,
    paint,
    scale_words,
    slices,
)

NOT_FINITE = [np.nan, np.inf, -np.inf]


@pytest.fixture
def make_layer(rng):
    """Return a function that makes a layer of noise; grey where it is not signed."""

    def make(shape=(16, 16, 6), *, is_signed=False, values=None, lost=0):
        values = rng.normal(size=shape) if values is None else values
        values = values if is_signed else np.abs(values)
        lowest, largest = np.nanmin(values), np.nanmax(values)
        return LayerMaps(
            name="conv_1",
            class_name="Conv2D",
            size=(3, 3),
            activation="linear",
            shape=shape,
            values=values,
            is_signed=is_signed,
            lowest=float(lowest),
            largest=float(largest),
            silent=0,
            lost=lost,
        )

    return make


def tile(picture, number, columns, size=64, gap=2):
    """Cut one map out of a montage."""
    top, left = number // columns * (size + gap), number % columns * (size + gap)
    return picture[top : top + size, left : left + size, :3]


def rgb(color):
    return [int(color[k : k + 2], 16) for k in (1, 3, 5)]


def test_grey_goes_from_black_at_0_to_white_at_the_largest_value():
    shades = paint(np.array([[0.0, 1.0, 2.0]]), 2.0, is_signed=False)
    assert shades[0].tolist() == [[0] * 3, [128] * 3, [255] * 3]


def test_opposite_values_take_the_two_ends_and_0_the_middle():
    colors = paint(np.array([[-2.0, 0.0, 2.0]]), 2.0, is_signed=True)
    middle = len(palette.DIVERGING) // 2
    expected = [rgb(palette.DIVERGING[place]) for place in (0, middle, -1)]
    assert colors[0].tolist() == expected


@pytest.mark.parametrize("is_signed", [False, True])
@pytest.mark.parametrize("value", NOT_FINITE)
def test_what_is_no_number_has_a_colour_that_no_number_has(is_signed, value):
    numbers = np.linspace(-1 if is_signed else 0, 1, 500)[None]
    known = {tuple(color) for color in paint(numbers, 1.0, is_signed=is_signed)[0].tolist()}
    odd = paint(np.array([[value]]), 1.0, is_signed=is_signed)[0, 0].tolist()
    assert tuple(odd) not in known


@pytest.mark.parametrize("is_signed", [False, True])
def test_maps_stand_in_the_order_of_their_channels(make_layer, is_signed):
    layer = make_layer(is_signed=is_signed)
    picture = map_montage(layer, scale=EACH_LAYER, width=4 * 66)
    for channel in range(6):
        expected = paint(layer.values[..., channel], layer.limit, is_signed=is_signed)
        np.testing.assert_array_equal(tile(picture, channel, 4)[2::4, 1::4], expected)


def test_one_scale_for_a_layer_counts_channels_that_are_not_shown(make_layer):
    layer = make_layer()
    hidden = LayerMaps(**{**vars(layer), "values": layer.values[..., :2], "largest": 99.0})
    assert limits(hidden, EACH_LAYER).tolist() == [99.0, 99.0]


def test_a_scale_for_each_map_makes_the_largest_of_each_white(make_layer):
    layer = make_layer()
    picture = map_montage(layer, scale=EACH_MAP, width=1000)
    assert [tile(picture, channel, 6).max() for channel in range(6)] == [255] * 6
    strengths = layer.values.max(axis=(0, 1))
    shared = map_montage(layer, scale=EACH_LAYER, width=1000)
    brightest = [tile(shared, channel, 6).max() for channel in range(6)]
    assert brightest == np.rint(strengths / strengths.max() * 255).tolist()


def test_numbers_that_are_none_do_not_move_the_scale_of_a_map(make_layer):
    values = np.ones((4, 4, 2))
    values[0, 0] = [np.nan, 7.0]
    values[1, 1, 0] = 3.0
    layer = make_layer((4, 4, 2), values=values, lost=1)
    assert limits(layer, EACH_MAP).tolist() == [3.0, 7.0]


def test_units_are_cells_on_the_scale_of_the_layer(make_layer):
    layer = make_layer((5,), values=np.array([0.0, 1.0, 2.0, 3.0, 4.0]))
    for scale in (EACH_LAYER, EACH_MAP):
        picture = map_montage(layer, scale=scale, width=300)
        shades = picture[7, 7 :: 14 + 2, 0]
        assert shades.tolist() == [0, 64, 128, 191, 255]


@pytest.mark.parametrize("is_signed", [False, True])
def test_a_layer_without_any_value_but_0_is_drawn_and_said(make_layer, is_signed):
    layer = make_layer((4, 4, 2), is_signed=is_signed, values=np.zeros((4, 4, 2)))
    for scale in (EACH_LAYER, EACH_MAP):
        colors = map_montage(layer, scale=scale, width=500)[..., :3]
        assert len(np.unique(tile(colors, 0, 2).reshape(-1, 3), axis=0)) == 1
        assert scale_words(layer, scale) == "No value but 0."


@pytest.mark.parametrize("width", [60, 340, 1280])
@pytest.mark.parametrize("shape", [(32, 32, 64), (112, 112, 3), (1, 1, 200), (7, 3, 5), (500,)])
def test_a_montage_is_no_wider_than_there_is_room(make_layer, width, shape):
    picture = map_montage(make_layer(shape), scale=EACH_LAYER, width=width)
    assert picture.shape[1] <= max(width, shape[1] if len(shape) == 3 else 0)


def test_rows_that_are_not_the_only_one_hold_a_power_of_two():
    assert columns_in(1000, 64, 10) == 10
    assert columns_in(1000, 64, 100) == 8
    assert columns_in(10, 64, 100) == 1


def test_an_enlarged_map_repeats_every_value(rng):
    values = rng.random((8, 8))
    large = enlarged(values, 1.0, is_signed=False)
    assert large.shape == (320, 320, 3)
    np.testing.assert_array_equal(large[20::40, 39::40], paint(values, 1.0, is_signed=False))


@pytest.mark.parametrize("is_signed", [False, True])
def test_over_the_image_a_0_shows_the_image_and_a_large_value_its_colour(rng, is_signed):
    pixels = np.full((4, 4, 3), 90, np.uint8)
    values = np.array([[0.0, 1.0], [0.5, np.nan]])
    over = laid_over(pixels, values, 1.0, is_signed=is_signed)
    times = over.shape[0] // 4
    corners = over[times // 2 :: 2 * times, times // 2 :: 2 * times].astype(int)
    assert corners[0, 0].tolist() == corners[1, 1].tolist() == [90] * 3
    color = np.array(rgb(palette.RUN_B if is_signed else palette.HIGHLIGHT))
    away = np.abs(corners - color).sum(axis=-1)
    assert away[0, 1] < away[1, 0] < away[0, 0]


def test_over_the_image_values_below_0_are_blue():
    pixels = np.full((2, 2, 1), 90, np.uint8)
    over = laid_over(pixels, np.array([[-1.0]]), 1.0, is_signed=True)[0, 0].astype(int)
    assert over[2] > over[0]


def test_slices_stand_in_the_order_of_the_input_channels(rng):
    kernel = rng.normal(size=(3, 3, 5))
    picture = slices(kernel, 2.0, width=10_000, tile=3)
    for channel in range(5):
        expected = paint(kernel[..., channel], 2.0, is_signed=True)
        np.testing.assert_array_equal(picture[:, channel * 5 :][:, :3, :3], expected)


def test_a_filter_in_colour_is_red_where_red_is_large():
    kernel = np.zeros((2, 2, 3))
    kernel[0, 0, 0] = 1.0
    picture = color_filter(kernel, 1.0, tile=2)
    assert picture[0, 0].tolist() == [255, 128, 128]
    assert picture[1, 1].tolist() == [128] * 3


def test_a_white_unit_is_seen_on_a_white_page(make_layer):
    layer = make_layer((2,), values=np.array([0.0, 7.0]))
    picture = map_montage(layer, scale=EACH_LAYER, width=400)
    cell = tile(picture, 1, 2, size=len(picture))
    assert (cell[1:-1, 1:-1] == 255).all()
    assert (cell[[0, -1]] == rgb(palette.MUTED)).all()
    assert (cell[:, [0, -1]] == rgb(palette.MUTED)).all()


def test_the_ends_of_the_scale_are_said(make_layer):
    layer = make_layer((1, 1, 2), is_signed=True, values=np.array([[[-3.0, 1.25]]]))
    assert "\N{MINUS SIGN}3 and 3" in scale_words(layer, EACH_LAYER)
    grey = make_layer((1, 1, 2), values=np.array([[[0.0, 1.25]]]))
    assert "Black is 0" in scale_words(grey, EACH_LAYER)
    assert "1.25" in scale_words(grey, EACH_LAYER)
    assert "1.25" not in scale_words(grey, EACH_MAP)


def test_an_answer_is_read_layer_by_layer(make_layer):
    layers = [make_layer(), make_layer((5,))]
    plain = [
        {key: item for key, item in vars(layer).items() if key != "values"} for layer in layers
    ]
    found = {"about": np.array(json.dumps({"layers": plain}))}
    found |= {f"maps_{number}": layer.values for number, layer in enumerate(layers)}
    for read, layer in zip(layers_of(found), layers, strict=True):
        assert read.shape == layer.shape
        assert read.limit == layer.limit
        np.testing.assert_array_equal(read.values, layer.values)


@pytest.mark.parametrize(("most", "more"), [(None, 4), (6, 4), (99, 4), (3, 1), (2, 0), (1, 0)])
def test_no_more_channels_follow_than_there_are_and_can_be_had(make_layer, most, more):
    layer = make_layer()
    some = replace(layer, values=layer.values[..., :2], most_channels=most)
    assert some.num_more == more
