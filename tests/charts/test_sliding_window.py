"""The chart of a sliding kernel: at every place the numbers that NumPy computes."""

import json
import re

import numpy as np
import pytest

from explorer.analysis.convolution import Sliding
from explorer.charts.number_cells import LARGEST_CELL
from explorer.charts.sliding_window import Slid, sliding_window
from explorer.charts.window_panels import VEIL
from explorer.charts.window_slider import MOST_PLACES

vl_convert = pytest.importorskip("vl_convert", reason="draws charts without a browser")


def slid(rng, sliding, activation="none", side=7, bias=0.5):
    image = rng.integers(0, 11, (side, side)) / 10
    kernel = rng.integers(-2, 3, (sliding.size, sliding.size)).astype(float)
    return Slid(image, kernel, bias, activation, sliding)


def words(chart, place, **pointed):
    """Return the words that stand in the chart when the slider is at a place."""
    spec = chart.to_dict()
    next(one for one in spec["params"] if one["name"] == "i")["value"] = place
    svg = vl_convert.vegalite_to_svg(spec)
    return [text.replace("\u2212", "-") for text in re.findall(r"<text[^>]*>([^<]+)<", svg)]


def short(value):
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.005 else "0"


SLIDINGS = [Sliding(3), Sliding(3, 2, "same"), Sliding(2, 1, "same"), Sliding(3, 1, "valid", 2)]


@pytest.mark.parametrize("sliding", SLIDINGS)
@pytest.mark.parametrize("activation", ["none", "relu"])
def test_the_products_and_their_sum_are_those_of_the_window(rng, sliding, activation):
    item = slid(rng, sliding, activation)
    chart = sliding_window(item, 1100)
    padded = np.pad(item.image, [sliding.borders(7)] * 2)
    rows, columns = item.sums.shape
    for place in (0, columns, rows * columns - 1):
        row, column = divmod(place, columns)
        reach = sliding.dilation * np.arange(sliding.size)
        seen = padded[np.ix_(row * sliding.stride + reach, column * sliding.stride + reach)]
        shown = words(chart, place)
        products = [f"= {short(one)}" for one in (seen * item.kernel).ravel()]
        assert [text for text in shown if text.startswith("= ")] == products
        total = (seen * item.kernel).sum()
        told = f"{short(total)} + bias 0.5 = {short(total + 0.5)}"
        after = f", relu makes it {short(max(total + 0.5, 0))}" if activation == "relu" else ""
        expected = f"Row {row + 1}, column {column + 1}, sum of {item.kernel.size} products "
        assert expected + told + after in shown


def test_no_bias_is_told_where_there_is_none(rng):
    item = slid(rng, Sliding(3), bias=None)
    np.testing.assert_array_equal(item.results, item.sums)
    told = f"Row 1, column 1, sum of 9 products {short(item.sums[0, 0])}"
    assert told in words(sliding_window(item, 1100), 0)


def veiled(svg):
    """Return the height and width of what hides cells, in pixels."""
    paths = re.findall(rf'd="M[^h]*h([\d.]+)v([\d.]+)[^"]*"[^>]*fill-opacity="{VEIL}"', svg)
    return [(float(high), float(wide)) for wide, high in paths if float(high) and float(wide)]


def test_the_feature_map_fills_as_the_window_goes(rng):
    spec = sliding_window(slid(rng, Sliding(3), side=5), 1100).to_dict()
    hidden = {}
    for place in (0, 1, 2, 4, 8):
        spec["params"][0]["value"] = place
        cells = veiled(vl_convert.vegalite_to_svg(spec))
        hidden[place] = [(high / LARGEST_CELL, wide / LARGEST_CELL) for high, wide in cells]
    below = (2, 3)  # rows and columns
    assert hidden == {
        0: [(1, 2), below],
        1: [(1, 1), below],
        2: [below],
        4: [(1, 1), (1, 3)],
        8: [],
    }


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_borders_look_like_any_0_and_end_at_a_dashed_line(padding):
    item = Slid(np.zeros((4, 4)), np.ones((3, 3)), 0.0, "none", Sliding(3, padding=padding))
    svg = vl_convert.vegalite_to_svg(sliding_window(item, 1100).to_dict())
    assert svg.count('fill="rgb(0, 0, 0)"') == {"valid": 4 * 4, "same": 6 * 6}[padding]
    dashed = re.findall(r'd="M([^"]*)"[^>]*stroke-dasharray="5,3"', svg)
    begin, inside = LARGEST_CELL, LARGEST_CELL * 4
    assert (
        dashed == {"valid": [], "same": [f"{begin},{begin}h{inside}v{inside}h-{inside}Z"]}[padding]
    )


def test_the_size_of_the_image_and_of_the_feature_map_are_told(rng):
    shown = words(sliding_window(slid(rng, Sliding(3, 2, "same"), side=8), 1100), 0)
    assert "Image, 8 x 8, 0 outside the dashes" in shown
    assert "Feature map, 4 x 4" in shown


@pytest.mark.parametrize("width", [340, 1100])
def test_panels_stay_within_the_page(rng, width):
    chart = sliding_window(slid(rng, Sliding(7, 1, "same"), side=48), width)
    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    drawn = float(re.search(r'width="([\d.]+)"', svg)[1])
    assert drawn <= width + 8


def test_large_images_have_no_numbers(rng):
    item = slid(rng, Sliding(3), side=40)
    spec = sliding_window(item, 1100).to_dict()
    assert "datum.v > " not in json.dumps(spec)


def test_a_kernel_that_fits_nowhere_is_told(rng):
    with pytest.raises(ValueError, match="The window has 0 places"):
        sliding_window(slid(rng, Sliding(7, 1, "valid", 3)), 1100)
    with pytest.raises(ValueError, match=f"Between 1 and {MOST_PLACES:,}"):
        sliding_window(slid(rng, Sliding(1), side=80), 1100)
