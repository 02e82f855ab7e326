import numpy as np
import pytest

from explorer import data
from explorer.ui.loading import SETS_KEPT, DataChoice, ImageSets

IMAGES = data.ImageSet(
    name="none", source="", images=np.zeros((0, 8, 8, 1), np.uint8), labels=np.zeros(0, int),
    class_names=(), groups=np.zeros(0, int), file_names=(), skipped=(), notes=(), fit="crop",
    fingerprint="", key="",
)  # fmt: skip


def choice(source="/pictures", groups=None):
    return DataChoice(source, 32, "auto", "crop", groups)


@pytest.mark.parametrize(
    ("source", "seconds", "is_known"),
    [("/pictures", 60.0, True), ("/pictures", 0.0, False), ("digits", 0.0, True)],
)
def test_files_are_looked_at_again_after_a_while_and_named_sets_are_not(source, seconds, is_known):
    sets = ImageSets(most_seconds=seconds)
    assert sets.get(choice(source)) is None
    sets.put(choice(source), IMAGES)
    assert (sets.get(choice(source)) is IMAGES) is is_known
    assert sets.get(choice(source, groups="groups.csv")) is None


def test_the_sets_looked_at_last_are_kept():
    sets = ImageSets()
    for number in range(SETS_KEPT):
        sets.put(choice(f"/{number}"), IMAGES)
    sets.get(choice("/0"))
    sets.put(choice("/new"), IMAGES)
    assert sets.get(choice("/1")) is None
    assert sets.get(choice("/0")) is sets.get(choice("/new")) is IMAGES
