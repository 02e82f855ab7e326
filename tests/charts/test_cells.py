import base64
import io

import numpy as np
import pytest
from PIL import Image

from explorer.charts import cells, palette


def decode(url):
    data = base64.b64decode(url.partition("base64,")[2])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def rgb(color):
    return [int(color[k : k + 2], 16) for k in (1, 3, 5)]


def test_a_pixel_a_cell():
    assert decode(cells.encode(np.zeros((5, 7)), 1.0)).shape == (5, 7, 3)


@pytest.mark.parametrize(
    ("value", "color"),
    [
        (-2.0, palette.DIVERGING[0]),
        (0.0, palette.DIVERGING[5]),
        (9.0, palette.DIVERGING[-1]),
        (np.nan, palette.NOT_A_NUMBER),
        (np.inf, palette.NOT_A_NUMBER),
    ],
)
def test_colors_mark_sign_zero_and_what_is_no_number(value, color):
    assert decode(cells.encode(np.array([[value]]), 2.0))[0, 0].tolist() == rgb(color)


def test_larger_values_never_get_lower_colors(rng):
    values = np.sort(rng.normal(size=200))
    assert (np.diff(cells.indices(values[None], 1.0).astype(int)) >= 0).all()


def test_limit_of_zero_is_refused():
    with pytest.raises(ValueError, match="must be above 0"):
        cells.indices(np.zeros((1, 1)), 0.0)


@pytest.mark.parametrize(("max_cells", "every"), [(1000, 1), (200, 1), (199, 2), (20, 10)])
def test_large_matrices_keep_every_nth_row(max_cells, every):
    kept, stride = cells.thin(np.zeros((3, 20, 10)), max_cells)
    assert stride == every
    assert kept.shape[1] * kept.shape[2] <= max_cells
