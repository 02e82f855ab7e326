import json
from collections import OrderedDict

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.analysis.agreement import ALIKE
from explorer.inference.request import FAILED, Request
from explorer.ui.asking import ANSWERS, REQUESTS
from explorer.ui.why_words import agreement

SCRIPT = """
import numpy as np
from explorer import runs
from explorer.ui import filters_why
from explorer.ui.filters_shown import Shown
from explorer.ui.filters_network import Network
run = runs.open_run({folder!r}) if {folder!r} else None
network = Network({source!r}, "net", ("anvil", "![x](y)", "owl"), 8, 3, "crop", run, {step!r})
pixels = np.full((8, 8, 3), 90, np.uint8)
filters_why.show(network, [Shown(name, name, pixels, pixels) for name in {names!r}])
"""
SETTINGS = {"start": "black", "patch_share": 0.25, "fill": "mean"}
ROW = np.linspace(0.1, 1, 64, dtype=np.float32).reshape(8, 8)
EXTRA = {
    "grad_cam": {"layer": np.array("relu_6")},
    "occlusion": {"patch": np.array(2), "stride": np.array(1), "fill": np.array([9.0, 8.0, 7.0])},
    "integrated_gradients": {"totals": np.array([6.9]), "rises": np.array([7.0])},
    "saliency": {},
    "smooth_grad": {},
}


class Known:
    """What the inference process answered before."""

    def __init__(self):
        self.answers = OrderedDict()
        self.ended = {}

    def add(self, kind, found, **arguments):
        self.answers[json.dumps([kind, arguments], sort_keys=True)] = found

    def add_logits(self, source, names, logits):
        self.add("classify_given", {"logits": np.array(logits)}, network=source, images=names)

    def add_failure(self, source, names, classes, method, error):
        asked = {"network": source, "images": names, "classes": classes, "method": method}
        request = Request(len(self.ended), "attribute", {**asked, **SETTINGS})
        request.end(FAILED, error=error)
        key = json.dumps(["attribute", {**asked, **SETTINGS}], sort_keys=True)
        self.ended[key] = request

    def add_maps(self, source, names, classes, method, maps, **extra):
        asked = {"network": source, "images": names, "classes": classes, "method": method}
        found = {**EXTRA[method], "maps": np.asarray(maps, np.float32), **extra}
        self.add("attribute", found, **asked, **SETTINGS)


@pytest.fixture
def known():
    return Known()


@pytest.fixture
def show(known):
    def shown(names, methods, *, run=None, step=None, source=None):
        folder = str(run.folder) if run else ""
        source = source or ({"run": folder, "step": step} if run else {"file": "x"})
        script = SCRIPT.format(folder=folder, source=source, step=step, names=names)
        app = AppTest.from_string(script, default_timeout=60)
        app.session_state[ANSWERS] = known.answers
        app.session_state[REQUESTS] = known.ended
        app.session_state["why_methods"] = methods
        app.run()
        assert not app.exception, app.exception
        return app

    return shown


@pytest.fixture
def trained(write_run):
    """Return a run that kept checkpoints at steps 0 and 6, and its two sources."""
    run = write_run("trained")
    for step in (0, 6):
        file = run.folder / "weights" / f"{step:08d}.safetensors"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"")
    return run, *({"run": str(run.folder), "step": step} for step in (6, 0))


def words(app):
    return " ".join(item.value for item in [*app.caption, *app.markdown, *app.info, *app.warning])


SOURCE = {"file": "x"}


def test_every_method_has_a_picture_with_its_meaning_and_its_scale(known, show):
    known.add_logits(SOURCE, ["a"], [[0.0, 3.0, 1.0]])
    for method in EXTRA:
        known.add_maps(SOURCE, ["a"], [1], method, ROW[None])
    app = show(["a"], list(EXTRA))
    assert len(app.get("image")) == 1 + len(EXTRA)
    said = words(app)
    assert "The map of layer relu_6 has 8 × 8 places for 8 × 8 pixels." in said
    assert "loses 100.0 percentage points" in said
    assert "2 pixels wide, moves by 1" in said
    assert "Gap: 0.100, 1.4 % of it." in said
    assert said.count("Full orange") == 5


def test_the_best_class_is_asked_about_unless_another_is_chosen(known, show):
    known.add_logits(SOURCE, ["a", "b"], [[0.0, 3.0, 1.0], [5.0, 3.0, 1.0]])
    known.add_maps(SOURCE, ["a", "b"], [1, 0], "saliency", [ROW, ROW])
    known.add_maps(SOURCE, ["a", "b"], [2, 2], "saliency", [ROW, 0 * ROW])
    app = show(["a", "b"], ["saliency"])
    assert "a: \\!\\[x\\]\\(y\\), b: anvil" in words(app)
    assert "dead" not in words(app)
    app.selectbox[0].set_value(2).run()
    assert "a: owl, b: owl" in words(app)
    assert "b: no pixel changes this class's score" in words(app)


