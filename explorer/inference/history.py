"""What a network answered to an image at every checkpoint, and why. Loads TensorFlow."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import numpy as np

from explorer import runs
from explorer.inference.gradcam import grad_cam, last_spatial_layer
from explorer.inference.opened import Opened, open_source

Tell = Callable[[float, str], None]


def history(
    progress: Tell, *, run: str, image: str, steps: Sequence[int], label: int | None = None
) -> dict:
    """Show one image to a network at several checkpoints.

    Args:
        progress: Called with the share done and words.
        run: Folder of the run.
        image: A name from `given.keep`.
        steps: Checkpoints of the run, ascending.
        label: The class whose evidence is looked for; by default the best one of the last
            checkpoint whose scores are numbers.

    Returns:
        `steps`, the checkpoints that could be read; `logits`, (steps, classes); `label`; `layer`,
        the name of the layer that was looked at; and `maps` of Grad-CAM, (steps, map height, map
        width). A network without feature maps has no `layer` and no `maps`.

    Raises:
        RunError: The run or all checkpoints cannot be used.
        ValueError: The image is gone, or was prepared for another network.
    """
    chosen = _best_label(run, image, steps) if label is None else label
    read, answers, maps, layer = [], [], [], None
    for step, opened, pixels in _in_turn(progress, run, image, steps):
        layer = last_spatial_layer(opened)
        read.append(step)
        answers.append(opened.logits(pixels)[0])
        if layer is not None:
            maps.append(grad_cam(opened.model, layer, pixels, [chosen])[0])
    arrays = {
        "steps": np.array(read),
        "logits": np.stack(answers).astype(np.float32),
        "label": np.array(chosen),
    }
    return arrays if layer is None else {**arrays, "layer": np.array(layer), "maps": np.stack(maps)}


def _best_label(run, image, steps) -> int:
    """Return the best class of the last step with finite scores; the first class without one."""
    for step in reversed(steps):
        with suppress(runs.RunError):  # it is told of when all steps are gone through
            opened, pixels = _opened(run, step, image)
            logits = opened.logits(pixels)[0]
            if np.isfinite(logits).all():
                return int(logits.argmax())
    return 0


def _in_turn(progress, run, image, steps) -> Iterator[tuple[int, Opened, np.ndarray]]:
    """Open the network at every checkpoint that can be read; raise if there is none."""
    found, unread = 0, None
    for number, step in enumerate(steps):
        progress(number / len(steps), f"Training step {step:,}")
        try:
            opened, pixels = _opened(run, step, image)
        except runs.RunError as error:
            unread = error
            continue
        found += 1
        yield step, opened, pixels
    if unread is not None and not found:
        raise unread


def _opened(run, step, image) -> tuple[Opened, np.ndarray]:
    opened = open_source({"run": run, "step": step})
    return opened, opened.look_up([image])
