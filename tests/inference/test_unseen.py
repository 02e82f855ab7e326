import shutil

import numpy as np
import pytest
from PIL import Image

from explorer import data, runs
from explorer.inference import unseen
from explorer.inference.unseen import unseen_images
from explorer.runs.write import RunWriter, update_description
from explorer.training.spec import TrainingSpec
from explorer.training.worker import describe_data


def told(share, words):
    assert 0 <= share <= 1
    assert words


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def described(tmp_path):
    """Return a function that makes a run which knows its images, as training leaves it."""

    def make(source, *, image_size=8, color="auto", seed=0, name="run", share=0.3):
        spec = TrainingSpec(
            data=str(source),
            image_size=image_size,
            color=color,
            seed=seed,
            validation_share=share,
            name=name,
        )
        images = data.load(source, image_size=image_size, color=color)
        split = images.split(validation_share=share, seed=seed)
        folder = runs.new_folder(tmp_path / "runs")
        about = describe_data(images, split, spec)
        update_description(folder, name=name, spec=spec.to_dict(), data=about)
        return runs.open_run(folder)

    return make


@pytest.fixture
def pictures(tmp_path, rng):
    """Return a function that writes a folder of class folders of noise, or of given pixels."""

    def write(folder, counts, pixels=None):
        made = []
        for name, count in counts.items():
            (tmp_path / folder / name).mkdir(parents=True, exist_ok=True)
            for number in range(count):
                noise = rng.integers(0, 256, (16, 16, 3), np.uint8)
                made.append(pixels[len(made)] if pixels is not None else noise)
                Image.fromarray(made[-1]).save(tmp_path / folder / name / f"{number}.png")
        return tmp_path / folder, made

    return write


def of(run):
    images = data.open_prepared(run.data["key"])
    return images, images.split(
        validation_share=run.spec["validation_share"], seed=run.spec["seed"]
    )


def test_one_split_gives_its_validation_part(described):
    run = described("digits")
    found = unseen_images(run, run, told)
    images, split = of(run)
    np.testing.assert_array_equal(found.pixels_a, images.images[split.validation])
    assert found.pixels_b is found.pixels_a
    names = [images.class_names[label] for label in images.labels[split.validation]]
    assert found.class_names.tolist() == names
    assert (found.sets, found.places[:, 1].tolist()) == ((images.key,), split.validation.tolist())
    assert found.notes == ()


def test_the_images_for_statistics_are_training_images(described):
    run = described("digits")
    images, split = of(run)
    seen = {images.images[row].tobytes() for row in split.train}
    found = unseen_images(run, run, told).training
    assert len(found) == unseen.MOST_TRAINING
    assert {one.tobytes() for one in found} <= seen


def test_of_two_splits_only_images_unseen_by_both_are_used(described):
    a, b = described("digits", seed=0), described("digits", seed=1)
    chosen = set(unseen_images(a, b, told).places[:, 1].tolist())
    parts = [of(run)[1] for run in (a, b)]
    assert chosen == set(parts[0].validation.tolist()) & set(parts[1].validation.tolist())
    assert not chosen & set(parts[0].train.tolist())
    assert not chosen & set(parts[1].train.tolist())
    assert len(chosen) > 50


def test_each_network_gets_the_images_as_it_was_trained_on_them(described, pictures):
    source, _ = pictures("pets", {"cat": 20, "dog": 20})
    a = described(source, image_size=8)
    b = described(source, image_size=16, color="grey", seed=1)
    found = unseen_images(a, b, told)
    assert found.pixels_a.shape[1:] == (8, 8, 3)
    assert found.pixels_b.shape[1:] == (16, 16, 1)
    images_b, split_b = of(b)
    for pixels, place in zip(found.pixels_b, found.places[:, 1], strict=True):
        assert place in split_b.validation
        np.testing.assert_array_equal(pixels, images_b.images[place])
    assert "prepared differently" in found.notes[0]


