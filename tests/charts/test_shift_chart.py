"""The charts of what is moved: at every shift the numbers that NumPy computes."""

import re

import numpy as np
import pytest

from explorer.analysis.classic_kernels import classic
from explorer.analysis.shift import (
    EDGE,
    EMPTY,
    WAYS,
    feature_map,
    move_and_watch,
    moved,
    placed,
    shifts_within,
)
from explorer.charts.shift import object_and_maps
from explorer.charts.shift_probability import Asked, probability_maps

vl_convert = pytest.importorskip("vl_convert", reason="draws charts without a browser")

SHIFTS = [(0, 0), (2, -4), (-1, 5), (6, 6)]
LEAVES_NOTHING_OUT = [(0, 0), (2, -4)]  # whole strides, and the object stays inside
KERNEL = classic("emboss", 3)
NAMES = ["anvil", "pip", 'it\'s "quoted"']


@pytest.fixture(scope="module")
def watched():
    image = placed("Triangle", 16)
    return [move_and_watch(image, KERNEL, way, shifts_within(6)) for way in WAYS]


def drawn(chart, down, right):
    """Draw a chart as it is at a shift."""
    spec = chart.to_dict()
    kept = [one for one in spec["params"] if one["name"] not in ("right", "down")]
    spec["params"] = [{"name": "right", "value": right}, {"name": "down", "value": down}, *kept]
    return vl_convert.vegalite_to_svg(spec)


def words(svg):
    plain = svg.replace("\u2212", "-").replace("&quot;", '"')
    return re.findall(r"<(?:text|tspan)[^>]*>([^<]+)<", plain)


@pytest.fixture(scope="module", params=SHIFTS)
def picture(request, watched):
    """Return a shift and the chart drawn at it."""
    chart = object_and_maps(placed("Triangle", 16), watched, 1100)
    return request.param, drawn(chart, *request.param)


def test_exactly_the_cells_that_did_not_move_along_have_an_outline(watched, picture):
    shift, svg = picture
    image, expected = placed("Triangle", 16), 0
    for one in watched:
        step = one.steps[one.shifts.tolist().index(list(shift))]
        found = feature_map(moved(image, shift, EMPTY), KERNEL, one.way)
        along = moved(feature_map(image, KERNEL, one.way), step, EMPTY)
        expected += np.count_nonzero(abs(found - along) > 1e-6)
    assert len(re.findall(r'stroke="black"', svg)) == expected
    assert (expected == 0) == (shift in LEAVES_NOTHING_OUT)


def test_the_measured_differences_stand_above_each_map(watched, picture):
    shift, svg = picture
    shown = words(svg)
    assert f"right {shift[1]}, down {shift[0]}" in shown
    for one in watched:
        number = one.shifts.tolist().index(list(shift))
        inside, borders = (f"{100 * of[number]:.0f} %" for of in (one.inside, one.borders))
        assert f"inside {inside}, borders {borders}" in shown


def test_the_image_is_drawn_where_it_was_moved_to(watched):
    svg = drawn(object_and_maps(placed("Triangle", 16), watched, 1100), 6, -5)
    white = len(re.findall(r'fill="rgb\(255, 255, 255\)"', svg))
    assert white == moved(placed("Triangle", 16), (6, -5), EMPTY).sum() > 0


@pytest.fixture
def asked(rng):
    shares = rng.uniform(size=(2, 25))
    return [
        Asked(f"Network {number}", of, [NAMES[k % 3] for k in range(25)])
        for number, of in enumerate(shares)
    ]


@pytest.fixture
def image(rng):
    return rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (2, -1), (-2, 2)])
def test_the_probability_and_the_answer_are_those_of_the_shift(image, asked, down, right):
    svg = drawn(probability_maps(image, NAMES[0], asked, shifts_within(2), 1100), down, right)
    number = shifts_within(2).tolist().index([down, right])
    for one in asked:
        told = f"anvil: {100 * one.probabilities[number]:.1f} %, answer {one.answers[number]}"
        assert told in words(svg)


def test_without_a_pointer_the_image_stands_where_it_was(image, asked):
    spec = probability_maps(image, NAMES[0], asked, shifts_within(2), 1100).to_dict()
    shown = words(vl_convert.vegalite_to_svg(spec))
    assert "right 0, down 0" in shown
    assert f"anvil: {100 * asked[0].probabilities[12]:.1f} %, answer anvil" in shown


def test_both_maps_have_one_scale_from_0_to_1(image, asked):
    spec = probability_maps(image, NAMES[0], asked, shifts_within(2), 1100).to_dict()
    heats = [panel["layer"][0]["encoding"]["color"] for panel in spec["vconcat"][0]["hconcat"][1:]]
    assert [one["scale"] for one in heats] == [{"scheme": "viridis", "domain": [0, 1]}] * 2
    assert [one["legend"] is None for one in heats] == [True, False]


def test_the_picture_shows_the_image_as_it_is_moved(image, asked):
    """A window over the image with its edges repeated is the image moved by that much."""
    wide = np.pad(image, [(2, 2), (2, 2), (0, 0)], mode="edge")
    chart = probability_maps(image, NAMES[0], asked, shifts_within(2), 1100)
    for down, right in [(0, 0), (1, -2), (-2, 2)]:
        svg = drawn(chart, down, right)
        box = re.search(r"<image[^>]*>", svg)[0]
        across = float(re.search(r'width="([\d.]+)"', box)[1])
        x, y = map(float, re.search(r"translate\(([-\d.]+),\s?([-\d.]+)\)", box).groups())
        pixel = across / wide.shape[1]
        left, top = round(-x / pixel), round(-y / pixel)
        seen = wide[top : top + 8, left : left + 8]
        np.testing.assert_array_equal(seen, moved(image, (down, right), EDGE))


@pytest.mark.parametrize("width", [340, 1100])
def test_panels_stay_within_the_page(watched, image, asked, width):
    for chart in (
        object_and_maps(placed("Ring", 16), watched, width),
        probability_maps(image, NAMES[0], asked, shifts_within(2), width),
    ):
        svg = vl_convert.vegalite_to_svg(chart.to_dict())
        assert float(re.search(r'width="([\d.]+)"', svg)[1]) <= width + 8


def test_one_network_stands_alone(image, asked):
    spec = probability_maps(image, NAMES[0], asked[:1], shifts_within(2), 1100).to_dict()
    assert len(spec["vconcat"][0]["hconcat"]) == 2
    assert vl_convert.vegalite_to_svg(spec)
