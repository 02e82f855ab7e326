"""Which steps of a training are recorded: all of the first, then ever fewer, the last always."""

import math

import numpy as np

from explorer.training.spec import Recording

USUAL_CHECKPOINTS = Recording().checkpoints


class Plan:
    """Say of each step of a training whether it is recorded, and with all weights.

    Args:
        recording: How densely to record.
        num_steps: Weight updates of the whole training, or `None` when nobody knows.
    """

    def __init__(self, recording: Recording, num_steps: int | None):
        self._recording = recording
        self._is_known = bool(num_steps)
        self._steps = set(recorded_steps(num_steps or 0, recording).tolist())
        self._checkpoints = set(checkpoint_steps(num_steps or 0, recording).tolist())

    def records(self, step: int) -> bool:
        """Say whether a step is recorded."""
        return step in self._steps if self._is_known else is_recorded(step, self._recording)

    def keeps_all(self, step: int) -> bool:
        """Say whether a recorded step is a checkpoint.

        Without a known end the powers of two are, or those of 4, 8, ... where few are wanted.
        """
        if self._is_known:
            return step in self._checkpoints
        spacing = -(-(USUAL_CHECKPOINTS - 1) // (self._recording.checkpoints - 1))
        return step.bit_count() <= 1 and max(step.bit_length() - 1, 0) % spacing == 0


def is_recorded(step: int, recording: Recording) -> bool:
    """Say whether a step belongs to the dense beginning or to the spaced rest.

    A pure function of the step, so that a training without a known end, or one that is
    resumed, records the same steps.
    """
    if step <= recording.dense_steps:
        return True
    return step in _spaced(recording, step)


def recorded_steps(num_steps: int, recording: Recording) -> np.ndarray:
    """List all steps that a training of `num_steps` weight updates records.

    The last update (`num_steps - 1`) is always among them, with its gradients, and so is the
    state it leaves (`num_steps`), which has no gradient any more.

    Returns:
        Ascending steps from 0 to `num_steps`. (steps,)
    """
    dense = range(min(recording.dense_steps, num_steps) + 1)
    spaced = [step for step in _spaced(recording, num_steps) if step <= num_steps]
    last = [max(num_steps - 1, 0), num_steps]
    return np.unique(np.array([*dense, *spaced, *last], np.int64))


def checkpoint_steps(num_steps: int, recording: Recording) -> np.ndarray:
    """Choose the recorded steps at which all weights are kept: the first, the last, and between.

    Their distances grow like those of the recorded steps, so that the fast beginning is covered.

    Returns:
        At most `recording.checkpoints` ascending steps, 0 and `num_steps` included. (steps,)
    """
    recorded = recorded_steps(num_steps, recording)
    spread = np.geomspace(1, max(num_steps, 1), recording.checkpoints)[1:-1]
    nearest = [recorded[np.abs(recorded - step).argmin()] for step in spread]
    return np.unique(np.array([0, *nearest, num_steps], np.int64))


def _spaced(recording, up_to):
    steps, step = [], recording.dense_steps
    while step <= up_to:
        step = max(step + 1, math.ceil(step * recording.ratio))
        steps.append(step)
    return steps
