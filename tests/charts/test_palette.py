import numpy as np

from explorer.charts import palette


def test_diverging_scale_runs_through_its_colors():
    lookup = palette.diverging_lookup(len(palette.DIVERGING))
    written = ["#{:02x}{:02x}{:02x}".format(*color) for color in lookup]
    assert written == list(palette.DIVERGING)


def test_zero_is_the_lightest_color():
    lookup = palette.diverging_lookup(127).astype(int)
    assert np.argmax(lookup.sum(axis=1)) in range(60, 67)
