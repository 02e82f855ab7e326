import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer import runs
from explorer.paths import PROJECT
from explorer.runs import sketch
from explorer.runs.write import RunWriter
from explorer.training.spec import TrainingSpec

SHAPES = {"conv_1/kernel": (3, 3, 1, 4), "conv_1/bias": (4,), "logits/kernel": (16, 3)}
NUM_STEPS = 6


@pytest.fixture(scope="session")
def prepared_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def root(tmp_path, monkeypatch, prepared_cache):
    """Give an empty runs folder, and a cache that the tests share."""
    (tmp_path / "runs").mkdir()
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path / "runs"))
    monkeypatch.setenv("EXPLORER_CACHE", str(prepared_cache))
    return tmp_path / "runs"


@pytest.fixture
def open_page():
    """Open a page through the entry script, as a visitor of a link does."""

    def opened(page="story", *, state=None, **query):
        app = AppTest.from_file(str(PROJECT / "streamlit_app.py"), default_timeout=60)
        app.query_params.update(query)
        for key, value in {"trainer_source": "digits", **(state or {})}.items():
            app.session_state[key] = value
        app.switch_page(f"pages/{page}.py")
        return app.run()

    return opened


@pytest.fixture
def write_run(root):
    """Write a small recorded run by hand; returns it."""

    def written(
        run_id, *, name="A run", learning_rate=0.05, status="finished", scale=1.0, **description
    ):
        writer = RunWriter(root / run_id)
        layout = [runs.TensorInfo(tensor, shape).to_dict() for tensor, shape in SHAPES.items()]
        writer.describe(
            **{
                "name": name,
                "status": status,
                "spec": TrainingSpec(learning_rate=learning_rate, data="digits").to_dict(),
                "data": {"name": "Digits", "class_names": ["0", "1", "2"], "channels": 1},
                "planned_steps": NUM_STEPS,
                "recording": {"tensors": {"weights": layout, "gradients": layout}},
                **description,
            }
        )
        rng = np.random.default_rng(0)
        for step in range(NUM_STEPS):
            writer.write_step(
                step, _tensors("weights", rng, scale) | _tensors("gradients", rng, scale)
            )
            writer.add_metrics(step=step, epoch=0, loss=2.0 / (step + 1), accuracy=0.5, seconds=0.1)
        writer.add_metrics(step=NUM_STEPS, epoch=0, val_loss=0.5, val_accuracy=0.75)
        writer.close()
        return runs.open_run(root / run_id)

    return written


def _tensors(kind, rng, scale):
    values = [scale * rng.normal(size=shape).astype(np.float32) for shape in SHAPES.values()]
    return {
        f"{kind}.moments": np.stack([sketch.sketch(one).moments for one in values]),
        f"{kind}.knots": np.zeros((0, sketch.KNOTS), np.float32),
        f"{kind}.values": np.concatenate([one.ravel() for one in values]),
    }
