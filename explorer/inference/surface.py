"""The loss around the paths of trainings, over a plane in the space of weights. Loads TensorFlow.

After Li et al., "Visualizing the loss landscape of neural nets" (NeurIPS 2018), see
`analysis.plane`. What was measured is kept place by place: a finer grid measures only what lies
between, and a request that was stopped goes on where it was.
"""

from collections.abc import Callable, Iterator, Sequence

import keras
import numpy as np

from explorer import runs
from explorer.analysis.plane import Plane, bounds, principal_plane, random_directions
from explorer.inference import kept_images
from explorer.inference.comparing import part_of
from explorer.inference.interpolation import normalisations
from explorer.inference.landscape import (
    FINEST,
    PCA,
    RANDOM,
    SIZES,
    WAYS,
    Landscape,
    why_no_common_plane,
)
from explorer.inference.loss_images import loss_images, planned_key
from explorer.inference.losses import Losses, trainable_names
from explorer.inference.opened import open_source
from explorer.inference.points import Points, checkpoint_points

MARGIN = 0.2  # around the paths, as a share of the sides
NO_SHARE = np.full(2, np.nan)

Tell = Callable[[float, str], None]


def surface(
    progress: Tell,
    *,
    run_a: str,
    run_b: str | None = None,
    way: str = PCA,
    size: int = SIZES[0],
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Measure the loss over a plane; what was measured before is only read.

    Args:
        progress: Called with the share done and words.
        run_a: Folder of run A.
        run_b: Folder of run B, if both paths are drawn.
        way: `"pca"` for the plane that keeps most of the paths' spread, through the last
            checkpoint of run A; `"random"` for filter-normalised random directions around the
            last checkpoint of run A alone.
        size: Places along a side, one of `landscape.SIZES`.
        seed: Of random directions.

    Returns:
        The arrays of a `Landscape`; a finer one if it was measured before.

    Raises:
        RunError: A run cannot be used.
        DataError: There are no images to measure on.
        ValueError: There is no plane: two different networks, or too few checkpoints.
    """
    folders = list(dict.fromkeys(one for one in (run_a, run_b) if one))
    chosen = [runs.open_run(folder) for folder in folders]
    _check(chosen, way, size)
    progress(0.0, "Opening the network")
    model = open_source({"run": folders[0]}).model
    points = checkpoint_points(chosen, trainable_names(model))
    plane, drawn, places, off = _laid(model, points, way, seed)
    corners = bounds(places[drawn.is_drawable], MARGIN) if way == PCA else (-np.ones(2), np.ones(2))
    axes = [np.linspace(low, high, FINEST) for low, high in zip(*corners, strict=True)]
    wanted = [*_of_checkpoints(drawn, plane, places), *_of_grid(plane, axes, size)]
    measured = _measured(chosen[0], model, drawn, wanted, [way, seed, MARGIN], progress)
    loss = measured.finest()
    stride = (FINEST - 1) // (len(loss) - 1)
    return Landscape(
        x=axes[0][::stride],
        y=axes[1][::stride],
        loss=loss,
        explained=plane.explained,
        run=drawn.run,
        step=drawn.step,
        places=places,
        off=off,
        true_loss=measured.values["true"],
        under=measured.values["under"],
        num_images=int(measured.values["num_images"]),
        notes=tuple(_notes(str(measured.values["note"]), model, points)),
    ).to_arrays()


def _measured(run, model, drawn, wanted, how, progress) -> "_Measured":
    """Measure what was not measured before; the images are opened for that alone."""
    weights = kept_images.digest({"weights": drawn.weights})

    def kept(images):
        key = kept_images.key_of(kind="surface", how=how, weights=weights, images=images)
        return _Measured(run.folder, key, len(drawn.step))

    measured = kept(planned_key(run))
    if not measured.missing(wanted):
        return measured
    progress(0.0, "Opening the images")
    images = loss_images(run, part_of(progress, 0.0, 0.1))
    measured = kept(images.key)
    measured.values |= {"note": np.array(images.note), "num_images": np.array(len(images.labels))}
    measured.measure(Losses(model, images), wanted, part_of(progress, 0.1, 1.0))
    return measured


class _Measured:
    """Losses measured so far, kept in the run folder."""

    def __init__(self, folder, key: str, num_points: int):
        self._folder, self._key = folder, key
        shapes = {"true": num_points, "under": num_points, "grid": (FINEST, FINEST)}
        empty = {name: np.full(shape, np.nan) for name, shape in shapes.items()}
        known = {f"{name}_known": np.full(shape, False) for name, shape in shapes.items()}
        kept = kept_images.look_up(folder, key, kept_images.LANDSCAPES)
        self.values = {**empty, **known, **(kept or {})}

    def missing(self, wanted: Sequence) -> list:
        """Return what of this is not known yet."""
        return [one for one in wanted if not self.values[f"{one[0]}_known"][one[1]]]

    def measure(self, losses: Losses, wanted: Sequence, tell: Tell) -> None:
        """Measure what is not known, and keep it, also when the request is ended before."""
        missing = self.missing(wanted)
        try:
            for number, (name, place, weights) in enumerate(missing):
                share = number / len(missing)
                tell(share, f"Measuring the loss at place {number + 1:,} of {len(missing):,}")
                self.values[name][place] = losses.at(weights())
                self.values[f"{name}_known"][place] = True
        finally:
            losses.restore()
            if missing:
                kept_images.keep(self._folder, self._key, self.values, kept_images.LANDSCAPES)

    def finest(self) -> np.ndarray:
        """Return the loss on the finest grid that is measured wholly. (size, size)."""
        strides = [(FINEST - 1) // (size - 1) for size in SIZES]
        whole = [one for one in strides if self.values["grid_known"][::one, ::one].all()]
        return self.values["grid"][:: min(whole), :: min(whole)]


def _of_checkpoints(drawn, plane, places) -> Iterator[tuple[str, tuple, Callable]]:
    """Name the places of the checkpoints: as they are, and as the plane has them."""
    for k in np.flatnonzero(drawn.is_finite).tolist():
        yield "true", (k,), lambda k=k: drawn.weights[k]
        if np.isfinite(places[k]).all():
            yield "under", (k,), lambda k=k: plane.at(*places[k])


def _of_grid(plane, axes, size):
    chosen = range(0, FINEST, (FINEST - 1) // (size - 1))
    for row in chosen:
        for column in chosen:
            x, y = axes[0][column], axes[1][row]
            yield "grid", (row, column), lambda x=x, y=y: plane.at(x, y)


def _laid(model, points: Points, way, seed) -> tuple[Plane, Points, np.ndarray, np.ndarray]:
    """Lay the plane; return it, the checkpoints drawn on it, their places and distances."""
    near = points.is_drawable
    own = np.flatnonzero(near & (points.run == 0))
    if not len(own):
        raise ValueError("No checkpoint of run A has weights that are numbers. Choose another run.")
    origin = points.weights[own[-1]]
    if way == RANDOM:
        directions = random_directions(_tensors(model, origin), seed)
        drawn = points.only([own[-1]])
        return Plane(origin, directions, NO_SHARE), drawn, np.zeros((1, 2)), np.zeros(1)
    plane = principal_plane(points.weights[near], origin)
    places, off = np.full((len(near), 2), np.nan), np.full(len(near), np.nan)
    places[near], off[near] = plane.project(points.weights[near])
    return plane, points, places, off


def _tensors(model: keras.Model, weights: np.ndarray) -> list[np.ndarray]:
    """Cut a vector into the tensors of a network."""
    shapes = [tuple(one.shape) for one in model.trainable_variables]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    parts = np.split(weights, ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def _notes(note, model, points: Points) -> Iterator[str]:
    yield note
    if normalisations(model):
        yield (
            "The statistics of batch normalisation are measured anew at every place, on the same "
            "images."
        )
    yield from points.notes


def _check(chosen, way, size):
    if way not in WAYS or size not in SIZES:
        raise ValueError(
            f"The way is {way!r} and the size {size!r}; they must be among {', '.join(WAYS)} and "
            f"{', '.join(map(str, SIZES))}."
        )
    if way == RANDOM and len(chosen) > 1:
        raise ValueError("Random directions belong to one network. Ask for each run by itself.")
    if len(chosen) == 2 and (why_not := why_no_common_plane(*chosen)):
        raise ValueError(why_not)
