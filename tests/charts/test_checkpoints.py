import json

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from explorer.analysis.changes import kernel_changes, moved_most
from explorer.charts import checkpoint_layers as layers
from explorer.charts import checkpoints as charts
from explorer.charts import palette
from explorer.charts.checkpoint_frames import (
    NO_ANSWER,
    cell_frame,
    class_frame,
    confusions,
    filter_frame,
    similarity_frame,
)

NAMES = ("A at step 0", "B at step 9")
CLASSES = ["anvil", "pip", "rusk"]
LABELS = np.array([0, 0, 0, 0, 1, 1])
A = np.array([0, 0, 0, 1, 1, 2])
B = np.array([1, 1, 0, -1, 1, 1])


@pytest.fixture
def pair():
    return confusions(LABELS, A, B, CLASSES)


def pieces(chart):
    """Return every part of a chart that has an encoding."""
    whole = chart.to_dict()
    found, left = [], [whole]
    while left:
        part = left.pop()
        found += [part] if "encoding" in part else []
        left += part.get("layer", [])
    return whole, found


def encodings(chart, channel):
    return [part["encoding"][channel] for part in pieces(chart)[1] if channel in part["encoding"]]


def rows(chart):
    return [row for data in chart.to_dict()["datasets"].values() for row in data]


def test_both_matrices_have_the_same_rows_columns_and_scale(pair):
    assert pair.truths == ["anvil", "pip"]
    assert pair.answers == ["anvil", "pip", "rusk", NO_ANSWER]
    assert pair.counts_a.tolist() == [[3, 1, 0, 0], [0, 1, 1, 0]]
    assert pair.counts_b.tolist() == [[1, 2, 0, 1], [0, 2, 0, 0]]
    domains = [
        color["scale"]["domain"]
        for side in "ab"
        for color in encodings(charts.confusion(pair, side, "x"), "color")
        if "scale" in color
    ]
    assert domains == [[0, 3], [0, 3]]


def test_counts_are_those_of_scikit_learn(rng):
    labels, answers = rng.integers(0, 7, 300), rng.integers(0, 7, 300)
    pair = confusions(labels, answers, answers[::-1], [str(k) for k in range(7)])
    np.testing.assert_array_equal(pair.counts_a, metrics.confusion_matrix(labels, answers))


def test_the_difference_is_centred_on_zero_and_says_which_side_is_more(pair):
    chart = charts.confusion_difference(pair)
    frame = cell_frame(pair, pair.counts_b - pair.counts_a)
    assert frame["count"].tolist() == [-2, 1, 0, 1, 0, 1, -1, 0]
    scale = next(c["scale"] for c in encodings(chart, "color") if "scale" in c)
    assert scale["domain"][0] == -scale["domain"][-1] == -2
    assert scale["range"] == list(palette.DIVERGING)


def test_the_share_of_a_cell_is_of_its_row(pair):
    frame = cell_frame(pair, pair.counts_a)
    assert frame.groupby("truth")["share"].sum().tolist() == [1, 1]


def test_of_many_classes_those_that_differ_most_are_drawn(rng):
    labels = np.repeat(np.arange(200), 3)
    a, b = labels.copy(), labels.copy()
    b[labels == 150] = 7
    names = [f"class {k}" for k in range(200)]
    pair = confusions(labels, a, b, names)
    assert (len(pair.truths), pair.num_classes) == (60, 200)
    assert "class 150" in pair.truths
    assert pair.truths == sorted(pair.truths, key=names.index)
    assert cell_frame(pair, pair.counts_a).shape[0] < 5000
    classes = class_frame(labels, a, b, names)
    assert (len(classes), classes["name"].iloc[0]) == (40, "class 150")


def test_numbers_stand_in_the_cells_of_few_classes_only(rng):
    def texts(num_classes):
        labels = np.arange(num_classes)
        pair = confusions(labels, labels, labels, [str(k) for k in labels])
        return len(encodings(charts.confusion(pair, "a", "x"), "text"))

    assert (texts(12), texts(13)) == (1, 0)


def test_classes_with_the_widest_gap_come_first():
    frame = class_frame(LABELS, A, B, CLASSES)
    assert frame["name"].tolist() == ["anvil", "pip"]
    assert frame["difference"].tolist() == [-0.5, 0.5]
    assert frame["images"].tolist() == [4, 2]


def test_a_and_b_differ_in_colour_and_in_shape():
    chart = charts.accuracy_by_class(class_frame(LABELS, A, B, CLASSES), NAMES)
    color, shape = encodings(chart, "color")[0], encodings(chart, "shape")[0]
    assert color["scale"] == {"domain": list(NAMES), "range": list(palette.RUN_COLORS)}
    assert shape["scale"]["range"] == ["circle", "diamond"]
    values = {(row["network"], row["name"]): row["value"] for row in rows(chart) if "value" in row}
    assert values[NAMES[0], "anvil"] == 0.75
    assert values[NAMES[1], "pip"] == 1


