"""What a network answered to an image at every checkpoint, and why. Loads TensorFlow."""

from collections.abc import Callable, Sequence

import numpy as np

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
        `logits`, (steps, classes); `label`; `layer`, the name of the layer that was looked at;
        and `maps` of Grad-CAM, (steps, map height, map width). A network without feature maps
        has no `layer` and no `maps`.

    Raises:
        RunError: The run or a checkpoint cannot be used.
        ValueError: The image is gone, or was prepared for another network.
    """
    chosen = _best_label(run, image, steps) if label is None else label
    answers, maps, layer = [], [], None
    for number, step in enumerate(steps):
        progress(number / len(steps), f"Training step {step:,}")
        opened, pixels = _opened(run, step, image)
        layer = last_spatial_layer(opened)
        answers.append(opened.logits(pixels)[0])
        if layer is not None:
            maps.append(grad_cam(opened.model, layer, pixels, [chosen])[0])
    arrays = {"logits": np.stack(answers).astype(np.float32), "label": np.array(chosen)}
    return arrays if layer is None else {**arrays, "layer": np.array(layer), "maps": np.stack(maps)}


def _best_label(run, image, steps) -> int:
    """Return the best class of the last step with finite scores; the first class without one."""
    for step in reversed(steps):
        opened, pixels = _opened(run, step, image)
        logits = opened.logits(pixels)[0]
        if np.isfinite(logits).all():
            return int(logits.argmax())
    return 0


def _opened(run, step, image) -> tuple[Opened, np.ndarray]:
    opened = open_source({"run": run, "step": step})
    return opened, opened.look_up([image])
