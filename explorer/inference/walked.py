"""The loss along steps that a training took: the result. Loads no TensorFlow."""

from dataclasses import dataclass, fields

import numpy as np

SHARES = np.linspace(-0.5, 2.5, 13)  # of the step: 0 before it, 1 where it landed
TOLERANCE = 0.1  # of a step's length, by which a repeated step may miss the recorded one


@dataclass(frozen=True, eq=False)
class Walked:
    """What was measured along pieces of a training's path.

    Args:
        step: Where each begins, ascending. (pieces,)
        end: Where it ends. (pieces,)
        way: `"step"` for one update, `"line"` for the line between two checkpoints. (pieces,)
        loss: On the fixed images, in evaluation mode, at `SHARES`. (pieces, shares)
        batch_loss: On the images the update was made on, as in training; NaN for lines.
            (pieces, shares)
        alpha: The overshoot on those, see `analysis.overshoot`; NaN where undefined. (pieces,)
        length: Of the step. (pieces,)
        relative: The same as a share of the length of all weights. (pieces,)
        deviation: How far the repeated step is from the recorded one, as a share of its length;
            NaN where it was not recorded or is no number. (pieces,)
        note: Which images the loss was measured on, in a sentence.
    """

    step: np.ndarray
    end: np.ndarray
    way: np.ndarray
    loss: np.ndarray
    batch_loss: np.ndarray
    alpha: np.ndarray
    length: np.ndarray
    relative: np.ndarray
    deviation: np.ndarray
    note: str

    @property
    def is_repeated(self) -> np.ndarray:
        """Which pieces are as recorded; steps that came out otherwise are not drawn. (pieces,)"""
        return ~(self.deviation > TOLERANCE)

    def only(self, chosen: np.ndarray) -> "Walked":
        """Return some of the pieces."""
        return Walked(**{name: getattr(self, name)[chosen] for name in VALUES}, note=self.note)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return all of it as arrays, for the wire and the file."""
        return {item.name: np.asarray(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "Walked":
        """Rebuild from `to_arrays`."""
        return cls(**{**arrays, "note": str(arrays["note"])})

    @classmethod
    def empty(cls, note: str) -> "Walked":
        """Return the result of having measured nothing."""
        curves = dict.fromkeys(("loss", "batch_loss"), np.zeros((0, len(SHARES))))
        return cls(**{**{name: np.zeros(0) for name in VALUES}, **curves}, note=note)


VALUES = tuple(item.name for item in fields(Walked) if item.name != "note")
