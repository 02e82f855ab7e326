import subprocess
import sys

import pytest

from explorer.models.architectures import (
    ARCHITECTURES,
    DEFAULTS,
    Network,
    design,
    largest_depth,
    layer_table,
)


def network(name="article", **options):
    return Network(name, **{"image_size": 32, "channels": 3, "num_classes": 10, **options})


def test_the_articles_network_is_convolution_and_pooling_then_two_dense_layers():
    kinds = [layer.kind for layer in design(network(depth=2))]
    assert kinds == ["rescale", "conv", "pool", "conv", "pool", "flatten", "dense", "dense"]


def test_filters_double_with_every_block():
    rows = layer_table(network("article", filters=8, depth=3))
    assert [row["output_shape"][-1] for row in rows if row["kind"] == "conv"] == [8, 16, 32]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_layer_names_are_unique_and_end_with_the_logits(name):
    names = [layer.name for layer in design(network(name, dropout=0.5))]
    assert len(set(names)) == len(names)
    assert (names[0], names[-2:]) == ("rescale", ["dropout_1", "logits"])


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_no_dropout_means_no_dropout_layer(name):
    assert "dropout" not in [layer.kind for layer in design(network(name))]


def test_the_layer_table_counts_a_small_network_by_hand():
    rows = layer_table(Network("article", 4, 1, 2, filters=3, kernel_size=3, depth=1))
    assert [(row["name"], row["output_shape"], row["parameters"]) for row in rows] == [
        ("rescale", (4, 4, 1), 0),
        ("conv_1", (4, 4, 3), 30),
        ("pool_1", (2, 2, 3), 0),
        ("flatten", (12,), 0),
        ("dense_1", (64,), 832),
        ("logits", (2,), 130),
    ]
    assert rows[1]["memory_bytes"] == 4 * 4 * 4 * 3


@pytest.mark.parametrize("name", ["article", "compact"])
@pytest.mark.parametrize("image_size", [8, 31, 32, 64])
def test_the_largest_depth_fits_and_one_more_does_not(name, image_size):
    depth = largest_depth(name, image_size)
    rows = layer_table(network(name, filters=1, image_size=image_size, depth=depth))
    assert all(min(row["output_shape"]) >= 1 for row in rows)
    with pytest.raises(ValueError, match=f"at most {depth},"):
        network(name, image_size=image_size, depth=depth + 1)


def test_a_depth_that_is_too_large_names_the_image_size_that_fits():
    with pytest.raises(ValueError, match="image size of at least 64"):
        network("article", image_size=48, depth=6)
    assert network("article", image_size=64, depth=6).depth == 6


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_defaults_fit_the_smallest_usual_images(name):
    assert layer_table(network(name, image_size=28, channels=1, **DEFAULTS[name]))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": "resnet"}, "Choose one of article, compact, dense"),
        ({"channels": 4}, "4 channels"),
        ({"filters": 0}, "filters is 0"),
        ({"kernel_size": 2.5}, "whole number"),
        ({"num_classes": 1}, "num_classes is 1"),
        ({"dropout": 1.0}, "dropout is 1.0"),
    ],
)
def test_what_cannot_be_built_is_refused_with_a_reason(options, words):
    with pytest.raises(ValueError, match=words):
        network(**options)


def test_the_layer_table_does_not_load_tensorflow():
    code = (
        "import sys, explorer.models.architectures, explorer.training.lengths;"
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("image_size", "convolutions"), [(47, (2, 2)), (48, (1, 2, 2))])
def test_the_compact_network_halves_large_images_after_one_convolution(image_size, convolutions):
    table = layer_table(network("compact", image_size=image_size, filters=4, depth=2))
    found, filters = [0], [[]]
    for row in table:
        if row["kind"] == "pool":
            found.append(0)
            filters.append([])
        if row["kind"] == "conv":
            found[-1] += 1
            filters[-1].append(row["output_shape"][-1])
    assert tuple(found) == convolutions
    assert filters[-2:] == [[4, 4], [8, 8]]
    assert filters[0][0] == 4


def test_the_first_block_of_large_images_pools_before_it_normalises():
    kinds = [row["kind"] for row in layer_table(network("compact", image_size=48, filters=4))]
    assert kinds[1:6] == ["conv", "pool", "norm", "relu", "conv"]
    assert kinds.count("pool") == 3
