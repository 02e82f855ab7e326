import pytest

from explorer.data.members import choose_images


def classes(*names):
    return choose_images(dict.fromkeys(names, 100))[0]


@pytest.mark.parametrize("above", ["", "set/", "a/b/c/"])
def test_the_class_is_the_folder_above_the_image(above):
    found = classes(f"{above}cat/1.png", f"{above}dog/x.JPG")
    assert list(found.values()) == ["cat", "dog"]


def test_train_and_test_folders_of_one_class_merge():
    names = [f"set/{part}/{name}/1.png" for part in ("train", "test") for name in ("cat", "dog")]
    assert sorted(set(classes(*names).values())) == ["cat", "dog"]


def test_images_beside_class_folders_are_stray():
    images, skipped = choose_images(
        dict.fromkeys(["top.png", "set/logo.png", "set/cat/1.png", "set/dog/1.png"], 100)
    )
    assert list(images) == ["set/cat/1.png", "set/dog/1.png"]
    assert [item.file for item in skipped] == ["set/logo.png", "top.png"]
    assert "beside the class folders" in skipped[0].reason


def test_files_of_the_system_are_left_out_without_a_word():
    names = ["__MACOSX/cat/._1.png", "cat/.DS_Store", "cat/Thumbs.db", ".git/x.png", "cat/1.png"]
    assert choose_images(dict.fromkeys(names, 100)) == ({"cat/1.png": "cat"}, [])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cat/notes.txt", ".txt file is not an image"),
        ("cat/more.zip", "archive inside is not opened"),
        ("cat/drawing.svg", "drawing, not pixels; save it as PNG"),
        ("cat/phone.heic", "save it as PNG or JPEG"),
        ("cat/README", "without an ending"),
    ],
)
def test_other_files_are_named_with_the_reason(name, words):
    (skipped,) = choose_images({name: 100})[1]
    assert skipped.file == name
    assert words in skipped.reason


def test_a_huge_file_is_left_out():
    (skipped,) = choose_images({"cat/1.png": 30_000_000})[1]
    assert "30 MB; at most 10 MB" in skipped.reason


def test_class_names_are_plain_text_in_one_spelling():
    found = classes("cafe\u0301/1.png", "caf\u00e9/2.png", "<b>![x](y)/1.png", "tab\there/1.png")
    assert sorted(set(found.values())) == ["<b>![x](y)", "caf\u00e9", "tab here"]


def test_long_class_names_are_cut_but_stay_apart():
    found = set(classes(f"{'x' * 70}1/a.png", f"{'x' * 70}2/a.png").values())
    assert len(found) == 2
    assert max(map(len, found)) <= 64


@pytest.mark.parametrize(
    "below",
    [["pets/cat/1.png", "pets/dog/1.png"], ["pets/cat/1.png", "pets/cat/2.png", "pets/cat/3.png"]],
)
def test_a_folder_with_images_enough_of_its_own_is_a_class(below):
    classes, skipped = choose_images(dict.fromkeys(["pets/1.png", "pets/2.png", *below], 9))
    assert classes["pets/1.png"] == "pets"
    assert skipped == []
