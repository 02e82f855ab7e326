"""What a recorded step keeps of its tensors: a sketch of each, and the same sample every time."""

import numpy as np

from explorer.runs import sketch, tensors


class Collector:
    """Sketch and sample the tensors of a training, in one order and one choice for all steps.

    Args:
        most_values: Tensors up to this size are kept whole, of larger ones a fixed sample.
        known: What an earlier part of the same training chose, from `to_dict`.
    """

    def __init__(self, most_values: int, known: dict[str, list[dict]] | None = None):
        self._most_values = most_values
        self._layout = {
            kind: [tensors.TensorInfo.from_dict(item) for item in items]
            for kind, items in (known or {}).items()
        }

    def collect(
        self, kind: str, named: dict[str, np.ndarray], most_values: int | None = None
    ) -> dict[str, np.ndarray]:
        """Return the parts of a step's file for one kind of tensors.

        Args:
            kind: Such as `"weights"`.
            named: The tensors; at every step the same names and shapes.
            most_values: Another limit for this kind.
        """
        infos = self._infos(kind, named, most_values or self._most_values)
        sketches = [sketch.sketch(named[info.name]) for info in infos]
        samples = [info.take(named[info.name]).ravel() for info in infos]
        knots = [
            item.knots for item, info in zip(sketches, infos, strict=True) if not info.is_whole
        ]
        return {
            f"{kind}.moments": np.stack([item.moments for item in sketches]),
            f"{kind}.knots": np.array(knots, np.float32).reshape(-1, sketch.KNOTS),
            f"{kind}.values": np.concatenate(samples),
        }

    def to_dict(self) -> dict[str, list[dict]]:
        """Return what was chosen, as plain values for JSON."""
        return {kind: [info.to_dict() for info in infos] for kind, infos in self._layout.items()}

    def _infos(self, kind, named, most_values):
        if kind not in self._layout:
            self._layout[kind] = [
                tensors.plan(name, np.shape(value), most_values) for name, value in named.items()
            ]
        return self._layout[kind]
