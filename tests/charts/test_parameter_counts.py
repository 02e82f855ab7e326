"""Learned numbers beside the size of the image."""

import keras
import pytest

from explorer.charts.parameter_counts import counts, layer_counts, parameter_counts


@pytest.mark.parametrize("side", [4, 6])
def test_the_counts_are_those_of_layers_of_keras(side):
    table = counts([side], 3, 2, 5).set_index("kind")["parameters"]
    convolution = keras.Sequential([keras.Input((side, side, 2)), keras.layers.Conv2D(5, 3)])
    flat = keras.Input((side * side * 2,))
    dense = keras.Model(flat, keras.layers.Dense(side * side * 5)(flat))
    assert table["Convolution"] == convolution.count_params()
    assert table["Dense"] == dense.count_params()


def test_a_larger_image_costs_a_convolution_nothing():
    table = counts([8, 16, 32], 3, 3, 16)
    assert table[table["kind"] == "Convolution"]["parameters"].nunique() == 1
    dense = table[table["kind"] == "Dense"]["parameters"].tolist()
    assert dense[1] / dense[0] == pytest.approx(16, rel=0.01)


def test_the_chart_is_one_that_can_be_drawn():
    assert parameter_counts(counts([8, 16], 3, 3, 16), 16).to_dict()


def test_every_layer_has_a_dot_for_each_count():
    chart = layer_counts([("conv_1", 448, 50_348_032), ("conv_2", 4_640, 33_562_624)])
    spec = chart.to_dict()
    rows = next(iter(spec["datasets"].values()))
    assert [(row["layer"], row["kind"], row["parameters"]) for row in rows] == [
        ("conv_1", "Convolution", 448),
        ("conv_1", "Dense", 50_348_032),
        ("conv_2", "Convolution", 4_640),
        ("conv_2", "Dense", 33_562_624),
    ]
