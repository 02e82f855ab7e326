"""Charts of two runs: what is drawn is what was recorded, and one slider moves all of it."""

import json
import re

import numpy as np
import pytest

from explorer import runs
from explorer.analysis.timeline import align
from explorer.charts import pair
from explorer.charts.carpet import carpet_matrix
from explorer.charts.compose import specification
from explorer.charts.distribution import Distribution, overlay_frame
from explorer.charts.distributions import distributions
from explorer.charts.heat import heat_frame
from explorer.charts.kernels import Kernels, kernels
from explorer.charts.layer import Heatmaps, Histograms
from explorer.charts.over_steps import VIEWS
from explorer.charts.percentile_bands import PERCENTILES, Bands
from explorer.charts.recorded import filter_images, mode_words, over_training, percentiles
from explorer.charts.ridges import MOST_RIDGES, ridge_frame, ridge_of_row, ridge_outline

EDGES = np.linspace(-1, 1, 11)
STEPS = (np.array([0, 1, 2, 10]), np.array([0, 2, 50]))
vl_convert = pytest.importorskip("vl_convert", reason="draws charts without a browser")


def histograms(rng, steps, *, outside=0.0, lost=0.0):
    counts = rng.integers(0, 20, size=(len(steps), len(EDGES) - 1)).astype(float)
    some = np.full(len(steps), 1.0)
    return Histograms(steps, EDGES, counts, some * outside, some * outside, some * lost)


def bands(rng, steps):
    return Bands(steps, np.sort(rng.normal(size=(len(steps), len(PERCENTILES))), axis=1))


def distribution(rng, **options):
    return Distribution(
        "conv_1/kernel",
        [histograms(rng, steps, **options) for steps in STEPS],
        [bands(rng, steps) for steps in STEPS],
    )


def heatmaps(rng, steps, missing=()):
    values = rng.normal(size=(len(steps), 27, 4)).astype(np.float32)
    return Heatmaps(steps, values, 1.0, missing)


def frame(mode="step", width=1000):
    return pair.Frame(["A: one", "B: two"], width, align(STEPS, mode=mode))


def without_data(chart):
    """Return the specification, dataset names replaced by their place."""
    spec = specification(chart)
    text = json.dumps({key: part for key, part in spec.items() if key != "datasets"})
    for place, name in enumerate(spec["datasets"]):
        text = text.replace(name, f"data-{place}")
    return text


@pytest.mark.parametrize("outside", [0.0, 3.0])
def test_an_outline_holds_every_share_of_both_runs(rng, outside):
    item = distribution(rng, outside=outside, lost=2.0)
    shape = overlay_frame(item)
    for letter, data in zip("pq", item.histograms, strict=True):
        for row in range(len(data.steps)):
            named = shape.set_index("r")[f"{letter}{row}"]
            assert named.drop("").sum() == pytest.approx(1 - 2 / data.totals[row])
            assert (named[[""]] == 0).all()
            first = data.counts[row, 0] / data.totals[row]
            assert named["-1 to -0.8"] == pytest.approx(first)


def test_cells_of_a_heatmap_add_up_to_all_values_at_each_step(rng):
    data = histograms(rng, STEPS[0], outside=3.0, lost=2.0)
    cells = heat_frame(data, 10)
    assert cells.groupby("s")["h"].sum().to_numpy() == pytest.approx(np.ones(4))
    assert set(cells["k"]) == {"inside", "outside", "lost"}
    assert cells.groupby("s")["e"].first().tolist() == [1, 2, 10, 10]


def test_ridges_are_few_and_begin_and_end_with_the_training(rng):
    steps = np.arange(100)
    shape = ridge_frame(histograms(rng, steps))
    assert shape["n"].nunique() == MOST_RIDGES
    assert {0, 99} <= set(shape["s"])
    middle = shape[shape["s"] == 99]["h"].iloc[1:-1]
    assert middle.sum() == pytest.approx(1)


def test_level_ground_between_ridges_is_left_out_but_not_its_ends(rng):
    data = histograms(rng, STEPS[0])
    data.counts[:] = 0
    data.counts[:, 5] = 3
    shape = ridge_frame(data)
    assert shape.groupby("n")["h"].apply(list).tolist() == [[0, 0, 1, 0, 0]] * 4
    assert shape.groupby("n")["x"].agg(["min", "max"]).drop_duplicates().to_numpy().tolist() == [
        [-1, 1]
    ]


