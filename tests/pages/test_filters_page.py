import io
import json
import struct
import zlib
from collections import OrderedDict

import numpy as np
import pytest
from PIL import Image

from explorer.charts.palette import RUN_A, RUN_B
from explorer.data.decode import decode_image
from explorer.inference import given
from explorer.inference.request import CANCELLED, FAILED, Request
from explorer.runs.write import RunWriter
from explorer.training.spec import TrainingSpec
from explorer.ui.asking import ANSWERS, REQUESTS
from explorer.ui.text import plain

NAMES = ["anvil", "*pip*", "owl"]
SIZE = 8
LOGITS = np.log(np.array([0.1, 0.7, 0.2], np.float32))
RISING = np.array([[1, 2], [3, 4]])
MEASURED = {
    "unlikeness": np.array([0.5]),
    "threshold": np.array(0.2),
    "num_measured": np.array(300),
    "num_flagged": np.array(14),
    "from_training": np.array(True),
}


@pytest.fixture
def make_run(root):
    """Return a function that makes a run whose checkpoints only the answers tell about."""

    def made(run_id="one", steps=(0, 4, 9), probe=False, **changes):
        writer = RunWriter(root / run_id)
        about = {"name": "Toys", "class_names": NAMES, "channels": 3, "image_size": SIZE}
        about |= {"fit": "crop", "fingerprint": "f", "key": "0" * 32, **changes}
        spec = TrainingSpec(data="digits").to_dict()
        writer.describe(name=run_id, status="finished", spec=spec, data=about)
        for step in steps:
            writer.write_checkpoint(step, {"logits/bias": np.zeros(3)})
        if probe:
            images = np.arange(2 * SIZE * SIZE * 3).reshape(2, SIZE, SIZE, 3) % 256
            writer.write_probe(images.astype(np.uint8), np.array([1, 2]))
        return root / run_id

    return made


@pytest.fixture
def opened(open_page):
    """Return a function that opens the page with files given and answers that are known."""

    def opened(*files, answers=(), requests=(), **query):
        known = OrderedDict((key_of(kind, asked), found) for kind, asked, found in answers)
        state = {ANSWERS: known, REQUESTS: dict(requests)}
        app = open_page("filters", state=state, **query)
        if files:
            app.file_uploader[0].set_value(list(files)).run()
        assert not app.exception, app.exception
        return app

    return opened


def key_of(kind, asked):
    return json.dumps([kind, asked], sort_keys=True)


def kept(content):
    return given.keep(decode_image(content, image_size=SIZE, channels=3))


def answered(folder, *contents, logits=LOGITS, measured=MEASURED, step=9):
    """Return the answers of a network to images."""
    asked = {"network": {"run": str(folder), "step": step}, "images": [*map(kept, contents)]}
    count = len(contents)
    found = {**measured, "unlikeness": np.repeat(measured["unlikeness"], count)} if measured else {}
    return [
        ("classify_given", asked, {"logits": np.stack([logits] * count)}),
        ("unlike", asked, found),
    ]


def history_of(folder, content, *, label=None, maps=RISING, steps=(0, 4, 9)):
    asked = {"run": str(folder), "image": kept(content), "steps": list(steps), "label": label}
    found = {"logits": np.stack([LOGITS] * len(steps)), "label": np.array(1)}
    found["steps"] = np.array(steps)
    if maps is None:
        return ("history", asked, found)
    over_steps = np.stack([RISING] + [maps] * (len(steps) - 1)).astype(np.float32)
    return ("history", asked, {**found, "layer": np.array("conv_1"), "maps": over_steps})


def saved(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def drawn(width=12, height=12, mode="RGB"):
    colour = {"RGB": (200, 30, 30), "L": 90, "RGBA": (9, 9, 9, 0), "CMYK": (9, 9, 200, 0)}[mode]
    return Image.new(mode, (width, height), colour)


def words(app):
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(item.value for kind in kinds for item in kind)


def charts(app):
    return [json.loads(chart.proto.spec) for chart in app.get("vega_lite_chart")]


def bomb():
    """Make a PNG of 100 kB that announces 20000 x 20000 pixels."""
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(10_000_000))), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


PHOTO = saved(drawn())
HOSTILE = {
    "empty": (b"", "empty"),
    "page": (b"<html><script>alert(1)</script></html>", "not a PNG"),
    "drawing": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not a PNG"),
    "cut": (saved(Image.effect_noise((64, 64), 90))[:900], "damaged"),
    "bomb": (bomb(), "make it smaller"),
}


