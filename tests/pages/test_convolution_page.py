"""The page Convolution, opened from the entry script."""

import time

import pytest

from explorer.analysis.classic_kernels import CLASSICS, classic, drawn
from explorer.analysis.convolution import Sliding
from explorer.charts.sliding_window import Slid


def test_it_opens_on_a_kernel_at_work_without_a_run(root, open_page):
    page = open_page("convolution")
    assert not page.exception
    assert page.get("vega_lite_chart")
    assert any("cross-correlation" in one.value for one in page.markdown)


def test_the_formula_has_the_numbers_put_in(root, open_page):
    page = open_page("convolution")
    page.number_input(key="convolution_stride").set_value(2)
    page.number_input(key="convolution_dilation").set_value(2).run()
    assert r"\frac{9 + 0 - 2 \cdot (3 - 1) - 1}{2} \right\rfloor + 1 = 3" in page.latex[0].value


@pytest.mark.parametrize("name", list(CLASSICS))
def test_every_classic_kernel_can_be_chosen(root, open_page, name):
    page = open_page("convolution")
    box = next(one for one in page.selectbox if one.label == "Start with")
    box.set_value(name).run()
    assert not page.exception


def test_a_kernel_larger_than_the_image_is_told(root, open_page):
    page = open_page("convolution")
    page.slider(key="convolution_size").set_value(4)
    page.number_input(key="convolution_kernel_size").set_value(7).run()
    assert not page.exception
    assert "The window has 0 places" in page.info[0].value


def test_the_learned_numbers_are_compared(root, open_page):
    page = open_page("convolution")
    slid = Slid(drawn("Circle", 9), classic("sobel_x", 3), 0.0, "none", Sliding(3))
    many = slid.image.size * slid.sums.size + slid.sums.size
    assert any("**10**" in one.value and f"**{many:,}**" in one.value for one in page.markdown)


def test_without_runs_it_says_where_to_get_one(root, open_page):
    page = open_page("convolution", state={"convolution_kernel": "Filter of a run"})
    assert not page.exception
    assert "No run has filters" in page.info[0].value


def test_keras_computes_the_same_when_asked(root, open_page):
    page = open_page("convolution")
    page.button(key="check_window").click().run()
    for _ in range(120):
        if any("largest difference" in one.value for one in page.caption):
            break
        time.sleep(0.5)
        page.run()
    told = next(one.value for one in page.caption if "largest difference" in one.value)
    assert "the same 49 sums" in told
    assert float(told.split("**")[1]) < 1e-5
