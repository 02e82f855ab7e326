"""The page Filters, from the entry script: feature maps, one map enlarged, filters."""

import json
import shutil
from collections import OrderedDict

import numpy as np
import pytest
import streamlit as st

from explorer import data, runs
from explorer.inference import given
from explorer.paths import cache_dir
from explorer.runs import sketch
from explorer.runs.write import RunWriter
from explorer.training.spec import TrainingSpec
from explorer.training.worker import describe_data
from explorer.ui.asking import ANSWERS
from explorer.ui.inference import inference

STEPS = (0, 2, 6)
SIZE = 8


@pytest.fixture(scope="session")
def digits(prepared_cache):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EXPLORER_CACHE", str(prepared_cache))
        yield data.load("digits", image_size=SIZE)


@pytest.fixture
def make_run(root, digits, rng):
    """Return a function that makes a run with recorded steps, checkpoints and a probe."""

    def make(run_id, shapes, *, kept=None):
        spec = TrainingSpec(data="digits", image_size=SIZE, filters=4, depth=1)
        infos = [runs.TensorInfo(name, shape, None, kept) for name, shape in shapes.items()]
        writer = RunWriter(root / run_id)
        writer.describe(
            name=run_id,
            status="finished",
            spec=spec.to_dict(),
            data=describe_data(digits, digits.split(seed=0), spec),
            recording={"tensors": {"weights": [info.to_dict() for info in infos]}},
        )
        writer.write_probe(digits.images[:1], digits.labels[:1])
        for step in STEPS:
            values = [rng.normal(size=info.shape).astype(np.float32) for info in infos]
            _write(writer, step, infos, values)
        writer.close()
        return runs.open_run(root / run_id)

    return make


def _write(writer, step, infos, values):
    sketches = [sketch.sketch(one) for one in values]
    knots = [one.knots for one, info in zip(sketches, infos, strict=True) if not info.is_whole]
    parts = {
        "weights.moments": np.stack([one.moments for one in sketches]),
        "weights.knots": np.asarray(knots, np.float32).reshape(-1, sketch.KNOTS),
        "weights.values": np.concatenate(
            [info.take(one).ravel() for info, one in zip(infos, values, strict=True)]
        ),
    }
    writer.write_step(step, parts)
    writer.write_checkpoint(step, {info.name: one for info, one in zip(infos, values, strict=True)})


CONV = {"conv_1/kernel": (3, 3, 1, 12), "logits/kernel": (20, 10)}
DENSE = {"dense_1/kernel": (64, 8), "logits/kernel": (8, 10)}


def layer(name, values, **changes):
    known = {
        "name": name,
        "class_name": "Conv2D" if values.ndim == 3 else "Dense",
        "size": [3, 3] if values.ndim == 3 else [],
        "activation": "relu",
        "shape": list(values.shape),
        "is_signed": False,
        "lowest": 0.0,
        "largest": 4.0,
        "silent": 0,
        "lost": 0,
    }
    return {**known, **changes}


def maps_answer(layers, *, following=None):
    """Put an answer together: pairs of what is said of a layer and its values."""
    about = {
        "all_layers": {one["name"]: one["shape"] for one, _ in layers},
        "next": following,
        "layers": [one for one, _ in layers],
    }
    arrays = {f"maps_{number}": values for number, (_, values) in enumerate(layers)}
    return {"about": np.array(json.dumps(about)), **arrays}


@pytest.fixture
def sample(digits):
    """Return the image that the page shows first: of the first class, and not trained on."""
    rows = digits.split(seed=0).validation
    return np.asarray(digits.images[rows[np.flatnonzero(digits.labels[rows] == 0)[0]]])