def test_files_that_are_no_pictures_get_one_line_each_and_the_others_are_answered(make_run, opened):
    folder = make_run()
    files = [(f"{name}.png", content, "image/png") for name, (content, _) in HOSTILE.items()]
    good = ("good.png", PHOTO, "image/png")
    app = opened(*files, good, answers=answered(folder, PHOTO))
    lines = [item.value for item in app.error]
    assert len(lines) == len(HOSTILE)
    for line, (name, (_, why)) in zip(lines, HOSTILE.items(), strict=True):
        assert name in line
        assert why in line
    assert "**good.png**: \\*pip\\*, 70.0 %" in words(app).replace("good\\.png", "good.png")


LYING = Image.Exif()
LYING[0x0112] = 6
RIGHT = {
    "exif": (saved(drawn(12, 20), "JPEG", exif=LYING.tobytes()), "turned upright"),
    "alpha": (saved(drawn(mode="RGBA")), "laid on white"),
    "grey": (saved(drawn(mode="L")), None),
    "cmyk": (saved(drawn(mode="CMYK"), "JPEG"), None),
    "16-bit": (saved(Image.fromarray(np.full((9, 9), 40_000, np.uint16))), "scaled to 8 bits"),
    "animated": (
        saved(drawn(), "GIF", save_all=True, append_images=[drawn(mode="L")]),
        "first frame",
    ),
    "thin": (saved(drawn(20_000, 1)), "the longer one is cut"),
    "tiny": (saved(drawn(1, 1)), "enlarged"),
}


def test_every_kind_of_picture_is_answered_and_says_what_was_done_to_it(make_run, opened):
    folder = make_run()
    contents = [content for content, _ in RIGHT.values()]
    files = [(f"{name}.img.png", content, "image/png") for name, (content, _) in RIGHT.items()]
    app = opened(*files, answers=answered(folder, *contents))
    assert not app.error
    said = words(app)
    assert said.count("pip\\*, 70.0 %") == len(RIGHT)
    for _, remark in RIGHT.values():
        assert remark is None or remark in said


def test_more_pictures_than_fit_are_counted_and_the_first_are_answered(make_run, opened):
    folder = make_run()
    files = [(f"{k}.png", PHOTO, "image/png") for k in range(10)]
    app = opened(*files, answers=answered(folder, *[PHOTO] * 8))
    assert "10 pictures were given; the first 8" in words(app)
    assert words(app).count("pip\\*, 70.0 %") == 8


def test_samples_tell_the_truth_beside_the_answer(make_run, opened):
    folder = make_run(probe=True)
    images = np.arange(2 * SIZE * SIZE * 3).reshape(2, SIZE, SIZE, 3) % 256
    contents = [saved(Image.fromarray(one.astype(np.uint8))) for one in images]
    both = answered(folder, *contents) + answered(folder, contents[0])
    app = opened(answers=both)
    assert "Right: it is \\*pip\\*." in words(app)
    app.multiselect[0].set_value([0, 1]).run()
    assert "Wrong: in truth it is owl." in words(app)


def test_scores_that_are_no_numbers_are_said(make_run, opened):
    folder = make_run()
    logits = np.full(3, np.nan, np.float32)
    app = opened(("x.png", PHOTO, ""), answers=answered(folder, PHOTO, logits=logits, measured={}))
    assert "is not a number" in words(app)
    assert "cannot be told for this checkpoint" in words(app)


@pytest.mark.parametrize(("length", "is_unlike"), [(0.3, True), (0.1, False), (np.nan, True)])
def test_an_image_beyond_the_threshold_is_called_unlike_and_the_rate_is_stated(
    make_run, opened, length, is_unlike
):
    folder = make_run()
    measured = MEASURED | {"unlikeness": np.array([length])}
    app = opened(("x.png", PHOTO, ""), answers=answered(folder, PHOTO, measured=measured))
    assert ("Unlike anything in the training data" in words(app)) == is_unlike
    assert "14 of 300 validation images (4.7 %)" in words(app)
    assert "rough measure" not in words(app)


def test_a_rate_measured_on_few_images_is_called_rough(make_run, opened):
    folder = make_run()
    few = MEASURED | {"from_training": np.array(False), "num_measured": np.array(32)}
    app = opened(("x.png", PHOTO, ""), answers=answered(folder, PHOTO, measured=few))
    assert "14 of 32 validation images" in words(app)
    assert "rough measure" in words(app)


VIEW = {"view": "Through training"}


def test_the_history_of_two_runs_stands_beside_each_other_and_in_the_address(make_run, opened):
    first, second = make_run("one"), make_run("two", steps=(0, 2))
    answers = [
        history_of(first, PHOTO),
        history_of(second, PHOTO, label=1, steps=(0, 2)),
    ]
    app = opened(("x.png", PHOTO, ""), answers=answers, run="one", second="two", **VIEW)
    (spec,) = charts(app)
    text = json.dumps(spec)
    assert RUN_A in text
    assert RUN_B in text
    assert len([param for param in spec["params"] if param.get("name") == "i"]) == 1
    assert app.query_params["second"] == "two"
    assert "the same at all its checkpoints" in words(app)


