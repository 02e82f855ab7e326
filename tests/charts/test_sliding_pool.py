"""The chart of pooling: at every place what NumPy leaves of the window."""

import re

import numpy as np
import pytest

from explorer.analysis.convolution import Sliding
from explorer.charts import palette
from explorer.charts.sliding_pool import Pooled, sliding_pool

vl_convert = pytest.importorskip("vl_convert", reason="draws charts without a browser")


def svg_of(chart, place):
    spec = chart.to_dict()
    next(one for one in spec["params"] if one["name"] == "i")["value"] = place
    return vl_convert.vegalite_to_svg(spec).replace("\u2212", "-")


def short(value):
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.005 else "0"


@pytest.mark.parametrize(("kind", "by"), [("max", np.max), ("average", np.mean)])
@pytest.mark.parametrize("sliding", [Sliding(2, 2), Sliding(3, 1), Sliding(3, 2), Sliding(1, 2)])
def test_the_number_that_is_left_is_told(rng, sliding, kind, by):
    image = rng.integers(-50, 50, (7, 7)) / 10
    pooled = Pooled(image, sliding, kind)
    rows, columns = pooled.results.shape
    for place in (0, columns + 1, rows * columns - 1):
        row, column = divmod(place, columns)
        top, left = row * sliding.stride, column * sliding.stride
        window = image[top : top + sliding.size, left : left + sliding.size]
        words = "the largest" if kind == "max" else "the mean"
        numbers = {1: "1 number", 4: "4 numbers", 9: "9 numbers"}[window.size]
        told = f"Row {row + 1}, column {column + 1}, {words} of {numbers} is "
        assert told + short(by(window)) in svg_of(sliding_pool(pooled, 1100), place)


def test_the_largest_number_stands_out(rng):
    image = rng.permutation(49).reshape(7, 7) / 10
    strokes = {}
    for kind in ("max", "average"):
        svg = svg_of(sliding_pool(Pooled(image, Sliding(3, 2), kind), 1100), 0)
        strokes[kind] = len(re.findall(f'stroke="{palette.HIGHLIGHT}" stroke-width="3"', svg))
    assert strokes == {"max": 1, "average": 9}


def test_a_window_that_fits_nowhere_is_told():
    with pytest.raises(ValueError, match="The window has 0 places"):
        sliding_pool(Pooled(np.zeros((2, 2)), Sliding(3), "max"), 1100)
