"""From what a person chose to the network it means. No TensorFlow."""

from explorer import runs
from explorer.models.architectures import Network
from explorer.training.spec import TrainingSpec

SHOWN = ("class_names", "image_size", "channels", "fit")  # what a picture has to be like
PREPARATION = (*SHOWN, "fingerprint")


def network_for(spec: TrainingSpec, *, image_size: int, channels: int, num_classes: int) -> Network:
    """Return the network of a training.

    Args:
        spec: What is trained.
        image_size: Width and height of the prepared images.
        channels: Their channels.
        num_classes: How many classes they have.

    Raises:
        ValueError: There is no such network, or it does not fit the images.
    """
    return Network(
        name=spec.model,
        image_size=image_size,
        channels=channels,
        num_classes=num_classes,
        filters=spec.filters,
        kernel_size=spec.kernel_size,
        depth=spec.depth,
        dropout=spec.dropout,
    )


def network_of(run: runs.Run) -> Network:
    """Return the network of a run trained by the explorer.

    Raises:
        RunError: The run was recorded by a script of its own.
    """
    check_prepared(run)
    return network_for(
        TrainingSpec.from_dict(run.spec),
        image_size=run.data["image_size"],
        channels=run.data["channels"],
        num_classes=len(run.class_names),
    )


def check_prepared(run: runs.Run) -> None:
    """Check that a run tells how its images were prepared, so that others can be, too.

    Raises:
        RunError: It does not.
    """
    if run.source:
        raise runs.RunError(
            f"Run {run.name!r} was not trained here, but made from a log or from checkpoints: how "
            "it was trained, and on which images, is not known. Choose a run that the explorer "
            "trained."
        )
    if not run.spec or any(run.data.get(key) is None for key in PREPARATION):
        has_begun = len(run.steps) or len(run.checkpoints)
        what = "was recorded by a script of its own" if has_begun else "has not begun"
        raise runs.RunError(
            f"Run {run.name!r} {what}: the explorer does not know how to prepare images for its "
            "network. Choose a run that it trained."
        )


def can_be_opened(run: runs.Run) -> bool:
    """Say whether a run kept checkpoints of a network that can be built anew."""
    try:
        if not is_brought(run):
            network_of(run)
    except ValueError:  # recorded by a script of its own, or damaged
        return False
    return len(run.checkpoints) > 0


def is_brought(run: runs.Run) -> bool:
    """Say whether a run has a network that somebody brought, and that can be shown pictures."""
    is_described = isinstance(run.network.get("built_from"), str)
    return is_described and all(run.data.get(key) is not None for key in SHOWN)


def chosen_step(run: runs.Run, step: int | None) -> int:
    """Return the checkpoint to use, the last one by default.

    Raises:
        RunError: There is none, or not at this step; the message names those there are.
    """
    known = run.checkpoints.tolist()
    if not known:
        raise runs.RunError(f"Run {run.name!r} has no checkpoint yet. Train it first.")
    if step is not None and step not in known:
        raise runs.RunError(
            f"Run {run.name!r} has no checkpoint at step {step}. Choose one of: "
            f"{', '.join(map(str, known))}."
        )
    return known[-1] if step is None else step
