"""The page Convolution: what is chosen stands in the address, and links are looked at first."""

import numpy as np
import pytest

from explorer.analysis.classic_kernels import drawn
from explorer.paths import PROJECT
from explorer.ui import linked


@pytest.fixture
def bundled(monkeypatch, prepared_cache):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(PROJECT / "checkpoints"))
    monkeypatch.setenv("EXPLORER_CACHE", str(prepared_cache))


LINKS = [
    {"picture": "Colours", "size": "12", "channel": "red"},
    {"image": "cells", "drawing_size": "3", "drawing": "0,1,0,0.5,0.25,0,1,1,1"},
    {"kernel": "edges", "kernel_size": "2", "cells": "1,-2,0.5,4", "bias": "-0.5"},
    {"stride": "3", "dilation": "2", "padding": "same", "activation": "relu"},
    {"pooling": "average", "pooling_size": "3", "pooling_stride": "1", "pooled_map": "2"},
    {"layers": "two", "numbers_size": "16", "numbers_kernel": "5", "numbers_filters": "8"},
    {"shift_object": "Cross", "shift_kernel": "blur"},
]
OF_RUNS = [
    {"image": "run", "image_run": "characters-adequate", "image_number": "7", "pixels": "16"},
    {
        "kernel_from": "run",
        "run": "characters-adequate",
        "layer": "conv_2",
        "filter": "3",
        "slice": "4",
        "step": "0",
    },
    {
        "volume": "run",
        "volume_run": "characters-adequate",
        "volume_step": "0",
        "volume_filters": "5,6,7",
    },
    {"numbers_run": "characters-adequate", "shift_run": "photographs", "shift_image": "9"},
]


@pytest.mark.parametrize("link", LINKS, ids=lambda link: next(iter(link)))
def test_a_link_opens_the_page_as_it_was(root, open_page, link):
    page = open_page("convolution", **link)
    assert not page.exception
    assert not page.info or all("link" not in one.value for one in page.info)
    assert page.query_params == link


@pytest.mark.parametrize("link", OF_RUNS, ids=lambda link: next(iter(link)))
def test_a_link_names_runs(bundled, open_page, link):
    page = open_page("convolution", **link)
    assert not page.exception
    assert all("link" not in one.value for one in page.info)
    assert page.query_params == link


def test_the_usual_choices_leave_the_address_empty(root, open_page):
    assert open_page("convolution").query_params == {}


def test_what_is_chosen_comes_into_the_address(root, open_page):
    page = open_page("convolution")
    page.number_input(key="convolution_stride").set_value(2).run()
    page.selectbox(key="convolution_kernel").set_value("blur").run()
    assert page.query_params == {"stride": "2", "kernel": "blur"}
    page.number_input(key="convolution_stride").set_value(1).run()
    assert page.query_params == {"kernel": "blur"}


def test_what_has_no_meaning_any_more_leaves_the_address(root, open_page):
    page = open_page("convolution", picture="Colours", channel="red")
    page.segmented_control(key="convolution_image").set_value("cells").run()
    assert page.query_params == {"image": "cells"}


def test_typed_cells_stand_in_the_matrix(root, open_page):
    page = open_page("convolution", image="cells", drawing_size="2", drawing="0,1,0.5,0.25")
    np.testing.assert_array_equal(page.data_editor[0].value, [["0", "1"], ["0.5", "0.25"]])


def test_a_new_kernel_begins_with_its_own_cells(root, open_page):
    page = open_page("convolution", kernel="edges", cells="1,2,3,4,5,6,7,8,9")
    page.selectbox(key="convolution_kernel").set_value("identity").run()
    assert page.query_params == {"kernel": "identity"}
    cells = page.data_editor[0].value.to_numpy(float)
    np.testing.assert_array_equal(cells, [[0, 0, 0], [0, 1, 0], [0, 0, 0]])


HOSTILE = [
    {"stride": "0"},
    {"stride": "99999999999999999999999"},
    {"stride": "²"},
    {"stride": "-1"},
    {"size": "1.5"},
    {"dilation": ""},
    {"padding": "full"},
    {"padding": "\0"},
    {"kernel": "<script>alert(1)</script>"},
    {"kernel_size": "8"},
    {"bias": "nan"},
    {"bias": "1e400"},
    {"cells": "1,2,3"},
    {"cells": "1,2,3,4,5,6,7,8,inf"},
    {"cells": "1,2,3,4,5,6,7,8,1e7"},
    {"cells": "1," * 5_000},
    {"image": "cells", "drawing": ",".join(["2"] * 49)},
    {"image": "../../etc/passwd"},
    {"picture": "Colours", "channel": "ultraviolet"},
    {"picture": "![x](http://example.com/x.png)"},
    {"pooling": "median"},
    {"pooled_map": "3"},
    {"layers": "CHAINS"},
    {"numbers_size": "33"},
    {"shift_object": "None"},
]


@pytest.mark.parametrize("link", HOSTILE, ids=str)
def test_a_link_to_what_is_not_there_is_told(root, open_page, link):
    page = open_page("convolution", **link)
    assert not page.exception
    told = [one.value for one in page.info if "The link says" in one.value]
    assert len(told) == 1
    assert f"for {list(link)[-1]}" in told[0]
    assert "![x]" not in told[0]
    assert "<script>" not in told[0]
    assert len(told[0]) < 400
    assert list(link)[-1] not in page.query_params


@pytest.mark.parametrize(
    "link",
    [
        {"kernel_from": "run", "run": "../../etc"},
        {"kernel_from": "run", "run": "photographs", "layer": "logits"},
        {"kernel_from": "run", "run": "photographs", "step": "7"},
        {"kernel_from": "run", "run": "photographs", "filter": "9999"},
        {"image": "run", "image_number": "0"},
        {"volume": "run", "volume_filters": "1,1"},
        {"volume": "run", "volume_filters": "1,2,3,4"},
        {"shift_run": "photographs", "shift_beside": "photographs"},
        {"numbers_run": "no-such-run"},
    ],
    ids=str,
)
def test_a_link_to_a_part_that_a_run_does_not_have_is_told(bundled, open_page, link):
    page = open_page("convolution", **link)
    assert not page.exception
    told = [one.value for one in page.info if "The link says" in one.value]
    assert len(told) == 1
    assert f"for {list(link)[-1]}" in told[0]


def test_a_link_is_told_once(root, open_page):
    page = open_page("convolution", stride="0")
    page.number_input(key="convolution_stride").set_value(3).run()
    assert all("The link says" not in one.value for one in page.info)
    assert page.query_params == {"stride": "3"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1,2", [1.0, 2.0]),
        ("1, -2e0", [1.0, -2.0]),
        ("1", None),
        ("1,2,3", None),
        ("1,x", None),
        ("1,nan", None),
        ("1,-inf", None),
        ("1,11", None),
        ("1," + "0" * 30, None),
        ("", None),
    ],
)
def test_numbers_are_read_only_if_all_of_them_are(written, expected):
    assert linked.read_numbers(written, 2, 10.0) == expected


@pytest.mark.parametrize("size", [1, 2, 9, 48])
def test_pictures_of_every_size_can_be_drawn(root, open_page, size):
    page = open_page("convolution", picture="Colours", size=str(size), kernel_size="1")
    assert not page.exception
    assert np.isfinite(drawn("Slope", size)).all()
    assert f"m is the number of rows and of columns of the feature map, n = {size} " in "\n".join(
        one.value for one in page.caption
    )
