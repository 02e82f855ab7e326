"""Which steps of a recording can be walked again exactly. Loads no TensorFlow.

A recorded step holds the change it made, but of a large tensor a choice of values alone; all
weights are kept at checkpoints, which are fewer. Order and augmentation of the images depend on
the seed and the step alone, so a training can be done again from a checkpoint, step by step.
Plain gradient descent needs nothing else. Optimisers with a memory begin with an empty one: theirs
can be walked again from step 0, and from no other.
"""

from dataclasses import dataclass
from itertools import pairwise

from explorer import runs

MOST_REPEATED = 64  # steps between a checkpoint and the step that is looked at
WITHOUT_MEMORY = ("sgd",)  # optimisers, as `TrainingSpec` names them
STEP, LINE = "step", "line"


@dataclass(frozen=True)
class Leg:
    """A straight piece of a training's path.

    Args:
        step: Where it begins.
        end: Where it ends: `step + 1` for one weight update.
        checkpoint: The checkpoint from which it is reached.
        way: `"step"` for one update, walked again; `"line"` for the straight line between two
            checkpoints, which is no step that was ever taken.
    """

    step: int
    end: int
    checkpoint: int
    way: str


def legs(run: runs.Run, *, has_images: bool = True) -> list[Leg]:
    """List what can be drawn of a run's path, ascending.

    Args:
        run: A run trained by the explorer.
        has_images: Whether its training images are at hand, without which no step can be repeated.
    """
    checkpoints = run.checkpoints.tolist()
    last = checkpoints[-1] if checkpoints else 0
    steps = set(run.steps.tolist()) | set(checkpoints)
    found = {}
    for step in sorted(one for one in steps if one < last):
        before = [one for one in checkpoints if one <= step]
        if has_images and before and _can_repeat(run, before[-1], step):
            found[step] = Leg(step, step + 1, _begin(run, before[-1]), STEP)
    for step, end in pairwise(checkpoints):
        way = STEP if end == step + 1 else LINE
        found.setdefault(step, Leg(step, end, step, way))
    return [found[step] for step in sorted(found)]


def has_memory(run: runs.Run) -> bool:
    """Say whether the optimizer remembers earlier steps, which checkpoints do not keep."""
    return run.spec.get("optimizer") not in WITHOUT_MEMORY


def _can_repeat(run, checkpoint, step) -> bool:
    return step - _begin(run, checkpoint) <= MOST_REPEATED


def _begin(run, checkpoint) -> int:
    return 0 if has_memory(run) else checkpoint
