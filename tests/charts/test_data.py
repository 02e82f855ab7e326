import numpy as np

from explorer.charts.data import class_balance, class_frame

LABELS = np.array([0, 0, 0, 1, 1, 2])


def test_every_image_of_the_split_is_counted_once():
    frame = class_frame(LABELS, list("abcd"), train=[0, 1, 3, 5], validation=[2, 4])
    assert frame["images"].sum() == 6
    assert frame[frame["name"] == "a"]["images"].tolist() == [2, 1]
    assert frame[frame["name"] == "d"]["images"].tolist() == [0, 0]


def test_shares_of_a_class_add_up_to_one():
    frame = class_frame(LABELS, list("abc"), train=[0, 1, 3, 5], validation=[2, 4])
    assert np.allclose(frame.groupby("name")["share"].sum(), 1)


def test_classes_keep_their_order_and_names_are_data():
    names = ["b", "a", "<script>"]
    chart = class_balance(LABELS, names, train=[0, 3], validation=[1]).to_dict()
    assert chart["encoding"]["y"]["sort"] == names


def test_without_a_split_there_is_one_part():
    assert set(class_frame(LABELS, list("abc"))["part"]) == {"Training"}
    class_balance(LABELS, list("abc")).to_dict()
