"""The views of the page Learning rate that show real losses."""

import json
from collections import OrderedDict

import numpy as np
import pytest

from explorer import runs
from explorer.inference.landscape import SIZES, Landscape
from explorer.inference.retraced import LINE, STEP, legs
from explorer.inference.walked import SHARES, Walked
from explorer.runs.write import RunWriter
from explorer.training.spec import TrainingSpec
from explorer.ui.asking import ANSWERS

SURFACE, VALLEY = "The loss surface", "The real valley"
CLASSES = ["one", "two", "three"]
SMALL = {"data": "digits", "image_size": 8, "filters": 2, "depth": 1}
PREPARED = {"image_size": 8, "channels": 1, "fit": "crop", "fingerprint": "f"}


@pytest.fixture
def make_run(root, rng):
    """Return a function that writes a run with checkpoints, and nothing recorded between."""

    def made(run_id, *, checkpoints=(0, 1, 40), classes=CLASSES, **options):
        spec = TrainingSpec(
            **{"data": "digits", "image_size": 8, "filters": 2, "depth": 1} | options
        )
        writer = RunWriter(root / run_id)
        data = {**PREPARED, "class_names": classes}
        writer.describe(name=run_id, status="finished", spec=spec.to_dict(), data=data)
        for step in checkpoints:
            writer.write_checkpoint(step, {"conv_1/kernel": rng.normal(size=(3, 3, 1, 2))})
        writer.close()
        return runs.open_run(root / run_id)

    return made


def messages(app):
    return said(item for kind in (app.info, app.warning, app.error) for item in kind)


def captions(app):
    return said(app.caption)


def said(items):
    """Return words as they are seen."""
    return seen(" ".join(item.value for item in items))


def seen(words):
    """Return words without what keeps them from being taken for Markdown."""
    return words.replace("\\", "").replace("\u2060", "")


def charts(app):
    return [chart.proto for chart in app.get("vega_lite_chart") if chart.proto.spec]


def answered(*known):
    """Return what the session remembers of earlier answers."""
    return OrderedDict((json.dumps(key, sort_keys=True), arrays) for *key, arrays in known)


def landscape(size, num_runs=2, notes=("A note.",)):
    axis = np.linspace(-1, 1, size)
    return Landscape(
        x=axis,
        y=axis,
        loss=0.1 + axis[None, :] ** 2 + axis[:, None] ** 2,
        explained=np.array([0.7, 0.2]),
        run=np.repeat(np.arange(num_runs), 3),
        step=np.tile([0, 1, 40], num_runs),
        places=np.zeros((3 * num_runs, 2)),
        off=np.zeros(3 * num_runs),
        true_loss=np.linspace(2, 1, 3 * num_runs),
        under=np.linspace(2, 1, 3 * num_runs),
        num_images=512,
        notes=notes,
    ).to_arrays()


def walked(run, **changes):
    steps = [leg.step for leg in legs(run)]
    count = len(steps)
    values = {
        "step": np.array(steps),
        "end": np.array(steps) + 1,
        "way": np.full(count, STEP),
        "loss": np.tile(1 + SHARES**2, (count, 1)),
        "batch_loss": np.tile(1 + SHARES**2, (count, 1)),
        "alpha": np.full(count, 0.5),
        "length": np.ones(count),
        "relative": np.ones(count),
        "deviation": np.zeros(count),
        "note": "On 4 images.",
    }
    return steps, Walked(**{**values, **changes}).to_arrays()


def paths(a, b, size):
    asked = {"run_a": str(a.folder), "run_b": str(b.folder), "way": "pca", "size": size}
    return ("surface", asked, landscape(size))


@pytest.mark.parametrize("view", [SURFACE, VALLEY])
def test_without_runs_it_says_so_and_leads_to_the_trainer(root, open_page, view):
    app = open_page("learning_rate", view=view)
    assert not app.exception
    assert "no runs to look at yet" in messages(app)
    assert not charts(app)


