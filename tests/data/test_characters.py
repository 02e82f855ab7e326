import sys

import numpy as np
import pytest

from explorer.data.characters import CHARACTERS, draw_characters, draw_one, iter_characters

SIZE = 64


@pytest.fixture(scope="module")
def small_set():
    return draw_characters(images_per_class=30, image_size=SIZE, seed=0)


def nearest_centroid_accuracy(features, labels):
    """Classify every second image by the nearest class mean of the others."""
    centroids = np.stack([features[::2][labels[::2] == label].mean(axis=0) for label in range(9)])
    distances = ((features[1::2, None] - centroids) ** 2).sum(axis=2)
    return (distances.argmin(axis=1) == labels[1::2]).mean()


def test_there_are_nine_classes_of_equal_size(small_set):
    images, labels, class_names = small_set
    assert images.shape == (270, SIZE, SIZE, 3)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [30] * 9
    assert class_names == CHARACTERS == tuple(sorted(set(CHARACTERS)))


def test_an_image_does_not_depend_on_how_many_are_drawn(small_set):
    images, labels, _ = draw_characters(images_per_class=3, image_size=SIZE, seed=0)
    assert np.array_equal(images, small_set[0][:27])
    assert np.array_equal(labels, small_set[1][:27])


def test_another_seed_draws_other_images(small_set):
    images, _, _ = draw_characters(images_per_class=1, image_size=SIZE, seed=1)
    assert all((a != b).any() for a, b in zip(images, small_set[0], strict=False))


def test_no_two_images_are_alike(small_set):
    assert len({image.tobytes() for image in small_set[0]}) == 270


def test_colour_alone_does_not_tell_the_characters_apart(small_set):
    images, labels, _ = small_set
    mean_colors = images.mean(axis=(1, 2))
    assert nearest_centroid_accuracy(mean_colors, labels) < 0.35


def test_form_tells_the_characters_apart(small_set):
    # The average outline of a class is sharp enough to know many of its members by.
    images, labels, _ = small_set
    grey = images.mean(axis=3)
    steps = np.abs(np.diff(grey, axis=1)[:, :, :-1]) + np.abs(np.diff(grey, axis=2)[:, :-1])
    edges = steps[:, :60, :60].reshape(-1, 10, 6, 10, 6).mean(axis=(2, 4)).reshape(len(labels), -1)
    edges /= edges.mean(axis=1, keepdims=True)
    assert nearest_centroid_accuracy(edges, labels) > 0.4


def test_sizes_show_the_same_picture():
    large, small = (draw_one("rusk", np.random.default_rng(3), size) for size in (64, 32))
    reduced = large.reshape(32, 2, 32, 2, 3).mean(axis=(1, 3))
    assert large.shape == (64, 64, 3)
    assert np.abs(reduced - small).mean() < 6


def test_helper_processes_draw_the_same_images(small_set):
    images = list(iter_characters(2, SIZE, seed=0, num_helpers=2))
    assert np.array_equal(images, small_set[0][:18])


def test_without_helper_processes_the_images_are_drawn_all_the_same(small_set, monkeypatch):
    monkeypatch.setattr(sys, "executable", "no-such-program")
    images = list(iter_characters(1, SIZE, seed=0, num_helpers=2))
    assert np.array_equal(images, small_set[0][:9])


def test_progress_ends_with_all_images():
    seen = []
    draw_characters(11, 8, progress=lambda *numbers: seen.append(numbers))
    assert seen == [(90, 99), (99, 99)]


def test_an_unknown_character_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'rust'.*rusk"):
        draw_one("rust", np.random.default_rng(0))
