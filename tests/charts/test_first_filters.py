import numpy as np

from explorer.charts.first_filters import IN_ROW, first_filters


def test_equal_weights_have_equal_colours_in_both(rng):
    kernel = rng.normal(size=(3, 3, 1, 4))
    (sheets,) = first_filters({"c/kernel": kernel}, {"c/kernel": kernel * [1, 1, 1, 5]})
    a, b = sheets.pictures
    np.testing.assert_array_equal(a[:, :11], b[:, :11])
    assert not np.array_equal(a[:, 12:], b[:, 12:])


def test_only_filters_that_see_the_image_are_drawn(rng):
    weights = {
        "conv_1/kernel": rng.normal(size=(3, 3, 3, 4)),
        "conv_1/bias": np.zeros(4),
        "conv_2/kernel": rng.normal(size=(3, 3, 4, 4)),
        "logits/kernel": rng.normal(size=(4, 4)),
    }
    (sheets,) = first_filters(weights, weights)
    assert sheets.tensor == "conv_1/kernel"
    assert "grey is 0" in sheets.words


def test_a_network_without_such_filters_leaves_its_place_empty(rng):
    kernel = rng.normal(size=(5, 5, 1, 4))
    (sheets,) = first_filters({"conv_1/kernel": kernel}, {"conv_1/kernel": np.zeros((4, 4))})
    assert sheets.pictures[1] is None
    (sheets,) = first_filters({}, {"conv_1/kernel": kernel})
    assert sheets.pictures[0] is None


def test_filters_of_other_sizes_stand_in_rows_of_eight(rng):
    pair = [{"conv_1/kernel": rng.normal(size=(size, size, 1, 20))} for size in (3, 5)]
    (sheets,) = first_filters(*pair)
    assert [picture.shape[1] for picture in sheets.pictures] == [IN_ROW * 4 - 1, IN_ROW * 6 - 1]


def test_what_is_not_a_number_is_drawn_and_does_not_stretch_the_scale(rng):
    kernel = rng.normal(size=(3, 3, 1, 4))
    broken = kernel.copy()
    broken[0, 0, 0, 0] = np.nan
    broken[0, 0, 0, 1] = np.inf
    (sheets,) = first_filters({"c/kernel": kernel}, {"c/kernel": broken})
    a, b = sheets.pictures
    assert (a != b).any(axis=2).sum() == 2
