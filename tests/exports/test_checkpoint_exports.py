"""What was found of two checkpoints, taken away: every number of the charts, and the charts."""

import json

import numpy as np
import pytest

from explorer.charts.embedded import Store
from explorer.exports.checkpoint_figures import checkpoint_figures
from explorer.exports.checkpoint_tables import TABLES
from explorer.exports.csv_text import to_csv
from tests.inference.conftest import make_comparison

__all__ = ["make_comparison"]
NAMES = ("A at step 0", "B at step 9")


def test_the_images_say_which_way_each_one_flipped(make_comparison):
    table = TABLES["images"](make_comparison())
    assert table["image"].tolist() == [0, 1, 2, 3]
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
    drawn = figures(make_comparison(), store)
    assert {"classes", "confusion-a", "confusion-b", "similarity", "line-loss"} <= set(drawn)
    for figure in drawn.values():
        assert all(spec["width"] <= width for width, spec in figure.specs.items())
        assert "datasets" in store.whole(figure.specs[340])
    json.dumps(store.data, allow_nan=False)


def test_what_could_not_be_compared_has_no_figure(make_comparison):
    nothing = np.zeros(0)
    found = make_comparison(
        shared=np.zeros(0, np.int64), line_shares=nothing, line_accuracy=nothing, line_loss=nothing
    )
    assert set(figures(found, Store())) == {"similarity", "similarity-matrix"}