@pytest.fixture
def show(open_page, make_run, sample):
    """Open the page on a run, with answers that the inference process gave before."""

    def shown(answers=(), *, shapes=CONV, kept=None, **query):
        run = make_run("seen", shapes, kept=kept)
        image = given.keep(sample)
        network = {"run": str(run.folder), "step": STEPS[-1]}
        known = {
            json.dumps([kind, {"network": network, "image": image, **asked}], sort_keys=True): found
            for kind, asked, found in answers
        }
        app = open_page("filters", state={ANSWERS: OrderedDict(known)}, run="seen", **query)
        assert not app.exception, app.exception
        return app

    yield shown
    inference().close()
    st.cache_resource.clear()
    shutil.rmtree(cache_dir() / given.FOLDER, ignore_errors=True)


def words(app):
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(item.value for kind in kinds for item in kind)


def all_maps(layers, **changes):
    return ("feature_maps", {"first": 0}, maps_answer(layers, **changes))


def test_of_a_network_with_many_layers_any_can_be_gone_to(show, rng):
    layers = [layer(name, rng.uniform(0, 4, (4, 4, 3))) for name in ("conv_1", "conv_2", "conv_3")]
    parts = [(one, rng.uniform(0, 4, (4, 4, 3)).astype(np.float32)) for one in layers]
    everywhere = {one["name"]: one["shape"] for one in layers}
    answers = []
    for first, following in ((0, 1), (2, None)):
        found = maps_answer(parts[first : first + 1], following=following)
        about = json.loads(str(found["about"])) | {"all_layers": everywhere}
        answers.append(("feature_maps", {"first": first}, found | {"about": json.dumps(about)}))
    app = show(answers, view="Feature maps")
    assert "2 of 3 follow" in app.button[-1].label
    box = next(one for one in app.selectbox if one.label.startswith("Begin"))
    assert box.options == list(everywhere)
    box.set_value(2)
    app.run()
    assert not app.exception
    assert "**conv\\_3**" in words(app)
    assert "conv\\_1" not in words(app)
    assert any(one.label.startswith("Begin") for one in app.selectbox)


def test_every_layer_is_a_picture_named_with_what_it_is_and_its_size(show, rng):
    layers = [
        (layer("conv_1", maps := rng.random((8, 8, 12))), maps),
        (layer("dense_1", units := rng.random(5)), units),
    ]
    app = show([all_maps(layers)], view="Feature maps")
    assert "**conv\\_1** · Convolution 3 × 3, ReLU · 8 × 8 × 12" in words(app)
    assert "**dense\\_1** · Dense, ReLU · 5" in words(app)
    assert "scale ends at 4, the layer's largest value" in words(app)
    assert len(app.get("image")) == 2 + 1 + 2


def test_dead_and_lost_maps_are_counted_in_words(show, rng):
    maps = rng.random((8, 8, 12))
    app = show([all_maps([(layer("conv_1", maps, silent=1, lost=3), maps)])], view="Feature maps")
    assert "1 of them is dead on this image" in words(app)
    assert "3 hold values that are not a number or infinite" in words(app)


def test_a_large_layer_says_how_many_maps_it_shows_and_shows_more(show, rng):
    maps = rng.random((2, 2, 300))
    part = (layer("conv_1", maps), maps[..., :64])
    more = (
        "feature_maps",
        {"layers": ["conv_1"], "most_channels": 256},
        maps_answer([(layer("conv_1", maps), maps[..., :256])]),
    )
    app = show([all_maps([part]), more], view="Feature maps")
    assert "The first 64 of 300 maps" in words(app)
    next(one for one in app.button if one.label == "Show 192 more of 236").click().run()
    assert "The first 256 of 300 maps" in words(app)
    assert "Show the other 44" in [button.label for button in app.button]


def test_maps_that_cannot_be_had_at_once_are_said_and_where_to_see_them(show, rng):
    maps = rng.random((2, 2, 300))
    part = (layer("conv_1", maps, most_channels=64), maps[..., :64])
    app = show([all_maps([part])], view="Feature maps")
    assert "The other 236 maps would take too much memory" in words(app)
    assert not [button for button in app.button if "more of" in button.label]


