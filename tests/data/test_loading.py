import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.data import DataError, ImageSet, Progress, load, open_prepared, read


def test_a_folder_and_a_zip_of_it_give_the_same_set(foldered, zipped, pets):
    one, other = load(foldered(pets)), load(zipped(pets))
    assert one.file_names == other.file_names == tuple(sorted(pets))
    assert one.class_names == other.class_names == ("cat", "dog")
    assert one.labels.tolist() == other.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert (one.images == other.images).all()
    assert one.name == other.name == "images"


def test_progress_comes_first_and_the_set_last(foldered, pets):
    *progress, last = read(foldered(pets))
    assert isinstance(last, ImageSet)
    assert {type(item) for item in progress} == {Progress}
    assert all(item.done <= item.total or not item.total for item in progress)


def test_images_are_fitted_bytes_with_the_chosen_channels(foldered, pets):
    folder = foldered(pets)
    shapes = [load(folder, image_size=10, color=c).images.shape for c in ("auto", "rgb", "grey")]
    assert shapes == [(6, 10, 10, 3), (6, 10, 10, 3), (6, 10, 10, 1)]
    assert load(folder).images.dtype == np.uint8


def test_auto_takes_one_channel_if_every_image_is_colourless(foldered, encode, rng):
    greys = {
        f"{c}/{i}.png": encode(rng.integers(0, 256, (9, 9), np.uint8)) for c in "ab" for i in "12"
    }
    assert load(foldered(greys)).images.shape[3] == 1


def test_one_coloured_image_gives_all_three_channels(foldered, encode, rng):
    grey = rng.integers(0, 256, (16, 16), np.uint8)
    contents = {"a/1.png": encode(grey), "b/1.png": encode(Image.new("RGB", (16, 16), "red"))}
    prepared = load(foldered(contents), image_size=16)
    assert (prepared.images[0] == grey[:, :, None]).all()
    assert prepared.images[1].tolist() == [[[255, 0, 0]] * 16] * 16


def test_the_second_time_comes_from_the_cache(foldered, pets, cache):
    folder = foldered(pets)
    first = load(folder)
    stamp = (cache / "data" / first.key / "set.json").stat().st_mtime_ns
    assert len(list(read(folder))) == 2
    assert (cache / "data" / first.key / "set.json").stat().st_mtime_ns == stamp
    assert (open_prepared(first.key).images == first.images).all()


def test_a_changed_folder_is_prepared_again(foldered, pets, noise):
    first = load(foldered(pets))
    second = load(foldered({"cat/new.png": noise()}))
    assert second.key != first.key
    assert len(second.images) == 7


@pytest.mark.parametrize("options", [{"image_size": 20}, {"fit": "pad"}, {"color": "grey"}])
def test_other_options_are_another_set(foldered, pets, options):
    folder = foldered(pets)
    assert load(folder, **options).key != load(folder).key


@pytest.mark.parametrize("damage", ["cut images", "cut json", "no images", "other json"])
def test_a_damaged_cache_entry_is_made_again(foldered, pets, cache, damage):
    folder = foldered(pets)
    first = load(folder)
    pixels = np.array(first.images)
    entry = cache / "data" / first.key
    images, values = entry / "images.npy", entry / "set.json"
    {
        "cut images": lambda: images.write_bytes(images.read_bytes()[:-50]),
        "cut json": lambda: values.write_text(values.read_text()[:50]),
        "no images": images.unlink,
        "other json": lambda: values.write_text(json.dumps({"layout": 1})),
    }[damage]()
    with pytest.raises(LookupError, match="Load the data again"):
        open_prepared(first.key)
    assert (load(folder).images == pixels).all()


@pytest.mark.parametrize("key", ["../../etc", "", "0123456789abcdef", "a/b"])
def test_an_unknown_key_is_a_lookup_error(key):
    with pytest.raises(LookupError):
        open_prepared(key)


def test_leaving_in_the_middle_leaves_nothing_behind(foldered, pets, cache):
    steps = read(foldered(pets))
    while next(steps).what != "Looking at images for near-copies":
        continue
    steps.close()
    assert list((cache / "data").iterdir()) == []


def test_names_and_classes_are_kept_as_plain_text(foldered, noise):
    classes = ("<script>alert(1)", "![x](http:", "caf\u00e9 \u732b")
    contents = {f"{name}/{i}.png": noise() for name in classes for i in range(2)}
    assert load(foldered(contents), name="<b>").class_names == tuple(sorted(classes))
    assert load(foldered({}), name="<b>").name == "<b>"


def test_what_happened_to_the_images_is_noted(foldered, encode):
    contents = {
        "a/1.png": encode(Image.new("RGBA", (20, 10), (255, 0, 0, 9))),
        "b/1.png": encode(Image.new("L", (300, 300), 7)),
    }
    notes = " ".join(load(foldered(contents)).notes)
    assert "1 image with transparent parts: laid on white." in notes
    assert "1 image not square: the shorter side fills the square" in notes
    assert "1 image smaller than the wanted image size: enlarged." in notes


