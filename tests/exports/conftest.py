import numpy as np
import pytest

from explorer import runs
from explorer.exports.comparison import Comparison
from explorer.runs.write import RunWriter
from explorer.training.collect import Collector

SHAPES = {"conv_1/kernel": (3, 3, 1, 4), "conv_1/bias": (4,), "dense_1/kernel": (40, 30)}
KEPT = 400  # of the dense kernel, 1,200 values


@pytest.fixture
def write_run(tmp_path):
    def written(name, steps, *, seed=0, tensors=SHAPES, broken_at=None):
        folder = tmp_path / f"run-{len(list(tmp_path.iterdir()))}"
        writer, collector, rng = RunWriter(folder), Collector(KEPT), np.random.default_rng(seed)
        for step in steps:
            weights = _values(tensors, rng)
            if step == broken_at:
                weights["conv_1/kernel"].flat[:3] = (np.nan, np.inf, -np.inf)
            stored = collector.collect("weights", weights)
            if step != steps[-1]:
                stored |= collector.collect("gradients", _values(tensors, rng))
                stored |= collector.collect("updates", _values(tensors, rng))
            writer.write_step(step, stored)
        for step in range(steps[-1]):
            loss = float("nan") if step == broken_at else 2.0 / (step + 1)
            writer.add_metrics(step=step, epoch=0, loss=loss, accuracy=0.5, learning_rate=0.1)
        writer.add_metrics(step=steps[-1], epoch=0, val_loss=0.5, val_accuracy=0.75)
        writer.describe(
            name=name,
            status="finished",
            spec={
                "learning_rate": 0.1 * (seed + 1),
                "name": name,
                "data": f"/home/someone/private/pictures-{seed}.zip",
            },
            recording={"tensors": collector.to_dict()},
        )
        writer.close()
        return runs.open_run(folder)

    return written


def _values(tensors, rng):
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in tensors.items()}


@pytest.fixture
def comparison(write_run):
    """Two runs of different length, one of them with a name like a formula and broken numbers."""
    first = write_run("=1+1", [0, 1, 2, 5], broken_at=2)
    second = write_run("Second", [0, 1, 3], seed=1)
    return Comparison((first, second), "conv_1/kernel")