def test_a_map_without_positive_evidence_says_so(known, show):
    known.add_logits(SOURCE, ["a"], [[0.0, 3.0, 1.0]])
    known.add_maps(SOURCE, ["a"], [1], "grad_cam", 0 * ROW[None])
    said = words(show(["a"], ["grad_cam"]))
    assert "no positive evidence" in said
    assert "Full orange" not in said


def test_a_network_without_feature_maps_says_so(known, show):
    known.add_logits(SOURCE, ["a"], [[0.0, 3.0, 1.0]])
    known.add_maps(SOURCE, ["a"], [1], "grad_cam", np.zeros((1, 0, 0)), layer=np.array(""))
    assert "no feature maps" in words(show(["a"], ["grad_cam"]))


@pytest.mark.parametrize(
    ("untrained", "verdict"),
    [(ROW, "1.00. The map looks much the same"), (np.flip(ROW), "\N{MINUS SIGN}1.00. Below")],
)
def test_a_map_like_that_of_the_untrained_network_is_called_so(
    known, show, trained, untrained, verdict
):
    run, source, start = trained
    known.add_logits(source, ["a"], [[0.0, 3.0, 1.0]])
    known.add_maps(source, ["a"], [1], "saliency", ROW[None])
    known.add_maps(start, ["a"], [1], "saliency", untrained[None])
    said = words(show(["a"], ["saliency"], run=run, step=6))
    assert verdict in said
    assert str(ALIKE) in said


def test_a_method_that_failed_says_so_and_the_others_are_drawn_and_checked(known, show, trained):
    run, source, start = trained
    known.add_logits(source, ["a"], [[0.0, 3.0, 1.0]])
    known.add_failure(source, ["a"], [1], "grad_cam", "No [memory](x) left")
    known.add_failure(start, ["a"], [1], "saliency", "Step 0 is damaged")
    for method in ("saliency", "smooth_grad"):
        known.add_maps(source, ["a"], [1], method, ROW[None])
    known.add_maps(start, ["a"], [1], "smooth_grad", ROW[None])
    app = show(["a"], ["grad_cam", "saliency", "smooth_grad"], run=run, step=6)
    assert [error.value for error in app.error] == [
        "No \\[memory\\]\\(x\\) left",
        "Step 0 is damaged",
    ]
    assert [button.label for button in app.button] == ["Try again"] * 2
    assert len(app.get("image")) == 1 + 2
    assert words(app).count("looks much the same") == 1


def test_each_correlation_has_the_name_of_its_image_and_what_cannot_be_compared_is_named():
    said = agreement(np.array([0.7, np.nan, -0.25]), ["my-cat", "ship", "rose"])
    assert "my-cat 0.70, rose \N{MINUS SIGN}0.25. 1 of 2 maps look much the same" in said
    assert "Not comparable: ship." in said
    assert "Not comparable" not in agreement(np.array([0.1]), ["ship"])
    assert "no order to compare" in agreement(np.array([np.nan]), ["ship"])


def test_without_untrained_weights_the_check_is_not_offered(known, show, trained):
    run, _, start = trained
    for source in (SOURCE, start):
        known.add_logits(source, ["a"], [[0.0, 3.0, 1.0]])
        known.add_maps(source, ["a"], [1], "saliency", ROW[None])
    app = show(["a"], ["saliency"])
    assert app.toggle[0].disabled
    assert "untrained weights are not known" in words(app)
    assert "untrained network itself" in words(show(["a"], ["saliency"], run=run, step=0))
    (run.folder / "weights" / "00000000.safetensors").unlink()
    known.add_logits({"run": str(run.folder), "step": 6}, ["a"], [[0.0, 3.0, 1.0]])
    known.add_maps({"run": str(run.folder), "step": 6}, ["a"], [1], "saliency", ROW[None])
    assert "no checkpoint at step 0" in words(show(["a"], ["saliency"], run=run, step=6))


def test_damaged_weights_are_told_and_nothing_is_asked(known, show):
    known.add_logits(SOURCE, ["a"], [[0.0, np.nan, 1.0]])
    app = show(["a"], ["saliency"])
    assert "not numbers" in words(app)
    assert not app.get("image")


def test_without_an_image_there_is_a_hint(show):
    assert "Give an image" in words(show([], ["saliency"]))


def test_a_map_alone_can_be_looked_at(known, show):
    known.add_logits(SOURCE, ["a"], [[0.0, 3.0, 1.0]])
    known.add_maps(SOURCE, ["a"], [1], "saliency", ROW[None])
    app = show(["a"], ["saliency"])
    app.segmented_control[0].set_value("Alone").run()
    assert not app.exception
    assert len(app.get("image")) == 2
