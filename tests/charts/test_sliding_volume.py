"""The chart of kernels over a volume: slices, their sums, and the cells they make."""

import html
import re

import numpy as np
import pytest

from explorer.analysis.convolution import Sliding, convolve
from explorer.charts.sliding_volume import Volume, sliding_volume
from explorer.ui.convolution_volume import example

vl_convert = pytest.importorskip("vl_convert", reason="draws charts without a browser")


@pytest.fixture
def volume(rng):
    image = rng.integers(0, 11, (6, 6, 3)) / 10
    kernels = rng.integers(-2, 3, (3, 3, 3, 2)).astype(float)
    return Volume(image, kernels, np.array([0.5, -1.0]), tuple("rgb"), ("one", "two"), Sliding(3))


def words(chart, **values):
    spec = chart.to_dict()
    for one in spec["params"]:
        one["value"] = values.get(one["name"], one.get("value"))
        if one["value"] is None:
            del one["value"]
    svg = vl_convert.vegalite_to_svg(spec)
    found = re.findall(r"<(?:text|tspan)[^>]*>([^<]+)<", svg)
    return [html.unescape(text).replace("\u2212", "-") for text in found]


def short(value):
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.005 else "0"


@pytest.mark.parametrize("kernel", [0, 1])
@pytest.mark.parametrize("place", [0, 4, 15])
def test_a_cell_is_the_sum_over_its_slices(volume, place, kernel):
    shown = words(sliding_volume(volume, 1120), i=place, kernel=kernel)
    row, column = divmod(place, 4)
    seen = volume.image[row : row + 3, column : column + 3]
    parts = (seen * volume.kernels[..., kernel]).sum(axis=(0, 1))
    for name, part in zip("rgb", parts, strict=True):
        assert f"Its slice for {name}: sum {short(part)}" in shown
    bias = volume.bias[kernel]
    terms = " + ".join(f"{name} {short(part)}" for name, part in zip("rgb", parts, strict=True))
    assert f"{terms} + bias {short(bias)} = {short(parts.sum() + bias)}" in shown


def test_no_bias_is_told_where_a_layer_has_none(volume):
    bare = Volume(**{**vars(volume), "bias": np.zeros(2), "has_biases": False})
    parts = (bare.image[:3, :3] * bare.kernels[..., 0]).sum(axis=(0, 1))
    terms = " + ".join(f"{name} {short(part)}" for name, part in zip("rgb", parts, strict=True))
    assert f"{terms} = {short(parts.sum())}" in words(sliding_volume(bare, 1120), i=0, kernel=0)


def test_the_blocks_are_named_rows_by_columns_by_channels(volume):
    blocks = "Image 6 x 6 x 3, 2 kernels 3 x 3 x 3, feature maps 4 x 4 x 2"
    assert blocks in words(sliding_volume(volume, 1120))


def test_the_feature_maps_are_those_of_a_layer(volume):
    expected = convolve(volume.image, volume.kernels, volume.bias, volume.sliding)
    np.testing.assert_allclose(volume.totals, expected, atol=1e-12)


def test_the_kernel_for_red_answers_to_red_light_alone():
    totals = example().totals
    inner = example().image[1:-1, 1:-1]
    np.testing.assert_allclose(totals[..., 0], inner[..., 0] - inner[..., 1] - inner[..., 2])


@pytest.mark.parametrize("width", [340, 1120])
def test_panels_stay_within_the_page(width):
    svg = vl_convert.vegalite_to_svg(sliding_volume(example(), width).to_dict())
    assert float(re.search(r'width="([\d.]+)"', svg)[1]) <= width + 8


def test_a_kernel_that_fits_nowhere_is_told(volume):
    small = Volume(**{**vars(volume), "image": volume.image[:2, :2]})
    with pytest.raises(ValueError, match="The window has 0 places"):
        sliding_volume(small, 1120)
