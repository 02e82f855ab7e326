"""Why a network answers as it does: maps of what in an image matters. Loads TensorFlow."""

from collections.abc import Callable, Sequence

import numpy as np

from explorer.inference.gradcam import grad_cam, last_spatial_layer
from explorer.inference.occlusion import occlusion, patch_and_stride
from explorer.inference.opened import Opened, open_source
from explorer.inference.sensitivity import (
    MID_GREY,
    baseline,
    integrated_gradients,
    saliency,
    smooth_grad,
)

Tell = Callable[[float, str], None]
Arrays = dict[str, np.ndarray]


def attribute(
    progress: Tell,
    *,
    network: dict,
    images: Sequence[str],
    classes: Sequence[int],
    method: str,
    start: str = "black",
    patch_share: float = 0.25,
    fill: str = "mean",
) -> Arrays:
    """Compute what in the images matters to a class's score, by one method.

    Args:
        progress: Called with the share done and words.
        network: A source, see `opened`.
        images: Names from `given.keep`.
        classes: The class asked about, for every image. (images,)
        method: A key of `METHODS`.
        start: Baseline of integrated gradients, one of `sensitivity.BASELINES`.
        patch_share: Width of the patch that hides, as a share of the image's width.
        fill: What hides: `"mean"`, the data's mean colour where it is known, or `"grey"`.

    Returns:
        `maps`, (images, map height, map width), of size 0 when the network has no feature maps
        to answer with; and what there is to say about them: `totals` and `rises`, (images,), for
        integrated gradients, `patch`, `stride` and `fill` for occlusion, `layer` for Grad-CAM.

    Raises:
        RunError: The run or its checkpoint cannot be used.
        ValueError: An image is gone, a class is unknown, or the method is.
    """
    if method not in METHODS:
        raise ValueError(f"The method is {method!r}; choose one of {', '.join(METHODS)}.")
    progress(0.0, "Opening the network")
    opened = open_source(network)
    pixels = opened.look_up(images)
    choices = {"start": start, "patch_share": patch_share, "fill": fill}
    words, compute = METHODS[method]
    return compute(opened, pixels, classes, choices, lambda share: progress(share, words))


def mean_color(opened: Opened) -> np.ndarray:
    """Return the mean colour of the run's sample images, mid-grey without any. (channels,)."""
    probe = opened.run.probe() if opened.run else None
    if probe is None:
        return np.full(opened.channels, MID_GREY, np.float32)
    return probe[0].mean(axis=(0, 1, 2), dtype=np.float64).astype(np.float32)


def _saliency(opened, pixels, classes, choices, tell) -> Arrays:
    tell(0.0)
    return {"maps": saliency(opened.model, pixels, classes)}


def _smooth_grad(opened, pixels, classes, choices, tell) -> Arrays:
    return {"maps": smooth_grad(opened.model, pixels, classes, tell=tell)}


def _integrated_gradients(opened, pixels, classes, choices, tell) -> Arrays:
    starts = baseline(pixels, choices["start"])
    found = integrated_gradients(opened.model, pixels, classes, starts, tell=tell)
    return {"maps": found.maps, "totals": found.totals, "rises": found.rises}


def _occlusion(opened, pixels, classes, choices, tell) -> Arrays:
    patch, stride = patch_and_stride(opened.image_size, choices["patch_share"])
    grey = np.full(opened.channels, MID_GREY, np.float32)
    fill = mean_color(opened) if choices["fill"] == "mean" else grey
    maps = occlusion(
        opened.model, pixels, classes, patch=patch, stride=stride, fill=fill, tell=tell
    )
    return {"maps": maps, "patch": np.array(patch), "stride": np.array(stride), "fill": fill}


def _grad_cam(opened, pixels, classes, choices, tell) -> Arrays:
    tell(0.0)
    layer = last_spatial_layer(opened)
    if layer is None:
        return {"maps": np.zeros((len(pixels), 0, 0), np.float32), "layer": np.array("")}
    return {"maps": grad_cam(opened.model, layer, pixels, classes), "layer": np.array(layer)}


METHODS = {
    "grad_cam": ("Grad-CAM", _grad_cam),
    "occlusion": ("Occlusion", _occlusion),
    "saliency": ("Saliency", _saliency),
    "smooth_grad": ("SmoothGrad", _smooth_grad),
    "integrated_gradients": ("Integrated gradients", _integrated_gradients),
}
