"""Messages about settings, in the words that stand beside the fields of the form."""

from explorer.training.spec import TrainingSpec

LABELS = {
    "image_size": "Image size, pixels",
    "color": "Colour",
    "fit": "Images that are not square",
    "validation_share": "Kept for validation",
    "model": "Architecture",
    "filters": "Filters of the first block",
    "kernel_size": "Kernel size",
    "depth": "Blocks",
    "dropout": "Dropout before the logits",
    "optimizer": "Optimiser",
    "learning_rate": "Learning rate",
    "schedule": "Schedule",
    "epochs": "Epochs",
    "batch_size": "Batch size",
    "seed": "Seed",
    "augment_strength": "Augmentation strength",
    "recording.dense_steps": "Recording, steps kept without a gap",
    "recording.ratio": "Recording, ratio of later steps",
    "recording.values_per_tensor": "Recording, values of a tensor",
    "recording.probe_images": "Recording, images for activations",
    "recording.checkpoints": "Recording, checkpoints",
}


def problem(**settings) -> str:
    """Say what is wrong with some settings of a training; empty when nothing is.

    Args:
        **settings: Of `TrainingSpec`; those that are not given are taken to be right.
    """
    try:
        TrainingSpec(**settings)
    except ValueError as error:
        return in_form_words(error)
    return ""


def in_form_words(error: ValueError) -> str:
    """Name a setting as the form does: the library's messages begin with its name in code."""
    code, _, rest = str(error).partition(" is ")
    return f"{LABELS[code]}: {rest}" if code in LABELS else str(error)


def read_rate(typed: str) -> tuple[float | None, str]:
    """Return the learning rate that was typed, and what is wrong with it if something is."""
    try:
        number = float(typed.strip().replace(",", "."))
    except ValueError:
        return None, f"Learning rate: {typed!r}. It must be a number such as 0.05 or 1e-3."
    return number, problem(learning_rate=number)