def test_layers_that_do_not_fit_into_an_answer_follow_when_asked(show, rng):
    maps = rng.random((4, 4, 3))
    first = maps_answer([(layer("conv_1", maps), maps)], following=1)
    second = maps_answer([(layer("conv_2", maps), maps)])
    app = show(
        [("feature_maps", {"first": 0}, first), ("feature_maps", {"first": 1}, second)],
        view="Feature maps",
    )
    assert "conv\\_2" not in words(app)
    next(one for one in app.button if one.label.startswith("Show more layers")).click().run()
    assert "conv\\_2" in words(app)


def test_a_network_of_dense_layers_is_said_to_have_no_maps(show, rng):
    units = rng.random(8)
    found = [all_maps([(layer("dense_1", units), units)])]
    app = show(found, shapes=DENSE, view="Feature maps")
    assert "This network has no feature maps" in words(app)


def test_a_link_names_the_map_that_is_enlarged(show, rng):
    maps = rng.random((4, 4, 12))
    about = {**layer("conv_1", maps), "filter_of": "conv_1", "sees_colours": False}
    found = {
        "about": np.array(json.dumps(about)),
        "map": maps[..., 6],
        "kernel": rng.normal(size=(3, 3, 1)),
        "bias": np.float32(0.25),
    }
    answers = [
        all_maps([(layer("conv_1", maps), maps)]),
        ("feature_map", {"layer": "conv_1", "channel": 6}, found),
    ]
    app = show(
        answers, view="Feature maps", maps="One map enlarged", map_layer="conv_1", map_channel="7"
    )
    assert "Map 7 of conv\\_1" in words(app)
    assert "4 × 4 values, enlarged 80 times" in words(app)
    assert "Bias: 0.25" in words(app)
    assert "stretched from 4 × 4 to 8 × 8" in words(app)


@pytest.mark.parametrize("asked", ["pool_9", "![x](http://x)", "dense_1"])
def test_a_link_to_a_layer_without_maps_says_so(show, rng, asked):
    maps, units = rng.random((4, 4, 12)), rng.random(5)
    layers = [(layer("conv_1", maps), maps), (layer("dense_1", units), units)]
    app = show([all_maps(layers)], view="Feature maps", maps="One map enlarged", map_layer=asked)
    assert "names a layer that this network does not have" in words(app)


def charts(app):
    return app.get("vega_lite_chart")


def test_filters_are_drawn_at_every_recorded_step(show):
    app = show(view="Filters")
    assert "All 12 filters at 3 recorded steps" in words(app)
    (chart,) = charts(app)
    places = json.loads(chart.proto.spec)["params"][0]["bind"]
    assert places["max"] == len(STEPS) - 1


def test_of_a_layer_recorded_in_part_all_filters_are_there_at_the_checkpoints(show):
    app = show(view="Filters", kept=(0, 1, 2, 3, 4, 5, 6, 7))
    choice = next(one for one in app.segmented_control if one.label == "At")
    assert choice.options == ["3 steps, 8 filters", "3 checkpoints, all 12"]
    choice.set_value("checkpoints").run()
    assert not app.exception
    assert len(charts(app)) == 1


def test_a_network_of_dense_layers_is_said_to_have_no_filters(show):
    app = show(view="Filters", shapes=DENSE)
    assert "This network has no filters" in words(app)
    assert not charts(app)


def test_a_link_to_a_layer_without_filters_says_so(show):
    app = show(view="Filters", filter_layer="logits/kernel")
    assert "names a layer that has no filters" in words(app)
    assert len(charts(app)) == 1


def test_pictures_are_sent_without_loss(show, rng):
    maps = rng.random((8, 8, 12))
    app = show([all_maps([(layer("conv_1", maps), maps)])], view="Feature maps")
    addresses = [image.proto.imgs[0].url for image in app.get("image")]
    assert len(addresses) == 2 + 1 + 1
    assert all(address.endswith(".png") for address in addresses)
