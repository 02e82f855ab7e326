import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from explorer.data.duplicates import find_groups


def groups_of(images):
    steps = find_groups(np.asarray(images))
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def blots(rng, number=12):
    """Draw soft shapes on a ground: smooth, like photographs."""
    image = Image.new("RGB", (64, 64), tuple(rng.integers(0, 256, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(number):
        x, y, width, height = rng.integers(0, 60, 4).tolist()
        draw.ellipse((x, y, x + width, y + height), fill=tuple(rng.integers(0, 256, 3).tolist()))
    return image.filter(ImageFilter.GaussianBlur(1))


def compressed(image):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=40)
    return Image.open(buffer)


def brighter(image):
    return image.point(lambda value: value * 0.7 + 40)


def smaller(image):
    return image.resize((48, 48)).resize((64, 64))


@pytest.mark.parametrize("change", [compressed, brighter, smaller])
def test_changed_copies_are_found(rng, change):
    originals = [blots(rng) for _ in range(40)]
    groups = groups_of([np.asarray(i) for i in [*originals, *map(change, originals)]])
    assert np.mean(groups[:40] == groups[40:]) >= 0.95


def test_different_images_stay_apart(rng):
    groups = groups_of([np.asarray(blots(rng)) for _ in range(300)])
    assert len(set(groups)) == 300


def test_one_background_does_not_make_copies(rng):
    backdrop = blots(rng, 30)
    images = []
    for _ in range(100):
        image = backdrop.copy()
        image.paste(blots(rng).resize((36, 36)), tuple(rng.integers(0, 28, 2).tolist()))
        images.append(np.asarray(image))
    assert len(set(groups_of(images))) == 100


def test_a_common_horizon_does_not_make_copies(rng):
    sky = np.where(np.arange(64)[:, None, None] < 30, 220.0, 60.0) + np.zeros((64, 64, 3))
    images = [sky + np.asarray(blots(rng)).astype(float) * 0.06 for _ in range(60)]
    assert len(set(groups_of(np.array(images).clip(0, 255).astype(np.uint8)))) == 60


@pytest.mark.parametrize("value", [0, 255])
def test_images_without_contrast_are_copies_of_nothing(value):
    assert groups_of(np.full((4, 32, 32, 1), value, np.uint8)).tolist() == [0, 1, 2, 3]


def test_copies_across_blocks_are_found(rng, monkeypatch):
    monkeypatch.setattr("explorer.data.duplicates.ROWS", 7)
    images = [np.asarray(blots(rng)) for _ in range(20)]
    assert groups_of([*images, *images]).tolist() == [*range(20), *range(20)]


def test_groups_are_numbered_in_the_order_of_their_first_images(rng):
    one, two, three = (np.asarray(blots(rng)) for _ in range(3))
    assert groups_of([one, two, two, three, one, three]).tolist() == [0, 1, 1, 2, 0, 2]


def test_thousands_of_copies_of_one_image_are_one_group(rng):
    noise = rng.integers(-2, 3, (3000, 16, 16, 1))
    still = rng.integers(20, 230, (16, 16, 1)) + noise
    assert set(groups_of(still.astype(np.uint8))) == {0}


def test_no_images_make_no_groups():
    assert groups_of(np.zeros((0, 8, 8, 3), np.uint8)).tolist() == []
