"""What the chart paints is what a cell really depends on."""

import re

import numpy as np
import pytest

from explorer.analysis.convolution import Sliding, convolve, pool
from explorer.charts import palette
from explorer.charts.receptive_field import lengths, receptive_fields

vl_convert = pytest.importorskip("vl_convert", reason="draws charts without a browser")
CHAINS = [
    [Sliding(3), Sliding(3)],
    [Sliding(3), Sliding(2, 2), Sliding(3)],
    [Sliding(3), Sliding(3, dilation=2)],
]
SIDE = 12


def through(image, chain):
    for layer in chain:
        if layer.stride > 1:
            image = pool(image, layer, "average")
        else:
            ones = np.ones((layer.size, layer.size, 1, 1))
            image = convolve(image, ones, np.zeros(1), layer)
    return image


def painted(spec, place):
    for one in spec["params"]:
        if one["name"] == "i":
            one["value"] = place
    svg = vl_convert.vegalite_to_svg(spec)
    return len(re.findall(f'fill="{palette.HIGHLIGHT}"', svg))


@pytest.mark.parametrize("chain", CHAINS, ids=str)
def test_the_painted_cells_of_the_image_are_those_that_change_the_last_cell(chain):
    sides = lengths(chain, SIDE)
    spec = receptive_fields(
        chain, [str(n) for n in range(len(chain))], np.zeros((SIDE, SIDE)), 1100
    ).to_dict()
    for place in (0, sides[-1] ** 2 - 1):
        total = 0
        for number, side in enumerate(sides):
            seen = 0
            for cell in range(side**2):
                image = np.zeros((side, side, 1))
                image.ravel()[cell] = 1
                seen += through(image, chain[number:]).ravel()[place] != 0
            # Between the cells that dilation looks at are some that it skips; they are painted.
            total += seen if all(one.dilation == 1 for one in chain[number:]) else 0
        dense = all(one.dilation == 1 for one in chain)
        found = painted(spec, place)
        assert found == total if dense else found > total


def test_the_sides_are_those_that_are_computed():
    for chain in CHAINS:
        image, sides = np.ones((SIDE, SIDE, 1)), lengths(chain, SIDE)
        for number, side in enumerate(sides):
            assert through(image, chain[:number]).shape[:2] == (side, side)


@pytest.mark.parametrize("width", [340, 1100])
def test_panels_stay_within_the_page(width):
    chart = receptive_fields(CHAINS[1], ["1: convolution 3 x 3"] * 3, np.eye(14), width)
    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    assert float(re.search(r'width="([\d.]+)"', svg)[1]) <= width + 8


def test_a_chain_that_leaves_nothing_is_told():
    with pytest.raises(ValueError, match="Of an image of 4 x 4 cells nothing is left"):
        receptive_fields([Sliding(3)] * 2, ["a", "b"], np.ones((4, 4)), 1100)
