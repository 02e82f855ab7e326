"""The numbers of a training step, kept in one variable so that one read tells all of them.

Of steps that Keras executes together each has a row of its own, and the rows are counted: the
last execution of an epoch may hold fewer steps than the others, and Keras does not say how many.
"""

import numpy as np
import tensorflow as tf

SCALARS = ("loss", "gradient_norm", "learning_rate")
TOTALS = ("accuracy_total", "accuracy_count")
NUM_COLUMNS = len(SCALARS + TOTALS)


class StepScalars:
    """Numbers that are put while a step is computed, and read after it.

    Args:
        together: How many steps are executed together, at most.
    """

    def __init__(self, together: int):
        self._together = together
        # The last row takes what all devices but the first have to tell: the same once more.
        self._unseen = np.full((together + 1, NUM_COLUMNS), np.nan, np.float32)
        self._values = tf.Variable(self._unseen, trainable=False)
        self._done = tf.Variable(0, trainable=False)

    def put(self, start: int, *numbers: tf.Tensor) -> None:
        """Keep numbers of the step that is being computed, in the columns from `start` on."""
        told = tf.stack([tf.cast(number, tf.float32) for number in numbers])
        if self._together == 1:
            self._values[0, start : start + len(numbers)].assign(told)
            return
        row = tf.where(_is_first_replica(), self._done, self._together)
        places = [(row, start + place) for place in range(len(numbers))]
        self._values.scatter_nd_update(tf.convert_to_tensor(places), told)

    def end_step(self) -> None:
        """Go on to the next row; called where the step that is being computed ends."""
        self._done.assign_add(tf.cast(_is_first_replica(), tf.int32))

    def read(self) -> np.ndarray:
        """Return the numbers of the steps since the last call, NaN where unseen. (steps, 5)."""
        # By the bare operation: every read costs.
        handle = self._values.handle
        rows = tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32).numpy()
        if self._together == 1:
            return rows[:1]
        done = int(self._done.numpy())
        self._done.assign(0)
        self._values.assign(self._unseen)
        return rows[:done]


def _is_first_replica():
    context = tf.distribute.get_replica_context()
    return tf.equal(0 if context is None else context.replica_id_in_sync_group, 0)