def test_copies_share_a_group_and_count(foldered, encode, rng):
    smooth = [Image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8)) for _ in range(5)]
    images = [image.resize((64, 64), Image.Resampling.BICUBIC) for image in smooth]
    contents = {f"{'ab'[i % 2]}/{i}.png": encode(image) for i, image in enumerate(images)}
    contents["b/copy.jpg"] = encode(images[1], "JPEG")
    prepared = load(foldered(contents))
    index = {name: i for i, name in enumerate(prepared.file_names)}
    assert prepared.groups[index["b/copy.jpg"]] == prepared.groups[index["b/1.png"]]
    assert prepared.near_duplicate_share == pytest.approx(2 / 6)


def test_a_set_of_one_class_opens_but_does_not_split(foldered, noise):
    prepared = load(foldered({"set/cat/1.png": noise(), "set/cat/2.png": noise()}))
    assert prepared.class_names == ("cat",)
    with pytest.raises(DataError, match="only one class, class 'cat'"):
        prepared.split()


def test_a_class_of_one_image_is_named_when_it_is_split(foldered, pets, noise):
    prepared = load(foldered({**pets, "<b>bird</b>".replace("/", "") + "/1.png": noise()}))
    with pytest.raises(DataError, match="<b>bird<b>' has one image only"):
        prepared.split()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"image_size": 4}, "image_size is 4. It must be 8 to 256"),
        ({"image_size": 5000}, "image_size is 5000"),
        ({"color": "blue"}, "color is 'blue'. It must be one of auto, grey, rgb"),
        ({"fit": "stretch"}, "fit is 'stretch'. It must be one of crop, pad"),
    ],
)
def test_options_that_make_no_sense_are_refused(foldered, pets, options, words):
    with pytest.raises(DataError, match=words):
        load(foldered(pets), **options)


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DataError, match=r"nothing is empty. Expected one folder of images"):
        load(tmp_path / "nothing")


def test_a_cache_that_cannot_be_written_is_reported(foldered, pets, cache):
    cache.write_text("in the way")
    with pytest.raises(DataError, match="EXPLORER_CACHE"):
        load(foldered(pets))


def test_linked_class_folders_are_followed_once(foldered, pets, tmp_path):
    folder = foldered(pets)
    (folder / "cat" / "loop").symlink_to(folder)
    assert len(load(folder).images) == 6


def test_what_is_no_readable_file_is_left_out_by_name(foldered, pets):
    folder = foldered(pets)
    before = load(folder)
    (folder / "cat" / "gone.png").symlink_to("nowhere")
    (folder / "cat" / "loop.png").symlink_to("loop.png")
    os.mkfifo(folder / "dog" / "pipe.png")
    prepared = load(folder)
    assert len(prepared.images) == 6
    assert prepared.fingerprint != before.fingerprint
    reasons = {item.file: item.reason for item in prepared.skipped}
    assert sorted(reasons) == ["cat/gone.png", "cat/loop.png", "dog/pipe.png"]
    assert "No such file" in reasons["cat/gone.png"]
    assert "is no file with content" in reasons["dog/pipe.png"]


@pytest.mark.parametrize("closed", ["", "dog"])
def test_a_closed_folder_is_named(foldered, pets, closed, monkeypatch):
    """Who runs the tests may be allowed everything, so the system's answer is given here."""
    folder, scandir = foldered({**pets, "eel/0.png": b"", "eel/1.png": b""}), os.scandir

    def guarded(path):
        if Path(path) == folder / closed:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    if closed:
        skipped = {item.file: item.reason for item in load(folder).skipped}
        assert skipped["dog"] == "it cannot be read (Permission denied)"
    else:
        with pytest.raises(DataError, match=r"images cannot be read \(Permission denied\)"):
            load(folder)


def test_a_file_without_permission_is_named_without_its_number(foldered, pets, monkeypatch):
    folder, opening = foldered(pets), Path.open

    def guarded(path, *mode, **options):
        if path.suffix == ".png":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opening(path, *mode, **options)

    monkeypatch.setattr(Path, "open", guarded)
    with pytest.raises(DataError, match=r"cat/0.png \(it cannot be read \(Permission denied\)\)"):
        load(folder)


def test_an_empty_path_of_a_groups_file_is_refused(foldered, pets):
    with pytest.raises(DataError, match=r"The groups file \. cannot be read"):
        load(foldered(pets), groups="")


def test_a_source_longer_than_any_path_is_told_in_a_line():
    with pytest.raises(DataError) as refused:
        load("x" * 5000)
    assert len(str(refused.value)) < 400
