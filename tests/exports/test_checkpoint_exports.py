"""What was found of two checkpoints, taken away: every number of the charts, and the charts."""

import base64
import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from explorer import data, runs
from explorer.charts.embedded import Store
from explorer.exports.checkpoint_figures import checkpoint_figures
from explorer.exports.checkpoint_tables import TABLES
from explorer.exports.checkpoint_weights import weight_figures
from explorer.exports.csv_text import to_csv
from explorer.runs.write import RunWriter
from tests.inference.conftest import make_comparison

__all__ = ["make_comparison"]
NAMES = ("A at step 0", "B at step 9")


def test_the_images_say_which_way_each_one_flipped(make_comparison):
    table = TABLES["images"](make_comparison())
    assert table["image"].tolist() == [1, 2, 3, 4]
    assert table["flip"].tolist() == ["", "gained", "lost", "lost"]
    assert table["b"].tolist() == ["anvil", "anvil", "anvil", "(no answer)"]


def test_confusions_count_every_comparable_image_once_for_each_network(make_comparison):
    found = make_comparison()
    table = TABLES["confusions"](found)
    assert [table["a"].sum(), table["b"].sum()] == [4, 4]
    right = table[table["truth"] == table["answer"]]
    assert right["a"].sum() == 4 * found.accuracy(found.answers_a)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_can_be_written(make_comparison, name):
    written = to_csv(TABLES[name](make_comparison()))
    assert len(written.splitlines()) > 1


def test_what_is_undefined_is_written_as_such(make_comparison):
    assert "NaN" in to_csv(TABLES["similarity"](make_comparison()))


def figures(found, store):
    return {one.key: one for one in checkpoint_figures(found, NAMES, store, (900, 340))}


def test_every_figure_fits_every_width_and_its_data_are_kept(make_comparison):
    store = Store()
    drawn = {key: one for key, one in figures(make_comparison(), store).items() if one.specs}
    assert {"classes", "confusion-a", "confusion-b", "similarity", "line-loss"} <= set(drawn)
    for figure in drawn.values():
        assert all(spec["width"] <= width for width, spec in figure.specs.items())
        assert "datasets" in store.whole(figure.specs[340])
    json.dumps(store.data, allow_nan=False)


def test_the_lead_tells_both_accuracies_and_the_notes(make_comparison):
    lead = figures(make_comparison(), Store())["checkpoints"]
    assert "4 images" in lead.words
    assert "A at step 0 recognises 75.0\N{NO-BREAK SPACE}% with a loss of 0.500" in lead.words
    assert (
        "B at step 9 recognises 50.0\N{NO-BREAK SPACE}% with a loss that is not a number"
        in lead.words
    )
    assert "A note." in lead.words


def test_what_could_not_be_compared_has_no_figure(make_comparison):
    nothing = np.zeros(0)
    found = make_comparison(
        shared=np.zeros(0, np.int64), line_shares=nothing, line_accuracy=nothing, line_loss=nothing
    )
    drawn = figures(found, Store())
    assert set(drawn) == {"checkpoints", "similarity", "similarity-matrix"}
    assert "no class in common" in drawn["checkpoints"].words


def test_flipped_images_without_their_pictures_keep_their_words(make_comparison):
    drawn = figures(make_comparison(), Store())
    lost = drawn["flipped-lost"]
    assert [tile.url for tile in lost.tiles] == ["", ""]
    assert [tile.lines for tile in lost.tiles] == [
        ("*pip*", "A: *pip*, 70\N{NO-BREAK SPACE}%", "B: anvil, 60\N{NO-BREAK SPACE}%"),
        ("*pip*", "A: *pip*, 80\N{NO-BREAK SPACE}%", "B: no answer"),
    ]
    assert "not in the cache any more" in lost.words
    assert drawn["flipped-changed"].tiles == ()


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    return data.load("digits", image_size=8)


def test_flipped_images_are_the_very_pixels_enlarged_by_a_whole_number(make_comparison, prepared):
    found = make_comparison(sets=(prepared.key,))
    tile = figures(found, Store())["flipped-gained"].tiles[0]
    shown = np.asarray(Image.open(BytesIO(base64.b64decode(tile.url.split(",")[1]))))
    np.testing.assert_array_equal(shown, prepared.images[5, :, :, 0])
    assert tile.size == (14 * 8, 14 * 8)


@pytest.fixture
def make_run(tmp_path):
    """Return a function that makes a run with a checkpoint of each of some weights."""

    def made(*weights):
        writer = RunWriter(tmp_path / "run")
        writer.describe(name="Run", status="finished")
        for step, tensors in enumerate(weights):
            writer.write_checkpoint(step, tensors)
        writer.close()
        return runs.open_run(tmp_path / "run")

    return made


def kernels(rng, channels=1):
    shape = (3, 3, channels, 4)
    return {"conv_1/kernel": rng.normal(size=shape), "dense_1/kernel": rng.normal(size=(8, 4))}


def test_filters_are_pictures_and_charts_with_what_was_left_out(make_run, rng):
    run = make_run(kernels(rng), {**kernels(rng), "dense_1/kernel": np.zeros((2, 2))})
    drawn = {one.key: one for one in weight_figures((run, run), (0, 1), NAMES, Store(), (900,))}
    assert list(drawn) == ["filters-conv_1-kernel", "layer-changes", "moved-filters"]
    assert [tile.lines for tile in drawn["filters-conv_1-kernel"].tiles] == [[one] for one in NAMES]
    assert "of another shape: dense_1/kernel." in drawn["layer-changes"].words


def test_a_checkpoint_that_cannot_be_read_is_said(make_run, rng):
    run = make_run(kernels(rng))
    (figure,) = weight_figures((run, run), (0, 1), NAMES, Store(), (900,))
    assert figure.words.startswith("Nothing to show: ")
    assert not figure.tiles


def test_filters_of_which_none_is_a_number_have_words_and_no_empty_chart(make_run, rng):
    broken = {name: np.full(one.shape, np.nan) for name, one in kernels(rng).items()}
    run = make_run(kernels(rng), broken)
    pictures, words = weight_figures((run, run), (0, 1), NAMES, Store(), (900,))
    assert "not a number is grey" in pictures.words
    assert words.specs == {}
    assert "Left out: 8 filters" in words.words
