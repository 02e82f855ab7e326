"""Writing what was seen of a step. It takes longer than seeing it, and is done beside it."""

from dataclasses import dataclass

import numpy as np

from explorer.runs.write import RunWriter
from explorer.training.collect import Collector
from explorer.training.cost import thin
from explorer.training.spec import Recording


@dataclass(frozen=True)
class SeenStep:
    """What was seen of one step.

    Args:
        step: Its number.
        weights: Before its update, by name.
        answers: What a `ProbeHook` returned, `None` without probe images.
        gradients: By name; empty for the last state of all.
        after: The weights after the update, by name; `None` without gradients.
        is_checkpoint: Whether all weights are kept.
    """

    step: int
    weights: dict[str, np.ndarray]
    answers: tuple | None
    gradients: dict[str, np.ndarray]
    after: dict[str, np.ndarray] | None
    is_checkpoint: bool


class StepWriter:
    """Write recorded steps, all with the same choice of tensors and values.

    Args:
        writer: Writes the run folder.
        recording: How much of large tensors is kept.
        known: What an earlier part of the training chose, see `Collector`.
    """

    def __init__(self, writer: RunWriter, recording: Recording, known: dict | None = None):
        self._writer = writer
        self._few = thin(recording)
        self._collector = Collector(recording.values_per_tensor, known)

    @property
    def tensors(self) -> dict[str, list[dict]]:
        """What was chosen, as plain values for JSON."""
        return self._collector.to_dict()

    @property
    def left_out(self) -> dict[str, list[str]]:
        """Tensors that came too late to be recorded, by kind."""
        return self._collector.left_out

    def write(self, seen: SeenStep) -> None:
        """Write all there is of a step.

        Raises:
            OSError: The disk is full or not writable.
        """
        collect = self._collector.collect
        collected = collect("weights", seen.weights) | self._collect_answers(seen.answers)
        if seen.gradients:
            collected |= collect("gradients", seen.gradients)
            updates = {name: seen.after[name] - seen.weights[name] for name in seen.gradients}
            collected |= collect("updates", updates, self._few)
        self._writer.write_step(seen.step, collected)
        if seen.is_checkpoint:
            self._writer.write_checkpoint(seen.step, seen.weights)

    def _collect_answers(self, answers):
        if answers is None:
            return {}
        outputs, active, final = answers
        if not outputs:
            return {"probe.output": final}
        return {
            **self._collector.collect("activations", outputs, self._few),
            "activations.active": np.concatenate([active[name] for name in outputs]),
            "probe.output": final,
        }
