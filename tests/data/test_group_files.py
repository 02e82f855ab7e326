import pytest

from explorer.data import DataError, load
from explorer.data.group_files import GroupFile


@pytest.fixture
def table(tmp_path):
    def table(*lines, header="file,group"):
        path = tmp_path / "groups.csv"
        path.write_text("\n".join([header, *lines]), encoding="utf-8")
        return path

    return table


FILES = ["set/cat/1.png", "set/cat/2.png", "set/dog/1.png"]


@pytest.mark.parametrize("above", ["set/", "", "other/", "more/of/set/", "./", "set\\"])
def test_wrapper_folders_do_not_matter(table, above):
    path = table(f"{above}cat/1.png,x", f"{above}cat/2.png,y", f"{above}dog/1.png,x")
    groups, notes = GroupFile(path).match(FILES)
    assert groups.tolist() == [0, 1, 0]
    assert notes == ("groups.csv gives the group of 3 of 3 images.",)


def test_images_the_file_does_not_name_are_alone(table):
    groups, notes = GroupFile(table("cat/2.png,0", "dog/1.png,0")).match(FILES)
    assert groups.tolist() == [0, 1, 1]
    assert "2 of 3" in notes[0]


def test_lines_with_a_blank_group_or_file_do_not_count(table):
    path = table("cat/1.png, ", "cat/2.png,\t", " ,x", "dog/1.png,x,more,cells")
    groups, notes = GroupFile(path).match(FILES)
    assert groups.tolist() == [0, 1, 2]
    assert "1 of 3" in notes[0]
    assert notes[1] == "Passed over in groups.csv: 3 lines without a file or a group."


def test_lines_that_fit_no_image_are_counted(table):
    _, notes = GroupFile(table("cat/1.png,x", "cat/7.png,x", "cat/2.png,")).match(FILES)
    assert notes[1] == (
        "Passed over in groups.csv: 1 line for no single image of the set, "
        "1 line without a file or a group."
    )


def test_an_image_in_two_groups_is_refused_and_a_line_written_twice_is_not(table):
    with pytest.raises(DataError, match=r"puts 'cat/1.png' into two groups, 'x' and 'y'"):
        GroupFile(table("cat/1.png,x", "./cat/1.png,y"))
    groups, notes = GroupFile(table("cat/1.png,x", "cat/1.png,x", "dog/1.png,x")).match(FILES)
    assert groups.tolist() == [0, 1, 0]
    assert len(notes) == 1


def test_equal_names_in_train_and_test_are_told_apart(table):
    files = ["train/cat/1.png", "test/cat/1.png"]
    groups, _ = GroupFile(table("train/cat/1.png,5", "test/cat/1.png,6")).match(files)
    assert len(set(groups.tolist())) == 2


def test_a_set_takes_its_groups_from_the_file(zipped, pets, table):
    path = zipped(pets)
    prepared = load(path, groups=table("cat/0.png,1", "cat/1.png,1", "dog/2.png,2"))
    assert prepared.groups.tolist() == [0, 0, 1, 2, 3, 4]
    assert prepared.near_duplicate_share == pytest.approx(2 / 6)
    assert load(path, groups=table("cat/0.png,1")).key != prepared.key


@pytest.mark.parametrize(
    ("lines", "header", "words"),
    [
        (["bird/9.png,1"], "file,group", "names no image of the set.*'bird/9.png'.*set/cat/1.png"),
        (["cat/1.png,1"], "image,cluster", "begins with the line 'image,cluster'. Expected a CSV"),
        ([], "file,group", "no line with a file and a group"),
        ([], "", "begins with the line ''"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(table, lines, header, words):
    with pytest.raises(DataError, match=words):
        GroupFile(table(*lines, header=header)).match(FILES)


def test_a_file_that_is_no_text_or_not_there_is_refused(tmp_path):
    (tmp_path / "groups.csv").write_bytes(bytes(range(256)))
    with pytest.raises(DataError, match="not a CSV text"):
        GroupFile(tmp_path / "groups.csv")
    with pytest.raises(DataError, match="cannot be read"):
        GroupFile(tmp_path / "nowhere.csv")
