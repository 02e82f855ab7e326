import json
from dataclasses import replace

import numpy as np
import pytest

from explorer.charts import palette
from explorer.charts.compose import specification
from explorer.charts.loss_surface import color_domain, paths_on_surface, random_surfaces
from explorer.inference.landscape import Landscape

vl_convert = pytest.importorskip("vl_convert", reason="draws charts without a browser")

NAMES = ["A: good", "B: bad"]
SIZE = 7


@pytest.fixture
def landscape():
    """Return a bowl with two paths of three checkpoints each, from one start."""
    x, y = np.linspace(-1, 3, SIZE), np.linspace(-2, 2, SIZE)
    places = np.array([[2.0, 1.0], [1.0, 0.5], [0, 0], [2.0, 1.0], [2.5, 1.5], [2.8, -1.5]])
    return Landscape(
        x=x,
        y=y,
        loss=0.1 + x[None, :] ** 2 + y[:, None] ** 2,
        explained=np.array([0.7, 0.2]),
        run=np.repeat([0, 1], 3),
        step=np.tile([0, 10, 200], 2),
        places=places,
        off=np.arange(6.0),
        true_loss=np.array([2.3, 1.0, 0.05, 2.3, 5.0, 2.2]),
        under=0.1 + (places**2).sum(axis=1),
        num_images=512,
        notes=("A note.",),
    )


def drawn(chart):
    chart.to_dict()  # checks it against the schema
    spec = specification(chart)
    frames = {name: frame.copy() for name, frame in spec["datasets"].items()}
    return spec, frames


def frames_with(frames, column):
    return [frame for frame in frames.values() if column in frame]


def test_every_place_is_a_cell_of_its_own_loss_and_they_leave_no_gap(landscape):
    _, frames = drawn(paths_on_surface(landscape, NAMES, 9, 1200))
    cells = next(frame for frame in frames_with(frames, "x0") if len(frame) == SIZE**2)
    for row in cells.itertuples():
        assert row.loss == pytest.approx(0.1 + row.x**2 + row.y**2)
        assert row.x0 < row.x < row.x1
        assert row.y0 < row.y < row.y1
    assert sorted(set(cells["x1"].round(9)))[:-1] == sorted(set(cells["x0"].round(9)))[1:]


def test_paths_have_the_colours_of_their_runs_and_go_through_their_checkpoints(landscape):
    _, frames = drawn(paths_on_surface(landscape, NAMES, 9, 1200))
    paths = [frame for frame in frames_with(frames, "label") if len(frame) == 3]
    for run in (0, 1):
        own = next(frame for frame in paths if set(frame["r"]) == {run})
        assert (
            own[["x", "y"]].to_numpy().tolist() == landscape.places[3 * run : 3 * run + 3].tolist()
        )
        assert set(own["run"]) == {NAMES[run]}
    svg = vl_convert.vegalite_to_svg(paths_on_surface(landscape, NAMES, 9, 1200).to_dict())
    assert all(svg.count(f'"{color}"') >= 8 for color in palette.RUN_COLORS)


def test_the_start_and_both_ends_are_named(landscape):
    svg = vl_convert.vegalite_to_svg(paths_on_surface(landscape, NAMES, 9, 1200).to_dict())
    assert svg.count(">start<") == 2  # once, and its outline
    assert svg.count(">step 200<") == 4
    assert "70 % of the spread" in svg
    assert "guessing: 2.20" in svg


def test_checkpoints_are_drawn_with_their_own_loss_and_the_surface_under_them(landscape):
    _, frames = drawn(paths_on_surface(landscape, NAMES, 9, 1200))
    own = [frame for frame in frames_with(frames, "own") if "under" in frame]
    for frame in own:
        for row in frame.itertuples():
            k = np.flatnonzero((landscape.run == row.r) & (landscape.step == row.step))[0]
            assert (row.own, row.off) == (landscape.true_loss[k], landscape.off[k])
            assert row.under == pytest.approx(landscape.under[k])