@pytest.mark.parametrize("count", [1, 5, 24, 25, 100, 240])
def test_every_step_has_the_ridge_of_the_last_one_up_to_it(count):
    ridges = ridge_of_row(count)
    assert ridges[0] == 0
    assert ridges[-1] == min(count, MOST_RIDGES) - 1
    assert set(np.diff(ridges)) <= {0, 1}


def test_the_ridge_at_the_slider_is_the_one_that_stands_still_below_it(rng):
    data = histograms(rng, np.arange(100))
    beside, below = ridge_outline(data), ridge_frame(data)
    for number, ridge in below.groupby("n"):
        whole = dict(zip(beside["x"], beside[f"h{number}"], strict=True))
        assert [whole[x] for x in ridge["x"]] == ridge["h"].tolist()
        assert sum(whole.values()) == pytest.approx(ridge["h"].sum())


def outlines(chart):
    """Return the marks of the first panel of a chart."""
    return specification(chart)["vconcat"][0]["layer"][0]["layer"]


def test_only_the_bin_below_the_pointer_is_told_anew_at_every_move(rng):
    marks = outlines(distributions([distribution(rng)], frame(), kind="weights"))
    areas, (noticed, told) = marks[:2], marks[2:4]
    assert [one["mark"]["type"] for one in areas] == ["area", "area"]
    assert "transform" not in noticed
    assert told["transform"][0]["filter"] == {"param": noticed["params"][0]["name"], "empty": False}
    assert [one["title"] for one in told["encoding"]["tooltip"]] == ["Values", "Run A", "Run B"]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("mode", ["step", "share"])
@pytest.mark.parametrize("width", [340, 1000])
def test_distributions_can_be_drawn(rng, view, mode, width):
    item = distribution(rng, outside=3.0, lost=2.0)
    chart = distributions([item], frame(mode, width), kind="weights", view=view)
    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    assert "A: one · step 0" in svg
    assert "3 above it" in svg


def test_all_layers_can_be_drawn_where_one_run_lacks_some(rng):
    both = distribution(rng)
    alone = Distribution("dense_1/kernel", [None, both.histograms[1]], [None, both.bands[1]])
    chart = distributions([both, alone], frame(), kind="weights")
    assert "dense_1/kernel" in vl_convert.vegalite_to_svg(chart.to_dict())


def test_a_run_alone_can_be_drawn_over_all_steps(rng):
    both = distribution(rng)
    alone = Distribution("conv_1/kernel", [None, both.histograms[1]], [None, both.bands[1]])
    chart = distributions([alone], frame(), kind="weights", view="ridges")
    assert "B: two · step 0" in vl_convert.vegalite_to_svg(chart.to_dict())


def test_a_step_without_values_says_so(rng):
    data = histograms(rng, STEPS[0])
    data.counts[1] = np.nan
    data.counts[-1] = np.nan
    item = Distribution("conv_1/kernel", [data, None], [bands(rng, STEPS[0]), None])
    chart = distributions([item], frame(), kind="gradients", view="heatmap")
    words = json.dumps(chart.to_dict()["datasets"])
    assert "step 1 \\u00b7 not recorded" in words
    assert "step 10 \\u00b7 no update follows the last step" in words
    assert "Run A: no gradients, the training ends here" in words


def test_while_a_run_grows_the_specification_stays_the_same(rng):
    def drawn(recorded):
        data = histograms(rng, STEPS[0])
        data.counts[recorded:] = np.nan
        item = Distribution("conv_1/kernel", [data, None], [bands(rng, STEPS[0]), None])
        return distributions([item], frame(), kind="weights", view="ridges", growing=True)

    assert without_data(drawn(2)) == without_data(drawn(4))


def test_different_bins_are_refused(rng):
    one, other = (histograms(rng, STEPS[0]) for _ in range(2))
    other = Histograms(STEPS[0], EDGES * 2, other.counts, other.under, other.over, other.nonfinite)
    with pytest.raises(ValueError, match="bins of 'conv_1/kernel' differ"):
        Distribution("conv_1/kernel", [one, other])