def test_of_different_images_each_run_adds_what_it_left_out(described, pictures):
    one, _ = pictures("one", {"cat": 12, "dog": 12})
    two, _ = pictures("two", {"dog": 12, "owl": 12})
    a, b = described(one, image_size=8), described(two, image_size=16)
    found = unseen_images(a, b, told)
    validation = [of(run)[1].validation for run in (a, b)]
    assert len(found.class_names) == len(validation[0]) + len(validation[1])
    assert set(found.class_names) == {"cat", "dog", "owl"}
    assert found.pixels_a.shape[1:] == (8, 8, 3)
    assert found.pixels_b.shape[1:] == (16, 16, 3)
    for pixels, (which, place) in zip(found.pixels_a, found.places, strict=True):
        prepared = data.open_prepared(found.sets[which])
        np.testing.assert_array_equal(pixels, prepared.images[place])
    assert "different images" in found.notes[0]


def test_copies_that_the_other_run_was_trained_on_are_no_unseen_images(described, pictures):
    one, made = pictures("one", {"cat": 12, "dog": 12})
    copies, _ = pictures("two", {"cat": 12, "dog": 12}, made)
    pictures("two", {"owl": 6})
    a, b = described(one, seed=0), described(copies, seed=1)
    seen = {
        images.images[row].tobytes() for images, split in map(of, (a, b)) for row in split.train
    }
    found = unseen_images(a, b, told)
    assert len(found.pixels_a) > 0
    assert not {pixels.tobytes() for pixels in found.pixels_a} & seen


def test_images_gone_from_the_cache_are_prepared_again(described, cache):
    run = described("digits")
    before = unseen_images(run, run, told)
    shutil.rmtree(cache / "data")
    after = unseen_images(run, run, told)
    np.testing.assert_array_equal(after.pixels_a, before.pixels_a)


def test_images_gone_for_good_are_named(described, pictures, cache):
    source, _ = pictures("pets", {"cat": 6, "dog": 6})
    run = described(source, name="Pets")
    shutil.rmtree(cache / "data")
    shutil.rmtree(source)
    with pytest.raises(data.DataError, match=r"'Pets' are not in the cache .* cannot be prepared"):
        unseen_images(run, run, told)


def test_changed_images_are_refused(described, pictures, cache):
    source, _ = pictures("pets", {"cat": 6, "dog": 6})
    run = described(source)
    shutil.rmtree(cache / "data")
    pictures("pets", {"cat": 1})
    with pytest.raises(data.DataError, match="have changed"):
        unseen_images(run, run, told)


def test_two_runs_that_saw_everything_between_them_cannot_be_compared(described, pictures):
    source, _ = pictures("pets", {"cat": 3, "dog": 3})
    made = [described(source, seed=seed) for seed in range(8)]
    left_out = [set(of(run)[1].validation.tolist()) for run in made]
    other = next(k for k, rows in enumerate(left_out) if not rows & left_out[0])
    with pytest.raises(data.DataError, match="no image that both 'run' and 'run' left out"):
        unseen_images(made[0], made[other], told)


def test_of_very_many_images_the_same_sample_is_used_every_time(described, monkeypatch):
    run = described("digits")
    every = unseen_images(run, run, told)
    monkeypatch.setattr(unseen, "MOST_IMAGES", 50)
    first, second = (unseen_images(run, run, told) for _ in range(2))
    assert first.places.tolist() == second.places.tolist()
    assert len(first.places) == len(np.unique(first.places[:, 1])) == 50
    assert first.notes == (f"50 of {len(every.places)} unseen images are used.",)


@pytest.mark.parametrize(("kept", "why"), [(True, "script of its own"), (False, "has not begun")])
def test_a_run_that_tells_nothing_of_its_images_is_refused_with_the_reason(tmp_path, kept, why):
    folder = runs.new_folder(tmp_path)
    update_description(folder, name="Mine")
    if kept:
        RunWriter(folder).write_checkpoint(0, {"kernel": np.zeros((3, 3, 1, 2), np.float32)})
    run = runs.open_run(folder)
    with pytest.raises(runs.RunError, match=why):
        unseen_images(run, run, told)
