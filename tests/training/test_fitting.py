import numpy as np
import pytest
from job_helpers import SMALL

from explorer.data import ImageSet, Split
from explorer.training.fitting import parts, probe_images
from explorer.training.spec import Recording, TrainingSpec


@pytest.mark.parametrize("steps", [1, 3, 10])
def test_the_parts_are_the_steps_still_to_do_and_only_the_first_begins_within_an_epoch(steps):
    planned = 4 * steps
    for first in range(planned + 1):
        cuts = parts(first, planned, steps)
        done = [step for begin, end in cuts for step in range(begin, end)]
        assert done == list(range(first, planned))
        assert all(begin % steps == 0 for begin, _ in cuts[1:])
        assert all(end % steps == 0 for _, end in cuts)


def test_probe_images_are_unseen_and_of_all_classes_alike():
    labels = np.array([0] * 40 + [1] * 40 + [2] * 40)
    images = image_set(labels)
    split = Split(np.arange(0, 120, 2), np.arange(1, 120, 2))
    spec = TrainingSpec(**SMALL | {"recording": Recording(probe_images=10)})
    pixels, chosen = probe_images(images, split, spec)
    assert set(pixels[:, 0, 0, 0].tolist()) <= set(split.validation.tolist())
    assert sorted(np.bincount(chosen).tolist()) == [3, 3, 4]
    assert np.array_equal(labels[pixels[:, 0, 0, 0]], chosen)


def image_set(labels):
    """Make images whose pixels tell their index."""
    count = len(labels)
    pixels = np.arange(count, dtype=np.uint8)[:, None, None, None]
    return ImageSet(
        name="Three",
        source="",
        images=np.broadcast_to(pixels, (count, 8, 8, 1)),
        labels=labels,
        class_names=("a", "b", "c"),
        groups=np.arange(count),
        file_names=tuple(map(str, range(count))),
        skipped=(),
        notes=(),
        fit="crop",
        fingerprint="",
        key="",
    )