def test_a_change_is_named_after_the_first_step_of_each_run():
    assert mode_words("change", [0, 0]) == "Change since step 0"
    assert mode_words("change", [0, 45]) == "Change since steps 0 and 45, the first that were saved"
    assert mode_words("value", [45]) == "Weight"


def test_kernels_can_be_drawn_with_filters_and_missing_steps(rng):
    maps = [heatmaps(rng, STEPS[0], (10,)), heatmaps(rng, STEPS[1])]
    images = [rng.normal(size=(len(steps), 4, 3, 3, 3)) for steps in STEPS]
    chart = kernels(Kernels("conv_1/kernel", maps, images), frame())
    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    for words in ("Filters as images, row by row", "level stripes have not moved"):
        assert len(re.findall(f">[^<]*{words}", svg)) == 2


def test_a_carpet_is_sorted_by_the_first_step_and_keeps_every_weight_in_its_row(rng):
    values = rng.normal(size=(5, 6, 4)).astype(np.float32)
    carpet = carpet_matrix(values)
    assert carpet.shape == (24, 5)
    assert np.all(np.diff(carpet[:, 0]) >= 0)
    order = np.argsort(values[0].ravel())
    assert np.array_equal(carpet, values.reshape(5, -1)[:, order].T)


def test_a_large_carpet_keeps_the_smallest_and_the_largest_weight(rng):
    values = rng.normal(size=(2, 40, 40)).astype(np.float32)
    carpet = carpet_matrix(values, limit=100)
    assert carpet.shape == (100, 2)
    assert carpet[[0, -1], 0].tolist() == [values[0].min(), values[0].max()]


def test_filters_become_images_that_hold_the_kernel(rng):
    kernel = rng.normal(size=(3, 5, 3, 8)).astype(np.float32)
    info = runs.TensorInfo("conv_1/kernel", kernel.shape, None, (1, 4))
    images = filter_images(info.take(kernel)[None], info)
    assert images.shape == (1, 2, 3, 5, 3)
    assert np.array_equal(images[0, 1], kernel[:, :, :, 4])


@pytest.mark.parametrize("shape", [(3, 3, 16, 8), (20, 8), (8,)])
def test_what_does_not_look_at_an_image_has_no_images(rng, shape):
    info = runs.TensorInfo("x/kernel", shape)
    assert filter_images(info.take(rng.normal(size=shape))[None], info) is None


@pytest.mark.parametrize("size", [1, 40, 257, 5000])
def test_percentiles_agree_with_numpy(rng, size):
    values = rng.normal(size=size).astype(np.float32)
    found = percentiles(runs.sketch.knots_of(values)[None])[0]
    share_below = [(values < one).mean() for one in found]
    assert found[[0, -1]].tolist() == [values.min(), values.max()]
    slack = 1 / min(size, 257) + 1 / 256
    assert share_below == pytest.approx(np.array(PERCENTILES) / 100, abs=slack)


def test_percentiles_of_nothing_are_not_numbers():
    assert np.isnan(percentiles(np.full((2, 257), np.nan))).all()


def test_what_is_usual_is_measured_over_the_training_not_over_the_recording():
    steps = np.array([*range(33), 1000, 2000])
    assert over_training(steps).tolist() == [0, 32, 33, 34]


def test_a_place_of_the_slider_is_called_by_its_step_or_its_share():
    steps = [np.array([0, 1, 1200]), np.array([0, 600])]
    assert pair.place_words(align(steps)) == ["0", "1", "600", "1,200"]
    assert pair.place_words(align(steps, mode="share")) == ["0.0 %", "0.1 %", "100.0 %"]


@pytest.mark.parametrize(("width", "is_cut"), [(1140, False), (340, True)])
def test_a_long_name_leaves_room_for_the_step_on_a_narrow_page(width, is_cut):
    frame = pair.Frame(["A: Characters, adequate learning rate"], width)
    name = frame.caption_name(0)
    assert name.endswith("…") == is_cut
    assert (len(name) + pair.WORDS_AFTER_NAMES) * pair.LETTER <= frame.panel_width(2)
