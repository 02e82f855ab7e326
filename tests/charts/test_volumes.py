import pytest

from explorer.charts.volumes import drawn_layers, face_frame, volumes


def row(name, kind, *shape):
    return {"name": name, "kind": kind, "output_shape": shape, "parameters": 0}


LAYERS = [
    row("rescale", "rescale", 32, 32, 3),
    row("conv_1", "conv", 32, 32, 16),
    row("relu_1", "relu", 32, 32, 16),
    row("pool_1", "pool", 16, 16, 16),
    row("flatten", "flatten", 4096),
    row("dense_1", "dense", 64),
    row("logits", "dense", 9),
]


def extent(frame, place, face, axis):
    values = frame.loc[frame["face"] == f"{place:03d} {face}", axis]
    return values.max() - values.min()


def test_layers_that_only_pass_values_on_are_not_drawn():
    names = [layer["name"] for layer in drawn_layers(LAYERS, (32, 32, 3))]
    assert names == ["image", "conv_1", "pool_1", "dense_1", "logits"]


def test_boxes_are_to_scale():
    frame = face_frame(drawn_layers(LAYERS, (32, 32, 3)))
    height = [extent(frame, place, "front", "y") for place in range(5)]
    thickness = [extent(frame, place, "front", "x") for place in range(3)]
    assert height[1] == pytest.approx(2 * height[2])
    assert height[4] / height[3] == pytest.approx(9 / 64)
    assert thickness[0] / thickness[1] == pytest.approx(3 / 16)


def test_boxes_do_not_overlap():
    frame = face_frame(drawn_layers(LAYERS, (32, 32, 3)))
    places = frame["face"].str[:3].astype(int)
    assert (frame["x"] - places).abs().max() < 0.5


def test_every_face_has_four_corners_in_order():
    frame = face_frame(drawn_layers(LAYERS))
    assert frame.groupby("face")["corner"].apply(list).map([0, 1, 2, 3].__eq__).all()


@pytest.mark.parametrize("count", [3, 14])
def test_drawing_is_valid_from_few_to_many_layers(count):
    layers = [row(f"conv_{k}", "conv", 64 // (k + 1), 64 // (k + 1), 16) for k in range(count)]
    volumes(layers, input_shape=(64, 64, 1)).to_dict()


def test_nothing_to_draw_is_refused():
    with pytest.raises(ValueError, match="No layer to draw"):
        volumes([row("relu_1", "relu", 4, 4, 4)])
