import base64
import io

import numpy as np
import pytest
from PIL import Image

from explorer.analysis.timeline import align
from explorer.charts import evidence, history, pair, palette

NAMES = ["anvil", "*pip*", "owl", "squill", "rusk", "whorl", "nimbus"]
STEPS = np.array([0, 4, 20])


def made(rng, names=NAMES, **changes):
    logits = rng.normal(size=(3, len(names)))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    image = rng.integers(0, 256, (8, 8, 3)).astype(np.uint8)
    known = {
        "steps": STEPS,
        "class_names": names,
        "probabilities": shares,
        "image": image,
        "maps": rng.uniform(size=(3, 2, 2)).astype(np.float32),
    }
    return history.History(**{**known, **changes})


def spec_of(histories, chosen="owl", width=1000):
    frame = pair.Frame(["A: one", "B: two"][: len(histories)], width, align([STEPS]))
    return history.history_chart(histories, frame, chosen=chosen).to_dict()


def pixels(url):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB"))


def texts(value):
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in texts(part)]
    return [value] if isinstance(value, str) else []


def test_the_chosen_class_comes_first_and_the_others_by_their_highest_probability():
    shares = np.array([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]])
    one = history.History(STEPS[:2], ["a", "b", "c"], shares, np.zeros((2, 2, 1), np.uint8))
    assert history.best_few([one], "b") == ["b", "c", "a"]


def test_classes_of_both_runs_count_and_no_more_are_drawn_than_have_a_colour(rng):
    a = made(rng)
    b = made(rng, ["owl", "cat"], probabilities=np.array([[0.0, 1.0]] * 3))
    names = history.best_few([a, b], "owl")
    assert names[:2] == ["owl", "cat"]
    assert len(names) == len(set(names)) == len(history.CLASS_COLORS)


def test_every_probability_is_a_point_but_those_of_steps_without_numbers(rng):
    shares = np.array([[0.25, 0.75], [np.nan, np.nan], [0.5, 0.5]])
    rows = history.line_frame(made(rng, ["a", "b"], probabilities=shares), ["b", "x", "a"])
    assert rows.to_dict("list") == {
        "s": [0, 0, 20, 20],
        "p": [0.75, 0.25, 0.5, 0.5],
        "c": ["b", "a", "b", "a"],
    }


def test_a_picture_a_checkpoint_and_the_image_are_in_the_chart_of_each_run(rng):
    spec = spec_of([made(rng), made(rng)])
    assert len([text for text in texts(spec) if text.startswith("data:image/png")]) == 2 * (3 + 1)


def test_a_network_without_feature_maps_has_lines_alone(rng):
    spec = spec_of([made(rng, maps=None)])
    assert len(spec["vconcat"]) == 1
    assert not [text for text in texts(spec) if text.startswith("data:")]


def test_one_run_has_its_evidence_beside_its_lines_and_two_have_it_below(rng):
    (row,) = spec_of([made(rng)])["vconcat"]
    assert len(row["hconcat"]) == 2
    assert [len(row["hconcat"]) for row in spec_of([made(rng), made(rng)])["vconcat"]] == [2, 2]
    assert len(spec_of([made(rng)], width=340)["vconcat"]) == 2


def test_pictures_leave_the_room_of_the_axis_of_the_lines_so_that_they_stand_below(rng):
    spec = spec_of([made(rng), made(rng)])
    rooms = [axis["minExtent"] for axis in axes(spec) if "minExtent" in axis]
    assert len(set(rooms)) == 1
    assert len(rooms) >= 2 * (1 + 2)


def axes(value):
    if isinstance(value, list):
        return [axis for part in value for axis in axes(part)]
    if not isinstance(value, dict):
        return []
    found = [value["axis"]] if isinstance(value.get("axis"), dict) else []
    return found + [axis for part in value.values() for axis in axes(part)]


def test_one_slider_moves_everything(rng):
    spec = spec_of([made(rng), made(rng)])
    bound = [param["bind"]["input"] for param in spec["params"] if "bind" in param]
    assert sorted(bound) == ["checkbox", "range"]


@pytest.mark.parametrize(
    ("maps", "words"),
    [
        (np.zeros((3, 2, 2)), "no evidence for it"),
        (np.full((3, 2, 2), np.nan), "not a number"),
        (np.full((3, 2, 2), 0.5), "highest 0.5 of 2 × 2 places"),
    ],
)
def test_the_caption_says_what_the_map_found(rng, maps, words):
    found = [text for text in texts(spec_of([made(rng, maps=maps)])) if "step 4" in text]
    assert any(words in text for text in found)


def test_the_scale_ends_at_the_highest_finite_value_of_all_steps():
    maps = np.array([[[0.5]], [[np.nan]], [[3.0]], [[np.inf]]])
    assert history.highest(maps) == 3
    assert history.highest(np.zeros((2, 1, 1))) == 1


def test_without_evidence_the_image_is_grey_and_at_the_limit_it_takes_the_colour():
    image = np.full((4, 4, 3), (200, 100, 0), np.uint8)
    none, most, half = evidence.pictures(image, np.array([[[0.0]], [[2.0]], [[1.0]]]), limit=2.0)
    grey = round(0.299 * 200 + 0.587 * 100)
    assert (pixels(none) == grey).all()
    full = np.array([int(palette.HIGHLIGHT[k : k + 2], 16) for k in (1, 3, 5)])
    expected = grey + (full - grey) * evidence.STRONGEST
    assert np.abs(pixels(most) - expected).max() <= 1
    assert np.abs(pixels(half) - (grey + expected) / 2).max() <= 1


def test_the_image_alone_stays_as_it_is(rng):
    image = rng.integers(0, 256, (5, 5, 3)).astype(np.uint8)
    assert np.array_equal(pixels(evidence.pictures(image)[0]), image)
    grey = image[..., :1]
    assert np.array_equal(pixels(evidence.pictures(grey)[0])[..., 1:2], grey)


def test_evidence_lies_where_the_map_has_it():
    image = np.zeros((8, 8, 1), np.uint8)
    (picture,) = evidence.pictures(image, np.array([[[1.0, 0.0], [0.0, 0.0]]]))
    light = pixels(picture).sum(axis=2)
    assert light[0, 0] == light.max() > 0
    assert light[4:, 4:].max() < light[:4, :4].max() / 4


def test_a_map_that_is_no_number_hides_the_image():
    image = np.zeros((4, 4, 3), np.uint8)
    (picture,) = evidence.pictures(image, np.full((1, 2, 2), np.nan))
    assert len(np.unique(pixels(picture).reshape(-1, 3), axis=0)) == 1
    assert pixels(picture).max() > 0