@pytest.mark.parametrize("ending", [FAILED, CANCELLED])
def test_of_two_runs_the_first_is_shown_when_the_second_gives_no_answer(make_run, opened, ending):
    first, second = make_run("one"), make_run("two", steps=(0, 2))
    _, asked, _ = history_of(second, PHOTO, label=1, steps=(0, 2))
    request = Request(1, "history", asked)
    request.end(ending, error="The checkpoint *2* is damaged.")
    app = opened(
        ("x.png", PHOTO, ""),
        answers=[history_of(first, PHOTO)],
        requests={key_of("history", asked): request},
        **{"run": "one", "second": "two", **VIEW},
    )
    (spec,) = charts(app)
    assert RUN_A in json.dumps(spec)
    assert RUN_B not in json.dumps(spec)
    assert f"**{plain('B: two')}** is not shown" in words(app)
    assert ("is damaged" in words(app)) == (ending == FAILED)
    again = "Try again" if ending == FAILED else "Go on"
    assert again in [button.label for button in app.button]


def test_of_two_runs_nothing_is_drawn_when_the_first_gives_no_answer(make_run, opened):
    first, second = make_run("one"), make_run("two")
    _, asked, _ = history_of(first, PHOTO)
    request = Request(1, "history", asked)
    request.end(FAILED, error="The run is damaged.")
    app = opened(
        ("x.png", PHOTO, ""),
        answers=[history_of(second, PHOTO, label=1)],
        requests={key_of("history", asked): request},
        **{"run": "one", "second": "two", **VIEW},
    )
    assert not charts(app)
    assert [item.value for item in app.error] == [plain("The run is damaged.")]


def test_a_class_can_be_chosen_by_link_and_a_network_without_it_says_so(make_run, opened):
    first, second = make_run("one"), make_run("two", class_names=["cat", "dog", "cow"])
    answers = [history_of(first, PHOTO, label=2), history_of(second, PHOTO)]
    query = {"run": "one", "second": "two", "class": "owl"}
    app = opened(("x.png", PHOTO, ""), answers=answers, **query, **VIEW)
    assert "does not know the class owl" in words(app)
    assert len(charts(app)) == 1


def test_a_network_of_dense_layers_says_that_there_is_no_grad_cam(make_run, opened):
    folder = make_run()
    answers = [history_of(folder, PHOTO, maps=None)]
    app = opened(("x.png", PHOTO, ""), answers=answers, **VIEW)
    assert "only dense layers: there is no Grad-CAM" in words(app)
    assert "data:image" not in json.dumps(charts(app))


def test_a_link_to_a_second_run_that_is_gone_says_so(make_run, opened):
    folder = make_run()
    answers = [history_of(folder, PHOTO)]
    app = opened(("x.png", PHOTO, ""), answers=answers, second="../x", **VIEW)
    assert "names a second run" in words(app)
    assert len(charts(app)) == 1


@pytest.mark.parametrize(("step", "place"), [("0", 0), ("4", 1), ("9", 2)])
def test_the_slider_begins_at_the_checkpoint_that_is_chosen(make_run, opened, step, place):
    folder = make_run()
    answers = [history_of(folder, PHOTO)]
    app = opened(("x.png", PHOTO, ""), answers=answers, step=step, **VIEW)
    (spec,) = charts(app)
    assert next(one for one in spec["params"] if one["name"] == "i")["value"] == place


@pytest.mark.parametrize(
    ("last", "verdict"),
    [
        (RISING, "1.00. The map looks much the same on untrained weights"),
        (RISING[::-1], "\N{MINUS SIGN}0.60. Below 0.5: the map has changed"),
        (np.zeros((2, 2)), "no order to compare"),
    ],
)
def test_the_last_map_is_compared_with_that_of_the_untrained_network(
    make_run, opened, last, verdict
):
    folder = make_run()
    answers = [history_of(folder, PHOTO, maps=last)]
    said = words(opened(("x.png", PHOTO, ""), answers=answers, **VIEW))
    assert "Was the map learned?" in said
    assert verdict in said


def test_without_the_untrained_network_no_map_is_called_learned(make_run, opened):
    folder = make_run(steps=(4, 9))
    answers = [history_of(folder, PHOTO, steps=(4, 9))]
    said = words(opened(("x.png", PHOTO, ""), answers=answers, **VIEW))
    assert "without a checkpoint at step 0" in said
    assert "Rank correlation" not in said


@pytest.mark.parametrize(("steps", "is_said"), [((0, 9), True), ((0, 1, 4, 9), False)])
def test_lines_between_few_checkpoints_are_called_so(make_run, opened, steps, is_said):
    folder = make_run(steps=steps)
    answers = [history_of(folder, PHOTO, steps=steps)]
    said = words(opened(("x.png", PHOTO, ""), answers=answers, **VIEW))
    assert ("what happened in between is not known" in said) == is_said


