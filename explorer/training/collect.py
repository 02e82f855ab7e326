"""What a recorded step keeps of its tensors: a sketch of each, and the same sample every time."""

import numpy as np

from explorer.runs import sketch, tensors

_NOTHING = np.zeros(0, np.float32)  # stands for a tensor that a step does not have


class Collector:
    """Sketch and sample the tensors of a training, in one order and one choice for all steps.

    Args:
        most_values: Tensors up to this size are kept whole, of larger ones a fixed sample.
        known: What an earlier part of the same training chose, from `to_dict`.

    Attributes:
        left_out: Names of tensors that were not there when the first step was collected, by kind.
            A recording has the same tensors throughout; layers may be unfrozen on the way.
    """

    def __init__(self, most_values: int, known: dict[str, list[dict]] | None = None):
        self._most_values = most_values
        self._layout = {
            kind: [tensors.TensorInfo.from_dict(item) for item in items]
            for kind, items in (known or {}).items()
        }
        self.left_out: dict[str, list[str]] = {}

    def collect(
        self, kind: str, named: dict[str, np.ndarray], most_values: int | None = None
    ) -> dict[str, np.ndarray]:
        """Return the parts of a step's file for one kind of tensors.

        Args:
            kind: Such as `"weights"`.
            named: The tensors, of the same names and shapes at every step. One that is missing
                has no values at this step.
            most_values: Another limit for this kind.
        """
        if not named:
            return {}
        infos = self._infos(kind, named, most_values or self._most_values)
        given = [named.get(info.name, _NOTHING) for info in infos]
        sketches = [sketch.sketch(values) for values in given]
        samples = [_sample(info, values) for info, values in zip(infos, given, strict=True)]
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
        infos = self._layout[kind]
        if late := sorted(named.keys() - {info.name for info in infos}):
            self.left_out[kind] = late
        return infos


def _sample(info, values):
    if values is _NOTHING:
        return np.full(info.stored_size, np.nan, np.float32)
    return info.take(values).ravel()
