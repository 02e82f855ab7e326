"""Losses along steps that were measured before, kept with their run. No TensorFlow."""

from explorer import runs
from explorer.inference import kept_images
from explorer.inference.loss_images import planned_key
from explorer.inference.walked import Walked


def key_of(run: runs.Run, images: str) -> str:
    """Return the name such losses are kept under.

    All later weights follow from the first ones: a run that grows keeps what it has.

    Args:
        run: Has a checkpoint.
        images: Names what the loss was measured on.
    """
    first = kept_images.digest(run.checkpoint(int(run.checkpoints[0])))
    return kept_images.key_of(kind="valley", first=first, images=images, spec=run.spec)


def of_run(run: runs.Run) -> Walked | None:
    """Return what was measured along the steps of a run, on its own images; `None` if nothing.

    Raises:
        RunError: The run was recorded by a script of its own: nothing is measured of it.
    """
    images = planned_key(run)
    if not len(run.checkpoints):
        return None
    found = kept_images.look_up(run.folder, key_of(run, images), kept_images.LANDSCAPES)
    try:
        return None if found is None else Walked.from_arrays(found)
    except (KeyError, TypeError):
        return None  # another version wrote it: it is measured again and replaced
