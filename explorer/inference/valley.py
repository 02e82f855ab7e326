"""The loss along the steps that a training really took. Loads TensorFlow.

Each recorded step that can be repeated (see `retraced`) is done again and compared with the
recording. Then the loss is measured on the line through both ends of the step, before and beyond:
on the batch the update was made on, and on a fixed choice of training images.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np

from explorer import runs
from explorer.analysis.overshoot import overshoot
from explorer.inference import kept_images, valley_results
from explorer.inference.comparing import part_of
from explorer.inference.loss_images import LossImages, loss_images, planned_key
from explorer.inference.losses import Losses, trainable_names, vector
from explorer.inference.network import open_network
from explorer.inference.repeating import Repeated, Taken, deviation
from explorer.inference.retraced import LINE, STEP, Leg, legs
from explorer.inference.walked import SHARES, VALUES, Walked

MOST_IMAGES = 256

Tell = Callable[[float, str], None]


def valley(progress: Tell, *, run: str, steps: Sequence[int]) -> dict[str, np.ndarray]:
    """Measure the loss along steps of a training; what was measured before is only read.

    Args:
        progress: Called with the share done and words.
        run: Folder of a run trained by the explorer.
        steps: Where the steps begin; those that cannot be drawn are left out.

    Returns:
        The arrays of a `Walked`, of all steps that were ever measured.

    Raises:
        RunError: The run cannot be used.
        DataError: There are no images to measure on.
        ValueError: The run has nothing to draw.
    """
    opened = runs.open_run(run)
    planned = legs(opened)
    if not planned:
        raise ValueError(
            f"Run {opened.name!r} has fewer than two checkpoints: there is no step to walk along."
        )
    kept = _Kept(opened, planned_key(opened))
    missing = kept.missing([leg for leg in planned if leg.step in steps])
    if missing:
        progress(0.0, "Opening the images")
        images = loss_images(opened, part_of(progress, 0.0, 0.1))
        if images.own is None:
            kept = _Kept(opened, images.key)
            planned = legs(opened, has_images=False)
            missing = kept.missing([leg for leg in planned if leg.step in steps])
        kept.note(images.some(MOST_IMAGES).note)
        _walk(opened, images, missing, kept, part_of(progress, 0.1, 1.0))
    return kept.walked().to_arrays()


class _Kept:
    """What was measured of a run, step by step, kept in its folder."""

    def __init__(self, run: runs.Run, images: str):
        self._run = run
        self._key = valley_results.key_of(run, images)
        found = kept_images.look_up(run.folder, self._key, kept_images.LANDSCAPES) or {}
        self._note = str(found.pop("note", ""))
        self._rows = {int(step): k for k, step in enumerate(found.get("step", []))}
        self._values = {
            step: {name: found[name][k] for name in VALUES} for step, k in self._rows.items()
        }

    def missing(self, wanted: Sequence[Leg]) -> list[Leg]:
        """Return those that are not measured."""
        return [leg for leg in wanted if leg.step not in self._values]

    def note(self, words: str) -> None:
        """Say what was measured on."""
        self._note = words

    def add(self, **values) -> None:
        """Take what was measured along one step."""
        self._values[int(values["step"])] = {name: np.asarray(values[name]) for name in VALUES}

    def keep(self) -> None:
        """Write it down."""
        arrays = self.walked().to_arrays()
        kept_images.keep(self._run.folder, self._key, arrays, kept_images.LANDSCAPES)

    def walked(self) -> Walked:
        """Return all of it, ascending."""
        rows = [self._values[step] for step in sorted(self._values)]
        columns = {name: np.stack([row[name] for row in rows]) for name in VALUES} if rows else {}
        return Walked(**columns, note=self._note) if rows else Walked.empty(self._note)


def _walk(run, images: LossImages, missing: Sequence[Leg], kept: _Kept, tell: Tell) -> None:
    """Measure along legs, and keep what is done, also when the request is ended before."""
    model = open_network(run, int(run.checkpoints[0])).model
    along = _Along(run, Losses(model, images.some(MOST_IMAGES)), trainable_names(model))
    repeated = None if images.own is None else Repeated(images.own, model)
    done = 0
    try:
        for leg, taken in _taken(along, missing, repeated):
            words = f"Walking along step {leg.step:,}: {done + 1} of {len(missing)}"
            tell(done / len(missing), words)
            kept.add(step=leg.step, end=leg.end, way=leg.way, **along.measure(taken, repeated))
            done += 1
    finally:
        if done:
            kept.keep()


def _taken(along, missing, repeated) -> Iterator[tuple[Leg, Taken]]:
    """Yield each leg with the weights at its ends, from one checkpoint after the other."""
    ordered = sorted(missing, key=lambda leg: (leg.checkpoint, leg.step))
    for checkpoint, group in groupby(ordered, key=lambda leg: leg.checkpoint):
        again = {leg.step: leg for leg in group if repeated is not None and leg.way == STEP}
        if again:
            for taken in repeated.steps_from(checkpoint):
                if taken.step in again:
                    yield again.pop(taken.step), taken
                if not again:
                    break
    for leg in ordered:
        if repeated is None or leg.way == LINE:
            before, after = (along.checkpoint(step) for step in (leg.step, leg.end))
            yield leg, Taken(leg.step, before, after, None, [])


class _Along:
    """Measures the loss along pieces of a run's path.

    Args:
        run: The run.
        losses: The loss on fixed images.
        names: Of the trainable weights.
    """

    def __init__(self, run: runs.Run, losses: Losses, names: list[str]):
        self._run, self._losses, self._names = run, losses, names

    def checkpoint(self, step: int) -> np.ndarray:
        """Return all trainable weights at a checkpoint. (weights,)."""
        return vector(self._run.checkpoint(step), self._names)

    def measure(self, taken: Taken, repeated: Repeated | None) -> dict:
        """Return what `Walked` says of one piece of the path."""
        places = [self._place(taken, share) for share in SHARES]
        on_batch = taken.batch is not None
        step = taken.after.astype(np.float64) - taken.before
        length = np.linalg.norm(step)
        nothing = np.full(len(SHARES), np.nan)
        return {
            "loss": np.array([self._losses.at(place) for place in places]),
            "batch_loss": np.array([repeated.loss_of_batch(taken, one) for one in places])
            if on_batch
            else nothing,
            "alpha": overshoot(*(repeated.slope(taken, end) for end in (taken.before, taken.after)))
            if on_batch
            else np.nan,
            "length": length,
            "relative": length / np.linalg.norm(taken.before.astype(np.float64)),
            "deviation": self._deviation(taken) if on_batch else 0.0,
        }

    def _place(self, taken, share):
        """Return exactly the ends at 0 and 1, and a point of the line elsewhere. (weights,)."""
        if share in (0, 1):
            return taken.after if share else taken.before
        with np.errstate(invalid="ignore", over="ignore"):
            return taken.before + np.float32(share) * (taken.after - taken.before)

    def _deviation(self, taken):
        infos = self._run.tensors("weights")
        return deviation(self._run, taken, self._names, [infos[n].shape for n in self._names])
