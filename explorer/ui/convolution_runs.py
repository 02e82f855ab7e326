"""What the page Convolution takes from runs: the run, its images, the weights of a layer."""

import numpy as np
import streamlit as st

from explorer import runs
from explorer.inference.samples import validation_sample
from explorer.runs import files
from explorer.ui import linked, text
from explorer.ui.run_facts import label

MOST_IMAGES = 200
VALIDATION, KEPT = "Validation image", "Image it was recorded on"


def choose_run(
    place, known: list[runs.Run], parameter: str, *, usual: str = "", words: str = "Run"
) -> runs.Run:
    """Let the visitor choose a run.

    Args:
        place: Where the box stands.
        known: The runs to choose from, at least one.
        parameter: In the address.
        usual: Id of the run that is shown first; the newest by default.
        words: Above the box.
    """
    by_id = {run.id: run for run in known}
    chosen = linked.choose(
        place.selectbox,
        words,
        by_id,
        parameter,
        usual=usual,
        format_func=lambda one: label(by_id[one], known),
    )
    return by_id[chosen]


def has_images(run: runs.Run) -> bool:
    """Say whether a run kept the images it was recorded on."""
    return (run.folder / files.PROBE).exists()


def images_of(run: runs.Run) -> tuple[np.ndarray, np.ndarray, str] | None:
    """Return images that a run was not trained on, or say why there are none.

    Returns:
        Validation images where these are still prepared, else those it was recorded on, (images,
        height, width, channels) uint8; their classes, (images,); what they are.
    """
    found = _validation_images(run.folder, run.description.get("created"))
    if found is not None:
        return *found, VALIDATION
    try:
        images, labels = run.probe()
    except (runs.RunError, OSError, KeyError) as error:
        st.error(text.plain(error), icon=":material/broken_image:")
        return None
    if images.ndim != 4 or not len(images):
        st.error(
            f"The run {text.plain(run.name)} kept no images that can be shown. Choose another run.",
            icon=":material/broken_image:",
        )
        return None
    return np.rint(images).clip(0, 255).astype(np.uint8), labels, KEPT


@st.cache_resource(max_entries=8, show_spinner=False)
def _validation_images(folder, created):
    return validation_sample(runs.open_run(folder), MOST_IMAGES)


def choose_image_of(run: runs.Run, place, parameter: str) -> np.ndarray | None:
    """Let the visitor choose an image that a run was not trained on.

    Args:
        run: The run.
        place: Where the box stands.
        parameter: In the address.

    Returns:
        Its pixels, (height, width, channels) uint8; nothing where there is none.
    """
    found = images_of(run)
    return None if found is None else found[0][choose_number_of(run, found, place, parameter)]


def choose_number_of(run: runs.Run, found: tuple, place, parameter: str) -> int:
    """Let the visitor choose one of the images of a run; return its place.

    Args:
        run: The run.
        found: From `images_of`.
        place: Where the box stands.
        parameter: In the address.
    """
    images, labels, what = found
    return linked.choose(
        place.selectbox,
        what,
        range(len(images)),
        parameter,
        to_text=lambda one: str(one + 1),
        format_func=lambda one: f"{one + 1}: {_class_name(run, labels[one])}",
    )


def _class_name(run, number):
    names = run.class_names
    return names[number] if number < len(names) else f"class {number}"


def choose_step(run: runs.Run, place, parameter: str) -> int:
    """Let the visitor choose a checkpoint of a run, the last one at first."""
    steps = run.checkpoints.tolist()
    return linked.choose(
        place.selectbox,
        "Training step",
        steps,
        parameter,
        usual=steps[-1],
        format_func=lambda step: f"{step:,}",
    )


def read_layer(run: runs.Run, tensor: str, step: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the kernels of a layer at a checkpoint, and its biases if it has any.

    Args:
        run: The run.
        tensor: Name of the kernels.
        step: The checkpoint.

    Returns:
        (size, size, channels, filters) and (filters,)

    Raises:
        ValueError: They cannot be read, or are not numbers; the message says so.
    """
    try:
        weights = run.checkpoint(step)
        kernels = weights[tensor].astype(float)
    except (runs.RunError, OSError, KeyError) as error:
        raise ValueError(str(error)) from error
    bias = weights.get(tensor.replace("kernel", "bias"))
    if not np.isfinite(kernels).all() or (bias is not None and not np.isfinite(bias).all()):
        raise ValueError(
            f"At step {step:,} the weights of {tensor} are not all numbers: the training of "
            f"{run.name} diverged. Choose an earlier step or another run."
        )
    return kernels, None if bias is None else bias.astype(float)