def make_similarity(values, layers_a=("c", "l"), layers_b=("c", "l")):
    values = np.array(values, float)
    return similarity_frame(layers_a, layers_b, values, values, values / 2)


def test_undefined_similarity_is_said_and_never_a_number():
    pairs = make_similarity([[0.9, np.nan], [0.4, np.nan]])
    assert pairs[["a", "b", "value"]].iloc[2].tolist() == ["l", "c", 0.4]
    chart = layers.similarity_by_layer(pairs)
    assert "undefined" in json.dumps(chart.to_dict())
    matrix = layers.similarity_matrix(pairs, ["c", "l"], ["c", "l"])
    fills = encodings(matrix, "fill")
    assert fills[0]["scale"] == {"domain": ["undefined"], "range": [palette.NOT_A_NUMBER]}
    assert [row["a"] for row in rows(matrix) if row.get("words") == "undefined"] == ["c", "l"]
    known = layers.similarity_matrix(make_similarity([[1, 0], [0, 1]]), ["c", "l"], ["c", "l"])
    assert encodings(known, "fill") == []


def test_layers_are_drawn_in_their_order_and_on_a_fixed_scale():
    pairs = make_similarity([[0.1, 0.2], [-0.01, 0.4]], ("z", "a"), ("z", "a"))
    matrix = layers.similarity_matrix(pairs, ["z", "a"], ["z", "a"])
    assert encodings(matrix, "x")[0]["sort"] == ["z", "a"]
    assert encodings(matrix, "y")[0]["sort"] == ["a", "z"]
    assert encodings(matrix, "color")[0]["scale"]["domain"] == [0, 1]


def test_similarity_below_zero_stays_on_the_axis():
    chart = layers.similarity_by_layer(make_similarity([[-0.3, 0], [0, 0.4]]))
    domains = [y["scale"]["domain"] for y in encodings(chart, "y") if "scale" in y]
    assert domains[0] == [-0.3, 1.02]


@pytest.fixture
def changes(rng):
    kernel = rng.normal(size=(3, 3, 1, 4))
    after = kernel * np.array([1, 2, 5, np.nan])
    return kernel_changes({"conv_1/kernel": kernel}, {"conv_1/kernel": after})


def test_filters_are_named_and_those_without_a_number_left_out(changes):
    frame = filter_frame(changes)
    assert frame["name"].tolist() == ["conv_1, 1", "conv_1, 2", "conv_1, 3"]
    chart = layers.moved_filters(moved_most(frame, 2))
    assert [row["name"] for row in rows(chart)] == ["conv_1, 3", "conv_1, 2"]
    assert encodings(chart, "x")[0]["scale"]["domain"] == [0, 5]
    shown = [item["field"] for item in encodings(chart, "tooltip")[0]]
    assert "cosine" in shown


def test_very_many_filters_stay_below_the_row_limit_of_altair():
    shape = (2, 30_000)
    frame = filter_frame(kernel_changes({"d": np.ones(shape)}, {"d": np.zeros(shape)}))
    layers.layer_changes(frame).to_dict()
    assert len(frame) > 1000


def test_the_line_has_its_ends_in_the_colours_of_the_runs_and_gaps_where_there_is_no_number():
    shares, loss = np.linspace(0, 1, 5), np.array([0.5, np.inf, np.nan, 2.0, 1.0])
    drawn = [row for row in rows(layers.loss_on_the_line(shares, loss)) if "share" in row]
    assert [row["value"] for row in drawn] == [0.5, None, None, 2.0, 1.0]
    colors = [row["fill"] for row in drawn]
    assert (colors[0], colors[-1]) == palette.RUN_COLORS
    assert set(colors[1:-1]) == {palette.MUTED}
    accuracy = layers.accuracy_on_the_line(shares, np.full(5, 0.5), 9)
    assert accuracy.to_dict()["title"]["subtitle"] == ["Dashed line: guessing, 1/9"]


@pytest.mark.parametrize("loss", [np.full(3, np.nan), np.zeros(3), np.array([1e9, 1, 1])])
def test_every_line_can_be_drawn(loss):
    layers.loss_on_the_line(np.linspace(0, 1, 3), loss).to_dict()


@pytest.mark.parametrize("draw", [layers.layer_changes, layers.moved_filters])
def test_no_filters_can_be_drawn(draw, changes):
    draw(filter_frame(changes).head(0)).to_dict()


def test_names_with_markup_are_data_and_not_words_of_the_specification(pair):
    names = ["![x](http://x)", "a.b[c]", "'; alert(1)"]
    strange = confusions(LABELS, A, B, names)
    whole = charts.confusion(strange, "a", "A").to_dict()
    assert {row["truth"] for row in rows(charts.confusion(strange, "a", "A"))} == set(names[:2])
    assert "alert" not in json.dumps(
        {key: value for key, value in whole.items() if key not in ("datasets", "layer")}
    )
    for layer in whole["layer"]:
        assert "alert" not in json.dumps(layer.get("transform", ""))
    assert isinstance(class_frame(LABELS, A, B, names), pd.DataFrame)