def test_what_is_no_number_is_grey_and_has_no_place(landscape):
    loss, places = landscape.loss.copy(), landscape.places.copy()
    loss[0, :2] = np.nan, np.inf
    places[-1] = np.nan
    true_loss, under = landscape.true_loss.copy(), landscape.under.copy()
    true_loss[-1] = under[-1] = np.nan
    broken = replace(landscape, loss=loss, places=places, true_loss=true_loss, under=under)
    spec, frames = drawn(paths_on_surface(broken, NAMES, 9, 1200))
    lost = frames_with(frames, "words")
    assert sum(len(frame) for frame in lost if "x0" in frame) == 2
    assert palette.NOT_A_NUMBER in json.dumps(spec, default=str)
    svg = vl_convert.vegalite_to_svg(paths_on_surface(broken, NAMES, 9, 1200).to_dict())
    assert "NaN" not in svg
    assert svg.count(">step 10<") == 2  # the second path ends there


def test_the_scale_of_colours_ends_where_walls_begin(landscape):
    wall = replace(landscape, loss=np.where(landscape.loss > 5, 1e4, landscape.loss))
    assert color_domain([wall], 9) == pytest.approx([landscape.loss.min(), 10 * np.log(9)])
    assert color_domain([landscape, wall], 9)[1] == pytest.approx(10 * np.log(9))
    walls = replace(landscape, loss=landscape.loss * 1e6)  # nothing else is in sight
    assert color_domain([walls], 9) == [walls.loss.min(), walls.loss.max()]
    flat = replace(landscape, loss=np.full_like(landscape.loss, 2.0))
    low, high = color_domain([flat], 9)
    assert low < high
    assert color_domain([replace(flat, loss=flat.loss * np.nan)], 9)[1] == np.log(9)


def test_losses_far_apart_are_numbered_from_end_to_end(landscape):
    far = replace(landscape, true_loss=np.array([2.3, 1.0, 0.05, 2.3, 1e10, 1e10]))
    svg = vl_convert.vegalite_to_svg(paths_on_surface(far, NAMES, 9, 1200).to_dict())
    assert ">1e+8<" in svg


@pytest.mark.parametrize("width", [340, 1240])
def test_it_is_no_wider_than_the_page(landscape, width):
    for chart in (
        paths_on_surface(landscape, NAMES, 9, width),
        random_surfaces([_around(landscape)] * 2, NAMES, 9, width),
    ):
        svg = vl_convert.vegalite_to_svg(chart.to_dict())
        size = float(svg.split('width="')[1].split('"')[0])
        assert size <= width + 12


def _around(landscape):
    middle = {"run": np.zeros(1, int), "step": np.array([200]), "places": np.zeros((1, 2))}
    losses = {"true_loss": np.array([0.1]), "under": np.array([0.1]), "off": np.zeros(1)}
    return replace(landscape, explained=np.full(2, np.nan), **middle, **losses)


def test_two_ends_have_one_scale_of_colours_and_each_its_run_s_colour(landscape):
    worse = replace(_around(landscape), loss=landscape.loss + 1)
    chart = random_surfaces([_around(landscape), worse], NAMES, 9, 1200)
    spec, _ = drawn(chart)
    written = json.dumps(spec, default=str)
    domain = color_domain([landscape, worse], 9)
    assert written.count(json.dumps(domain)) >= 2
    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    assert all(color in svg for color in palette.RUN_COLORS)
    assert all(name in svg for name in NAMES)


def test_one_run_alone_is_one_path(landscape):
    alone = landscape.run == 0
    fields = ("run", "step", "places", "off", "true_loss", "under")
    one = replace(landscape, **{name: getattr(landscape, name)[alone] for name in fields})
    svg = vl_convert.vegalite_to_svg(paths_on_surface(one, NAMES[:1], 9, 1200).to_dict())
    assert "The path over the loss" in svg
    assert palette.RUN_B not in svg


def test_a_scale_between_two_round_losses_has_the_numbers_of_its_ends(landscape):
    narrow = replace(landscape, loss=2.1 + landscape.loss / 100)
    svg = vl_convert.vegalite_to_svg(random_surfaces([narrow], NAMES[:1], 9, 900).to_dict())
    low, high = narrow.loss.min(), narrow.loss.max()
    assert f">{low:.3g}<" in svg
    assert f">{high:.3g}<" in svg
    assert "the loss around step 200," in svg


def test_a_path_that_ends_where_it_began_has_one_label_there(landscape):
    still = replace(landscape, places=np.zeros((6, 2)))
    _, frames = drawn(paths_on_surface(still, NAMES, 9, 900))
    labels = {label for frame in frames_with(frames, "label") for label in frame["label"]}
    assert labels == {"", "step 200"}
