"""The images that neither of two runs was trained on, prepared for the network of each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from explorer import data, runs
from explorer.training.networks import check_prepared
from explorer.training.spec import TrainingSpec

MOST_IMAGES = 10_000
MOST_BYTES = 400_000_000
MOST_TRAINING = 512

Tell = Callable[[float, str], None]


@dataclass(frozen=True, eq=False)
class Unseen:
    """Images to compare two networks on, one row an image in every array.

    Args:
        pixels_a: As the network of A takes them. (images, height, width, channels) uint8
        pixels_b: The same images as the network of B takes them.
        class_names: Name of each image's class. (images,)
        sets: Keys of the prepared sets that A's pixels come from.
        places: Which of the sets, and which image of it. (images, 2)
        training: Some images A was trained on, as its network takes them.
        notes: What is worth saying about the choice, in sentences.
    """

    pixels_a: np.ndarray
    pixels_b: np.ndarray
    class_names: np.ndarray
    sets: tuple[str, ...]
    places: np.ndarray
    training: np.ndarray
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Own:
    """A run with the images it was trained on.

    Args:
        run: The run.
        spec: What was asked for.
        images: All images, prepared as its network takes them.
        split: Which of them were trained on.
    """

    run: runs.Run
    spec: TrainingSpec
    images: data.ImageSet
    split: data.Split


@dataclass(frozen=True, eq=False)
class _Part:
    """Images of one source, prepared for A and for B: equal places are the same image."""

    set_a: data.ImageSet
    rows_a: np.ndarray
    set_b: data.ImageSet
    rows_b: np.ndarray


def unseen_images(run_a: runs.Run, run_b: runs.Run, tell: Tell) -> Unseen:
    """Choose the images, preparing them anew where the prepared ones are gone.

    Args:
        run_a: Run A, trained by the explorer.
        run_b: Run B, perhaps the same.
        tell: Called with the share done and words.

    Raises:
        RunError: A run does not tell how its images were prepared.
        DataError: The images of a run are gone or have changed, or none was unseen by both.
    """
    a = own_images(run_a, tell)
    b = a if run_b.folder == run_a.folder else own_images(run_b, tell)
    parts, notes = _parts(a, b, tell)
    kept = _keep(parts, _room(a, b))
    total, chosen = (sum(len(part.rows_a) for part in some) for some in (parts, kept))
    if not total:
        raise data.DataError(
            f"There is no image that both {run_a.name!r} and {run_b.name!r} left out of training. "
            "Compare runs that were split with the same seed and share."
        )
    if chosen < total:
        notes += (f"{chosen:,} of {total:,} unseen images are used.",)
    return _gathered(kept, a, notes)


def own_images(run: runs.Run, tell: Tell) -> Own:
    """Open the images of a run and its split, preparing them anew where they are gone.

    Args:
        run: A run trained by the explorer.
        tell: Called with the share done and words.

    Raises:
        RunError: The run does not tell how its images were prepared.
        DataError: The images are gone or have changed.
    """
    check_prepared(run)
    spec = TrainingSpec.from_dict(run.spec)
    images = _open(run, spec, tell)
    if images.fingerprint != run.data["fingerprint"]:
        raise data.DataError(
            f"The images in {spec.data} have changed since run {run.name!r} was trained. Which of "
            "them it has not seen cannot be told. Bring the former ones back."
        )
    split = images.split(validation_share=spec.validation_share, seed=spec.seed)
    return Own(run, spec, images, split)


def _open(run, spec, tell):
    try:
        return data.open_prepared(str(run.data.get("key")))
    except LookupError:
        tell(0.0, f"Preparing the images of {run.name} again")
    try:
        return _read(spec, image_size=spec.image_size, color=spec.color, fit=spec.fit, tell=tell)
    except data.DataError as error:
        raise data.DataError(
            f"The images of run {run.name!r} are not in the cache of this machine and cannot be "
            f"prepared again: {error}"
        ) from error


def _read(spec, *, tell, **options) -> data.ImageSet:
    for item in data.read(spec.data, groups=spec.groups, **options):
        if isinstance(item, data.Progress):
            of_all = f": {item.done:,} of {item.total:,}" if item.total else ""
            tell(item.done / item.total if item.total else 0.0, f"{item.what}{of_all}")
    return item


def _parts(a: Own, b: Own, tell: Tell) -> tuple[list[_Part], tuple[str, ...]]:
    """Find the unseen images of one common source, or those of both sources."""
    if a.images.key == b.images.key:
        rows = np.intersect1d(a.split.validation, b.split.validation)
        return [_Part(a.images, rows, b.images, rows)], ()
    if a.images.fingerprint == b.images.fingerprint:
        part = _matched(a.images, a.split.validation, b.images, b.split.validation)
        return [part], ("The runs saw the same images prepared differently; so they do here.",)
    return _parts_of_two_sources(a, b, tell)


def _parts_of_two_sources(a, b, tell):
    """Take what each run left out of its own images, less what the other was trained on."""
    parts, notes = [], ["The runs were trained on different images: those that each left out."]
    for own, other in ((a, b), (b, a)):
        try:
            prepared = _prepared_for(other, own, tell)
        except data.DataError as error:
            notes.append(f"The images of {own.run.name} are left out: {error}")
            continue
        part = _matched(own.images, own.split.validation, prepared, np.arange(len(prepared.labels)))
        known = ~np.isin(_digests(prepared.images, part.rows_b), _trained_on(other))
        rows, rows_other = part.rows_a[known], part.rows_b[known]
        if own is a:
            parts.append(_Part(own.images, rows, prepared, rows_other))
        else:
            parts.append(_Part(prepared, rows_other, own.images, rows))
    notes.append("Copies that the other run was trained on are found if they agree to the pixel.")
    return parts, tuple(notes)


def _prepared_for(other: Own, own: Own, tell: Tell) -> data.ImageSet:
    """Prepare the images of one run as the network of the other takes them."""
    wanted, given = other.images, own.images
    if (wanted.images.shape[1:], wanted.fit) == (given.images.shape[1:], given.fit):
        return given
    color = "grey" if wanted.images.shape[3] == 1 else "rgb"
    return _read(
        own.spec, image_size=wanted.images.shape[1], color=color, fit=wanted.fit, tell=tell
    )


def _matched(set_a, rows_a, set_b, rows_b) -> _Part:
    """Pair the images of two preparations of one source by the names of their files."""
    places = {set_b.file_names[row]: row for row in rows_b.tolist()}
    pairs = [
        (row, places[set_a.file_names[row]])
        for row in rows_a.tolist()
        if set_a.file_names[row] in places
    ]
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return _Part(set_a, table[:, 0], set_b, table[:, 1])


def _trained_on(own: Own) -> np.ndarray:
    return _digests(own.images.images, own.split.train)


def _digests(images, rows) -> np.ndarray:
    return np.array([hash(images[row].tobytes()) for row in rows.tolist()], np.int64)


def _room(a, b) -> int:
    """Return how many images fit, prepared for both."""
    sizes = [int(np.prod(own.images.images.shape[1:])) for own in (a, b)]
    return min(MOST_IMAGES, MOST_BYTES // max(sizes))


def _keep(parts: list[_Part], most: int) -> list[_Part]:
    """Choose as many images as fit, of all parts alike; the same ones every time."""
    total = sum(len(part.rows_a) for part in parts)
    if total <= most:
        return parts
    rng = np.random.default_rng(0)
    kept = []
    for part in parts:
        fitting = len(part.rows_a) * most // total
        chosen = np.sort(rng.choice(len(part.rows_a), fitting, replace=False))
        kept.append(_Part(part.set_a, part.rows_a[chosen], part.set_b, part.rows_b[chosen]))
    return kept


def _gathered(parts: list[_Part], a: Own, notes: tuple[str, ...]) -> Unseen:
    same = all(part.set_a is part.set_b for part in parts)
    pixels_a = np.concatenate([part.set_a.images[part.rows_a] for part in parts])
    pixels_b = (
        pixels_a if same else np.concatenate([part.set_b.images[part.rows_b] for part in parts])
    )
    training = np.random.default_rng(0).permutation(a.split.train)[:MOST_TRAINING]
    return Unseen(
        pixels_a=pixels_a,
        pixels_b=pixels_b,
        class_names=np.concatenate([_names(part) for part in parts]),
        sets=tuple(part.set_a.key for part in parts),
        places=np.concatenate(list(_places(parts))),
        training=np.asarray(a.images.images[np.sort(training)]),
        notes=notes,
    )


def _names(part) -> np.ndarray:
    return np.array(part.set_a.class_names, dtype=object)[part.set_a.labels[part.rows_a]]


def _places(parts) -> Iterator[np.ndarray]:
    for number, part in enumerate(parts):
        yield np.column_stack([np.full(len(part.rows_a), number), part.rows_a])