@pytest.mark.parametrize("view", [SURFACE, VALLEY])
def test_a_run_of_someones_own_script_is_named(write_run, open_page, view):
    write_run("own", name="My script")
    app = open_page("learning_rate", view=view)
    assert not app.exception
    assert "'My script' was recorded by a script of its own" in messages(app)
    assert not charts(app)


@pytest.mark.parametrize("view", [SURFACE, VALLEY])
def test_a_run_without_checkpoints_is_named(make_run, open_page, view):
    make_run("a", checkpoints=())
    app = open_page("learning_rate", view=view, a="a", b="a")
    assert not app.exception
    assert "a kept no checkpoints" in messages(app)


def test_different_networks_have_no_common_plane(make_run, open_page):
    make_run("a")
    make_run("b", filters=4)
    app = open_page("learning_rate", view=SURFACE, a="a", b="b")
    assert not app.exception
    assert "a and b are different networks" in messages(app)
    assert not charts(app)


def test_too_few_checkpoints_for_a_plane_are_counted(make_run, open_page):
    make_run("a", checkpoints=(0, 1))
    app = open_page("learning_rate", view=SURFACE, a="a", b="a")
    assert not app.exception
    assert "A plane needs 3 checkpoints, and there are 2." in messages(app)


def test_the_finest_known_surface_is_drawn_with_its_notes(make_run, open_page):
    a, b = make_run("a"), make_run("b", learning_rate=2.0)
    state = {ANSWERS: answered(*(paths(a, b, size) for size in SIZES))}
    app = open_page("learning_rate", view=SURFACE, a="a", b="b", state=state)
    assert not app.exception
    assert not messages(app)
    (chart,) = charts(app)
    assert "A: a goes from loss 2 to" in chart.alt
    assert "Blue is run A, orange run B. The plane keeps 90 %" in captions(app)
    assert "A note." in captions(app)
    assert not [button for button in app.button if "Finer" in button.label]


def test_a_finer_surface_is_made_on_request_alone(make_run, open_page):
    a, b = make_run("a"), make_run("b", learning_rate=2.0)
    state = {ANSWERS: answered(*(paths(a, b, size) for size in SIZES[:-1]))}
    app = open_page("learning_rate", view=SURFACE, a="a", b="b", state=state)
    assert not app.exception
    assert [button.label for button in app.button if "Finer" in button.label] == [
        "Finer: 49 x 49 places"
    ]


@pytest.mark.parametrize("height", [1.0, 1e4])
def test_where_the_scale_of_colours_ends_is_said_when_it_ends_early(make_run, open_page, height):
    run = make_run("a")
    asked = {"run_a": str(run.folder), "run_b": None, "way": "pca", "size": SIZES[-1]}
    arrays = landscape(SIZES[-1], 1)
    arrays["loss"][0, 0] = height
    known = answered(("surface", asked, arrays))
    app = open_page("learning_rate", view=SURFACE, a="a", b="a", state={ANSWERS: known})
    assert not app.exception
    assert ("the highest is 1e+04" in captions(app)) == (height > 10 * np.log(len(CLASSES)))


def test_finer_surfaces_of_two_ends_are_told_apart(make_run, open_page):
    chosen = [make_run("a"), make_run("b", learning_rate=2.0)]
    known = [
        ("surface", {"run_a": str(run.folder), "way": "random", "seed": 0, "size": SIZES[-2]})
        for run in chosen
    ]
    state = {ANSWERS: answered(*((*key, landscape(SIZES[-2], 1)) for key in known))}
    plane = "Random directions around each end"
    app = open_page("learning_rate", view=SURFACE, a="a", b="b", plane=plane, state=state)
    assert not app.exception
    labels = [seen(button.label) for button in app.button if "Finer" in button.label]
    assert [label.rpartition(" ")[2] for label in labels] == ["a", "b"]


