"""Synthetic runs for the benchmark of the Compare page, written as a training writes them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scrubbing_data import recorded_steps

from explorer.runs.write import RunWriter
from explorer.training.collect import Collector
from explorer.training.cost import thin
from explorer.training.spec import Recording

ARTICLE_KERNELS = {
    "conv_1": (3, 3, 3, 16),
    "conv_2": (3, 3, 16, 32),
    "conv_3": (3, 3, 32, 64),
    "dense_1": (1024, 64),
    "logits": (64, 9),
}
ARTICLE_OUTPUTS = {
    "conv_1": (32, 32, 16),
    "conv_2": (16, 16, 32),
    "conv_3": (8, 8, 64),
    "dense_1": (64,),
    "logits": (9,),
}
PROBE_IMAGES = 8
LARGE_STEPS = 1000
LARGE_KERNELS = {f"conv_{number}": (3, 3, 16, 32) for number in range(1, 11)}


@dataclass(frozen=True)
class Course:
    """What a made-up training records.

    Args:
        kernels: Shape of the kernel of each layer; each has a bias too.
        outputs: Shape of the output of each layer that is recorded.
        steps: Recorded steps, ascending. (steps,)
        seed: Makes it differ from others.
    """

    kernels: dict[str, tuple[int, ...]]
    steps: np.ndarray
    outputs: dict[str, tuple[int, ...]] = field(default_factory=dict)
    seed: int = 0


def article(seed: int) -> Course:
    """Return 120 recorded steps of all layers of the article's network."""
    return Course(ARTICLE_KERNELS, recorded_steps(), ARTICLE_OUTPUTS, seed)


def large() -> Course:
    """Return 1,000 recorded steps of 60 tensors: weights, gradients and updates of 20 variables."""
    return Course(LARGE_KERNELS, recorded_steps(LARGE_STEPS, last=20_000))


def tensors(course: Course) -> Iterator[tuple[int, dict[str, dict[str, np.ndarray]]]]:
    """Make weights that spread, gradients that shrink and updates that follow, step by step.

    Yields:
        A step, and for each kind its tensors by name; the last step has no gradient.
    """
    rng = np.random.default_rng(course.seed)
    shapes = {f"{layer}/kernel": shape for layer, shape in course.kernels.items()}
    shapes |= {f"{layer}/bias": shape[-1:] for layer, shape in course.kernels.items()}
    first = {name: _normal(rng, shape, 0.05) for name, shape in shapes.items()}
    drift = {name: _normal(rng, shape, 0.03) for name, shape in shapes.items()}
    end = np.log1p(course.steps[-1])
    for step in course.steps.tolist():
        moved = np.float32(np.log1p(step) / end)
        kinds = {"weights": {name: first[name] + drift[name] * moved for name in shapes}}
        if step < course.steps[-1]:
            size = 2e-3 * np.exp(-2 * moved) + 1e-4
            noise = {name: _normal(rng, shape, size) for name, shape in shapes.items()}
            pace = np.float32(1 / (1 + step) / end)
            kinds["gradients"] = noise
            kinds["updates"] = {name: drift[name] * pace - noise[name] / 50 for name in shapes}
        if course.outputs:
            kinds["activations"] = {
                layer: np.maximum(_normal(rng, (PROBE_IMAGES, *shape), 1 + moved), 0)
                for layer, shape in course.outputs.items()
            }
        yield step, kinds


def write_run(folder: Path, course: Course) -> Path:
    """Write a run folder and return it."""
    writer, recording = RunWriter(folder), Recording()
    collector = Collector(recording.values_per_tensor)
    few = {"updates": thin(recording), "activations": thin(recording)}
    for step, kinds in tensors(course):
        parts = {}
        for kind, named in kinds.items():
            parts |= collector.collect(kind, named, few.get(kind))
        writer.write_step(step, parts | _answers(kinds.get("activations", {})))
    last = int(course.steps[-1])
    _write_metrics(writer, last, course.seed)
    writer.describe(
        name=folder.name,
        status="finished",
        planned_steps=last,
        done_steps=last,
        recording={"policy": vars(recording), "tensors": collector.to_dict()},
    )
    writer.close()
    return folder


def _normal(rng, shape, size):
    return rng.standard_normal(shape, np.float32) * np.float32(size)


def _answers(outputs):
    if not outputs:
        return {}
    shares = [
        (values > 0).mean(axis=tuple(range(values.ndim - 1)), dtype=np.float32)
        for values in outputs.values()
    ]
    return {"activations.active": np.concatenate(shares), "probe.output": outputs["logits"]}


def _write_metrics(writer, last, seed):
    rng = np.random.default_rng(seed)
    losses = np.geomspace(2.2, 0.2, last) * rng.lognormal(0, 0.1, last)
    for step, loss in enumerate(losses.tolist()):
        writer.add_metrics(
            step=step,
            epoch=step // 100,
            loss=loss,
            accuracy=max(0.0, 1 - loss / 2.5),
            learning_rate=0.05,
            gradient_norm=loss,
            seconds=0.02,
        )
        if step % 100 == 99:
            writer.add_metrics(step=step + 1, epoch=step // 100, val_loss=loss, val_accuracy=0.5)
