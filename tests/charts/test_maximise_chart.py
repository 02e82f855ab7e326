import numpy as np
import pytest

from explorer.charts.maximise import GAP, LABEL_HEIGHT, strip, strip_frame, times


@pytest.fixture
def pictures(rng):
    return rng.integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)


def framed(pictures, width):
    count = len(pictures)
    return strip_frame(pictures, [f"step {k}" for k in range(count)], ["dead"] * count, width=width)


@pytest.mark.parametrize(("width", "columns"), [(10_000, 5), (300, 2), (268, 2), (267, 1), (50, 1)])
def test_pictures_fill_rows_as_wide_as_the_page(pictures, width, columns):
    frame = framed(pictures, width)
    assert frame["left"].nunique() == columns
    assert frame["right"].max() <= max(width, 50)
    assert frame["top"].nunique() == -(-len(pictures) // columns)


def test_no_picture_covers_another_or_its_words(pictures):
    frame = framed(pictures, 300)
    assert (frame["right"] - frame["left"] == 128).all()
    for _, row in frame.groupby("top"):
        assert (row["left"].diff().dropna() == 128 + GAP).all()
    tops = np.unique(frame["top"])
    assert (np.diff(tops) == 128 + LABEL_HEIGHT + GAP).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_the_chart_is_as_large_as_what_stands_in_it(pictures, channels):
    frame = framed(pictures[..., :channels], 300)
    spec = strip(frame).to_dict()
    sizes = [spec[name] for name in ("width", "height")]
    assert sizes == [frame["right"].max(), frame["bottom"].max() + LABEL_HEIGHT]
    assert frame["url"].str.startswith("data:image/png;base64,").all()


@pytest.mark.parametrize(("size", "expected"), [(8, 16), (32, 4), (100, 1), (224, 1)])
def test_pictures_are_enlarged_by_whole_numbers(size, expected):
    assert times(size) == expected
