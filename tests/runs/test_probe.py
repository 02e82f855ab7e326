import numpy as np
import pytest
from safetensors.numpy import save_file

from explorer import runs
from explorer.runs.write import RunWriter

ABOUT = {"image_size": 4, "channels": 3, "class_names": ["a", "b"]}
IMAGES, LABELS = np.zeros((5, 4, 4, 3), np.uint8), np.array([0, 1, 0, 1, 1])


@pytest.fixture
def make_run(tmp_path):
    """Return a function that makes a run with these probe images."""

    def made(images, labels, about=ABOUT):
        writer = RunWriter(tmp_path / "run")
        writer.describe(name="a run", status="finished", data=about)
        writer.write_probe(images, labels)
        writer.close()
        return runs.open_run(tmp_path / "run")

    return made


def test_probe_images_come_back_with_their_labels(make_run):
    images, labels = make_run(IMAGES, LABELS).probe()
    assert np.array_equal(images, IMAGES)
    assert np.array_equal(labels, LABELS)


def test_what_a_run_does_not_say_is_not_checked(make_run):
    assert make_run(IMAGES, LABELS + 7, about={}).probe() is not None


def test_no_images_at_all_are_none(make_run):
    assert make_run(IMAGES[:0], LABELS[:0]).probe() is None


@pytest.mark.parametrize(
    ("images", "labels", "why"),
    [
        (IMAGES[:, :3], LABELS, r"shape \(3, 4, 3\)"),
        (IMAGES[..., :1], LABELS, r"shape \(4, 4, 1\)"),
        (IMAGES[0], LABELS, "labels"),
        (IMAGES, LABELS[:4], "labels"),
        (IMAGES, LABELS.astype(np.float32), "labels"),
        (IMAGES, LABELS + 1, "has 2 classes"),
        (IMAGES, LABELS - 1, "has 2 classes"),
    ],
)
def test_images_of_another_run_are_refused_with_what_to_do(make_run, images, labels, why):
    run = make_run(images, labels)
    with pytest.raises(runs.RunError, match=f"{why}.*take the file away"):
        run.probe()


@pytest.mark.parametrize("content", [b"", b"garbage", None])
def test_a_damaged_file_is_refused(make_run, content):
    run = make_run(IMAGES, LABELS)
    path = run.folder / "probe.safetensors"
    if content is None:
        save_file({"images": IMAGES}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(runs.RunError, match="cannot be used"):
        run.probe()
