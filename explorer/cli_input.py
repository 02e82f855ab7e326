"""What a person gave the shell, checked before anything is started."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from explorer import data, runs
from explorer.cli_output import Progress
from explorer.models.architectures import DEFAULTS
from explorer.runs.listing import why_closed
from explorer.training import jobs
from explorer.training.cost import Cost, estimate
from explorer.training.lengths import num_steps
from explorer.training.networks import check_prepared, network_for
from explorer.training.spec import RECIPES, Recording, TrainingSpec
from explorer.training.sweeps import check_room


def check_runs_folder() -> None:
    """Check that the folder of runs can be looked into.

    Raises:
        ValueError: It cannot.
    """
    if why := why_closed():
        raise ValueError(why)


def make_spec(source: str, choices: dict) -> TrainingSpec:
    """Turn the options that were given into a training; the rest is what suits the model."""
    given = {key: value for key, value in choices.items() if value is not None}
    policy = {item.name: given.pop(item.name) for item in fields(Recording) if item.name in given}
    if "name" in given:
        given["name"] = jobs.checked_name(given["name"])
    defaults = {"name": "", **DEFAULTS[given["model"]], **RECIPES[given["model"]]}
    return TrainingSpec(data=source, recording=Recording(**policy), **{**defaults, **given})


def checked(spec: TrainingSpec, progress: Progress, num_trials: int = 1) -> TrainingSpec:
    """Prepare the images, and return the spec with a name once all of it is known to fit.

    Args:
        spec: What is to be trained.
        progress: Told what is going to happen.
        num_trials: How often.

    Raises:
        ValueError: The images cannot be used, the network does not fit them, or the trials of a
            sweep do not fit on the disk.
    """
    images = load(
        progress,
        spec.data,
        image_size=spec.image_size,
        color=spec.color,
        fit=spec.fit,
        groups=spec.groups,
    )
    tell_skipped(images, progress)
    parts = images.split(validation_share=spec.validation_share, seed=spec.seed)
    network = network_for(
        spec,
        image_size=spec.image_size,
        channels=images.images.shape[3],
        num_classes=len(images.class_names),
    )
    cost = estimate(
        network, spec.recording, num_steps(len(parts.train), spec.batch_size, spec.epochs)
    )
    if num_trials > 1:
        check_room(num_trials * cost.num_bytes)
    tell_plan(images, parts, cost, progress, num_trials)
    for note in images.notes:
        progress.note(note)
    return replace(spec, name=spec.name or images.name)


def tell_plan(
    images: data.ImageSet, parts: data.Split, cost: Cost, progress: Progress, num_trials: int = 1
) -> None:
    """Tell what is going to be trained on, and what recording it will cost."""
    progress.note(
        f"{len(images.labels):,} images in {len(images.class_names)} classes: "
        f"{len(parts.train):,} for training, {len(parts.validation):,} for validation. "
        f"{images.near_duplicate_share:.1%} have near-duplicates, kept on the same side."
    )
    each = f" of each of {num_trials} trials" if num_trials > 1 else ""
    progress.note(
        f"Recording {cost.num_steps} steps{each} will take about "
        f"{num_trials * cost.num_bytes / 1e6:.1f} MB and {num_trials * cost.seconds:.0f} s."
    )


def tell_skipped(images: data.ImageSet, progress: Progress) -> None:
    """Name the first files that were left out, and tell how many more there are."""
    for skipped in images.skipped[:5]:
        progress.note(f"Left out {skipped.file}: {skipped.reason}")
    if len(images.skipped) > 5:
        progress.note(f"and {len(images.skipped) - 5:,} more files.")


def own_images(run: runs.Run, source: str, progress: Progress) -> data.ImageSet:
    """Prepare images exactly as those that a run was trained on.

    Raises:
        ValueError: The images cannot be used, or the run says nothing about its own.
    """
    check_prepared(run)
    spec = TrainingSpec.from_dict(run.spec)
    options = {"image_size": run.data["image_size"], "fit": run.data["fit"]}
    channels = run.data["channels"]
    if source in data.SOURCES or Path(source).absolute() == Path(spec.data):
        images = load(progress, source, **options, color=spec.color, groups=spec.groups)
        if images.images.shape[3] == channels:
            return images
    return load(progress, source, **options, color="grey" if channels == 1 else "rgb")


def part_of(run: runs.Run, images: data.ImageSet, part: str) -> np.ndarray:
    """Return the indices of all images, or of one side of the run's own split.

    Args:
        run: The run.
        images: The images.
        part: `"all"`, `"train"` or `"validation"`.

    Raises:
        DataError: A part is asked for of images that the run was not trained on.
    """
    if part == "all":
        return np.arange(len(images.labels))
    spec = TrainingSpec.from_dict(run.spec)
    if images.fingerprint != run.data["fingerprint"]:
        raise data.DataError(
            f"Run {run.name!r} was not trained on {images.name}, so there is no {part} part of "
            f"it. Leave --split away, or give the run's own data: {spec.data}."
        )
    split = images.split(validation_share=spec.validation_share, seed=spec.seed)
    return split.train if part == "train" else split.validation


def load(progress: Progress, source: str, **options) -> data.ImageSet:
    """Prepare images, showing how far it is."""
    try:
        for item in data.read(source, **options):
            if isinstance(item, data.Progress):
                of_all = f" of {item.total:,}" if item.total else ""
                progress.show(f"{item.what}: {item.done:,}{of_all}" if item.done else item.what)
        return item
    finally:
        progress.end(keep=False)
