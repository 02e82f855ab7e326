"""Which modules may load TensorFlow and which Streamlit, seen in a fresh interpreter."""

import re
import subprocess
import sys

import pytest

from explorer.paths import PROJECT

WITH_TENSORFLOW = (
    "explorer.inference.applications",
    "explorer.inference.attribution",
    "explorer.inference.chain",
    "explorer.inference.classify",
    "explorer.inference.climbing",
    "explorer.inference.comparing",
    "explorer.inference.describing",
    "explorer.inference.evaluate",
    "explorer.inference.exciting",
    "explorer.inference.feature_maps",
    "explorer.inference.gradcam",
    "explorer.inference.history",
    "explorer.inference.interpolation",
    "explorer.inference.keras_convolution",
    "explorer.inference.kinds",
    "explorer.inference.looking",
    "explorer.inference.losses",
    "explorer.inference.maximise",
    "explorer.inference.network",
    "explorer.inference.occlusion",
    "explorer.inference.opened",
    "explorer.inference.own_file",
    "explorer.inference.picture_forms",
    "explorer.inference.points",
    "explorer.inference.programs",
    "explorer.inference.range_test",
    "explorer.inference.rebuilt",
    "explorer.inference.repeating",
    "explorer.inference.sensitivity",
    "explorer.inference.shifting",
    "explorer.inference.surface",
    "explorer.inference.tracing_back",
    "explorer.inference.unlike",
    "explorer.inference.valley",
    "explorer.models.build",
    "explorer.training.describe",
    "explorer.training.fitting",
    "explorer.training.hooks",
    "explorer.training.pipeline",
    "explorer.training.normalisation",
    "explorer.training.probe",
    "explorer.training.recorder",
    "explorer.training.step_lines",
    "explorer.training.step_scalars",
)
WITH_STREAMLIT = ("explorer.ui",)
README, REQUIREMENTS = PROJECT / "README.md", PROJECT / "requirements.txt"
MODULES = {"vl-convert-python": "vl_convert"}
# What Keras needs, or takes where it finds it.
OF_KERAS = {"h5py", "keras", "numpy", "pillow", "scikit-learn", "tensorflow", "tensorflow-cpu"}
HEAVY = ("tensorflow", "keras", "jax", "torch")


def module_names():
    files = sorted((PROJECT / "explorer").rglob("*.py"))
    names = (".".join(file.relative_to(PROJECT).with_suffix("").parts) for file in files)
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


def is_in(name, packages):
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def imports(modules, unwanted):
    """Import modules in a fresh interpreter; return those of `unwanted` that were loaded."""
    script = (
        f"import importlib, sys\nfor name in {list(modules)!r}: importlib.import_module(name)\n"
        f"print(*[name for name in {list(unwanted)!r} if name in sys.modules])"
    )
    command = [sys.executable, "-W", "ignore", "-c", script]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def modules_outside(*packages):
    return [name for name in module_names() if not is_in(name, packages)]


def test_the_app_starts_without_tensorflow():
    light = modules_outside(*WITH_TENSORFLOW)
    assert len(light) > 30
    assert imports(light, HEAVY) == []


def test_only_the_user_interface_loads_streamlit():
    assert imports(modules_outside(*WITH_TENSORFLOW, *WITH_STREAMLIT), ["streamlit"]) == []


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [("explorer.models.build", "tensorflow"), ("streamlit", "streamlit")],
)
def test_the_guard_sees_what_it_guards_against(module, unwanted):
    assert imports([module], [unwanted]) == [unwanted]


def test_recording_needs_no_more_than_is_said_beside_ones_own_tensorflow():
    told = re.search(r"`pip install ([a-z ]+)` are enough to record", README.read_text("utf-8"))
    enough = {*told[1].split(), *OF_KERAS}
    needed = [re.match("[a-z-]+", line)[0] for line in REQUIREMENTS.read_text("utf-8").splitlines()]
    others = [MODULES.get(name, name) for name in needed if name not in enough]
    assert {"altair", "click", "streamlit", "vl_convert"} <= set(others)
    assert imports(["explorer.training.recorder"], others) == []


def test_no_page_ends_its_script_where_a_click_may_wait():
    """`st.stop` drops the reruns that wait for their turn, and with them a visitor's click."""
    places = ("pages", "explorer/ui")
    files = [file for place in places for file in (PROJECT / place).glob("*.py")]
    assert [file.name for file in files if "st.stop()\n" in file.read_text("utf-8")] == []