def test_random_directions_show_both_ends(make_run, open_page):
    a, b = make_run("a"), make_run("b", filters=4)  # any two networks
    known = [
        ("surface", {"run_a": str(run.folder), "way": "random", "seed": 3, "size": 49})
        for run in (a, b)
    ]
    state = {ANSWERS: answered(*((*key, landscape(49, 1)) for key in known))}
    app = open_page(
        "learning_rate",
        view=SURFACE,
        a="a",
        b="b",
        plane="Random directions around each end",
        directions="3",
        state=state,
    )
    assert not app.exception
    assert not messages(app)
    (chart,) = charts(app)
    assert "A: a: loss" in chart.alt
    assert "B: b: loss" in chart.alt


def test_all_steps_are_drawn_under_one_slider(make_run, open_page):
    chosen = [make_run("a"), make_run("b", learning_rate=2.0)]
    known = []
    for run in chosen:
        steps, arrays = walked(run)
        known.append(("valley", {"run": str(run.folder), "steps": steps}, arrays))
    app = open_page("learning_rate", view=VALLEY, a="a", b="b", state={ANSWERS: answered(*known)})
    assert not app.exception
    assert not messages(app)
    (chart,) = charts(app)
    assert "B: b: the largest overshoot is 0.50, at step 0." in chart.alt
    assert captions(app).count("On 4 images.") == 2
    assert "left out" not in captions(app)


def test_what_is_not_drawn_as_a_step_is_said(make_run, open_page):
    run = make_run("a")
    count = len(legs(run))
    deviation, alpha = np.zeros(count), np.full(count, 0.5)
    deviation[0], alpha[-1] = 0.3, np.nan
    way = np.array([STEP] * (count - 1) + [LINE])
    steps, arrays = walked(run, deviation=deviation, alpha=alpha, way=way)
    known = answered(("valley", {"run": str(run.folder), "steps": steps}, arrays))
    app = open_page("learning_rate", view=VALLEY, a="a", b="a", state={ANSWERS: known})
    assert not app.exception
    assert "1 step came out more than 10 % different" in captions(app)
    assert "straight lines between two checkpoints" in captions(app)
    assert "began uphill" not in captions(app)


def test_from_which_step_on_weights_are_no_numbers_is_said(make_run, open_page):
    run = make_run("a")
    count = len(legs(run))
    length, alpha = np.ones(count), np.full(count, 0.5)
    length[1:], alpha[:] = np.nan, np.nan
    steps, arrays = walked(run, length=length, alpha=alpha)
    known = answered(("valley", {"run": str(run.folder), "steps": steps}, arrays))
    app = open_page("learning_rate", view=VALLEY, a="a", b="a", state={ANSWERS: known})
    assert not app.exception
    assert f"From step {steps[1]} on its weights are not numbers." in captions(app)
    assert "1 step began uphill" in captions(app)


def test_a_run_without_checkpoints_does_not_hide_the_valley_of_the_other(make_run, open_page):
    make_run("a", checkpoints=())
    run = make_run("b", learning_rate=2.0)
    steps, arrays = walked(run)
    known = answered(("valley", {"run": str(run.folder), "steps": steps}, arrays))
    app = open_page("learning_rate", view=VALLEY, a="a", b="b", state={ANSWERS: known})
    assert not app.exception
    assert "a kept no checkpoints" in messages(app)
    assert "B: b: the largest overshoot is 0.50, at step 0." in charts(app)[0].alt


def test_one_checkpoint_has_no_step(make_run, open_page):
    make_run("a", checkpoints=(0,))
    app = open_page("learning_rate", view=VALLEY, a="a", b="a")
    assert not app.exception
    assert "there is no step to walk along." in messages(app)


def test_a_link_to_a_plane_that_is_not_there_is_told(root, open_page):
    app = open_page("learning_rate", view=SURFACE, plane="<b>Nothing</b>")
    assert not app.exception
    assert "does not have" in messages(app)
    assert "plane" not in app.query_params