def test_a_checkpoint_that_cannot_be_read_is_named_and_the_others_are_shown(make_run, opened):
    folder = make_run()
    kind, asked, found = history_of(folder, PHOTO)
    left = {name: values[:2] for name, values in found.items() if values.ndim}
    answers = [(kind, asked, {**found, **left})]
    app = opened(("x.png", PHOTO, ""), answers=answers, step="9", **VIEW)
    (spec,) = charts(app)
    assert next(one for one in spec["params"] if one["name"] == "i")["value"] == 1
    assert "damaged, and left out: 9." in words(app)


@pytest.mark.parametrize("step", ["9" * 5000, "-1", "1e3", "٣", "²", "x"])
def test_a_link_to_no_checkpoint_shows_the_last_one(make_run, opened, step):
    make_run()
    app = opened(run="one", step=step)
    assert "names a checkpoint that this run does not have" in words(app)
    assert app.selectbox(key="filters_step").value == 9


def test_what_a_link_missed_is_said_until_something_else_is_chosen(make_run, opened):
    make_run("one")
    make_run("two")
    app = opened(run="nobody", step="7")
    missed = ("names a run that this explorer does not have", "names a checkpoint that this run")
    for _ in range(2):
        assert all(one in words(app) for one in missed)
        app.run()
    app.selectbox(key="filters_step").set_value(4).run()
    assert [one in words(app) for one in missed] == [True, False]
    other = next(one for one in ("one", "two") if one != app.selectbox(key="filters_run").value)
    app.selectbox(key="filters_run").set_value(other).run()
    assert [one in words(app) for one in missed] == [False, False]


def test_a_run_whose_network_cannot_be_built_is_not_offered(make_run, opened):
    make_run("good")
    make_run("four", channels=4)
    folder = make_run("deep")
    about = json.loads((folder / "run.json").read_text())
    about["spec"]["depth"] = 40
    (folder / "run.json").write_text(json.dumps(about))
    app = opened(run="four", view="What it looks for")
    assert len(app.selectbox(key="filters_run").options) == 1
    assert "The explorer cannot build its network" in words(app)


def test_of_a_network_from_elsewhere_it_is_said_why_nobody_knows_what_is_unlike(make_run, opened):
    folder = make_run()
    brought = {"spec": {}, "status": "imported", "network": {"built_from": "{}"}}
    brought["source"] = {"kind": "checkpoints", "lacks": ["images"]}
    about = json.loads((folder / "run.json").read_text()) | brought
    (folder / "run.json").write_text(json.dumps(about))
    app = opened(("x.png", PHOTO, ""), answers=answered(folder, PHOTO))
    said = words(app).replace("\\", "")
    assert "Whether an image is unlike the training data cannot be told. Saved checkpoints" in said
    assert "called unlike" not in said


@pytest.mark.parametrize("has_samples", [True, False])
def test_samples_are_asked_for_where_there_are_some(make_run, opened, has_samples):
    make_run(probe=has_samples)
    app = opened(run="one", view="Feature maps")
    if has_samples:
        app.multiselect[0].set_value([]).run()
    assert "Give an image above" in words(app)
    assert ("or choose a sample" in words(app)) == has_samples


def test_recorded_images_that_are_damaged_are_told_and_pictures_can_be_given(make_run, opened):
    folder = make_run(probe=True)
    (folder / "probe.safetensors").write_bytes(b"damaged")
    app = opened(run="one")
    assert "There are no samples" in words(app)
    assert app.file_uploader


def test_two_runs_of_one_name_are_told_apart_in_the_words(make_run, opened):
    first, second = make_run("one"), make_run("two")
    for folder in (first, second):
        about = json.loads((folder / "run.json").read_text())
        (folder / "run.json").write_text(json.dumps({**about, "name": "twin"}))
    answers = [history_of(first, PHOTO), history_of(second, PHOTO, label=1, maps=RISING[::-1])]
    said = words(opened(("x.png", PHOTO, ""), answers=answers, run="one", second="two", **VIEW))
    assert f"{plain('A: twin')} 1.00, {plain('B: twin')}" in said


def test_several_images_are_shown_as_given_and_as_the_network_sees_them(make_run, opened):
    folder = make_run()
    other = saved(drawn(40, 20))
    files = [("a.png", PHOTO, "image/png"), ("b.png", other, "image/png")]
    app = opened(*files, answers=answered(folder, PHOTO, other))
    assert len(app.get("imgs") or app.get("image")) == 2
    said = words(app)
    assert "what the network sees: 8 × 8 pixels" in said.replace("\N{NO-BREAK SPACE}", " ")
    assert "b.png: Not square" in said.replace("\\", "")
