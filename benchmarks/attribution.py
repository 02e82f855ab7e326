"""Grad-CAM and integrated gradients against tf-keras-vis and against a plain loop.

    python benchmarks/attribution.py                      # bundled networks and a MobileNetV2
    python benchmarks/attribution.py --networks photographs --pairs 9

All three work in this process, in the environment of the explorer's own inference process, on the
same network and the same images of noise. They take turns, and who begins changes from round to
round. Before anything is timed, each must give the same maps as the others.

- **Grad-CAM** of 1 and of 8 images. The loop is that of the Keras example: a gradient tape over
  one image after the other, with the model of the layer's output built once.
- **Integrated gradients** of 1 image with 50 steps. tf-keras-vis has no such method: the 50 images
  go through its `Saliency` with signed gradients, all at once. The loop is a gradient tape over
  one step after the other.

The claim: for each network and method, the median of the ratios of a round is at most 1, against
tf-keras-vis and against the loop. Exit code 1 if it does not hold. The first call of ours, which
compiles, is printed beside.
"""

import argparse
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from explorer.training.processes import worker_environment

if not worker_environment().items() <= os.environ.items():  # the allocator reads it at its start
    environment = {**os.environ, **worker_environment()}
    os.execve(sys.executable, [sys.executable, *sys.argv], environment)

import keras
import numpy as np
import tensorflow as tf

from explorer.inference.gradcam import grad_cam, last_spatial_layer
from explorer.inference.opened import Opened, open_source
from explorer.inference.sensitivity import STEPS, integrated_gradients
from explorer.paths import PROJECT

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.saliency import Saliency
    from tf_keras_vis.utils.scores import CategoricalScore

warnings.filterwarnings("ignore", message="The structure of `inputs`")  # a list of one image
MOST_RATIO = 1.0
MANY = 8
LARGE = "MobileNetV2"
LEAST_PAIRS = 5
TOLERANCE = 1e-2  # of the largest value of a map; sums of 50 gradients, in other orders

Maps = Callable[[], np.ndarray]


@dataclass(frozen=True)
class Case:
    """One thing to compute, in three ways.

    Args:
        words: What it is.
        ours: The explorer's way.
        peer: That of tf-keras-vis.
        loop: A plain loop.
    """

    words: str
    ours: Maps
    peer: Maps
    loop: Maps


def main():
    """Measure, print, judge."""
    options = _options()
    print(f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {options.pairs} rounds")
    ratios = [
        ratio
        for name in options.networks
        for case in cases(opened(name))
        for ratio in check(case, options.pairs)
    ]
    slowest = max(ratios)
    holds = slowest <= MOST_RATIO and options.pairs >= LEAST_PAIRS
    print("PASS" if holds else "FAIL", f"worst ratio {slowest:.2f}, limit {MOST_RATIO:.2f}")
    sys.exit(0 if holds else 1)


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = ["photographs", "characters-adequate", LARGE]
    parser.add_argument("--networks", nargs="+", choices=known, default=known)
    parser.add_argument("--pairs", type=int, default=7, help=f"rounds, at least {LEAST_PAIRS}")
    return parser.parse_args()


def opened(name: str) -> Opened:
    """Open a bundled run, or build the large network with weights as drawn."""
    if name != LARGE:
        return open_source({"run": str(PROJECT / "checkpoints" / name)})
    model = keras.applications.MobileNetV2(weights=None, classifier_activation=None)
    return Opened(name, model, tuple(map(str, range(1000))), 224, 3, "crop")


def cases(network: Opened) -> list[Case]:
    """Return what is measured of a network."""
    rng = np.random.default_rng(0)
    size = network.image_size
    images = rng.uniform(0, 255, (MANY, size, size, network.channels)).astype(np.float32)
    classes = np.argsort(network.logits(images), axis=1)[:, -1]
    return [
        grad_cam_case(network, images[:1], classes[:1]),
        grad_cam_case(network, images, classes),
        integrated_case(network, images[0], int(classes[0])),
    ]


def grad_cam_case(network: Opened, images: np.ndarray, classes: np.ndarray) -> Case:
    """Compare Grad-CAM maps at the layer that is usually asked for."""
    model, layer = network.model, last_spatial_layer(network)
    theirs = Gradcam(model, clone=False)
    parts = keras.Model(model.inputs, [model.get_layer(layer).output, model.outputs[0]])

    def peer():
        return theirs(
            CategoricalScore(classes.tolist()),
            images,
            penultimate_layer=layer,
            seek_penultimate_conv_layer=False,
            expand_cam=False,
            normalize_cam=False,
        )

    def loop():
        return np.stack(
            [grad_cam_of_one(parts, image, k) for image, k in zip(images, classes, strict=True)]
        )

    return Case(
        f"{network.name}, Grad-CAM, {len(images)} x {network.image_size} pixels",
        lambda: grad_cam(model, layer, images, classes),
        peer,
        loop,
    )


def grad_cam_of_one(parts: keras.Model, image: np.ndarray, chosen: int) -> np.ndarray:
    """Compute one map as the Keras example does."""
    with tf.GradientTape() as tape:
        maps, logits = parts(image[None], training=False)
        score = logits[:, chosen]
    weights = tf.reduce_mean(tape.gradient(score, maps), axis=(0, 1, 2))
    return tf.nn.relu(tf.reduce_sum(maps[0] * weights, axis=-1)).numpy()


def integrated_case(network: Opened, image: np.ndarray, chosen: int) -> Case:
    """Compare integrated gradients from black."""
    model = network.model
    theirs = Saliency(model, clone=False)
    shares = ((np.arange(STEPS) + 0.5) / STEPS).reshape(-1, 1, 1, 1).astype(np.float32)
    black = np.zeros_like(image)

    def peer():
        signed = {"gradient_modifier": None, "keepdims": True, "normalize_map": False}
        gradients = theirs(CategoricalScore([chosen] * STEPS), shares * image, **signed)
        return (image * np.mean(gradients, axis=0)).sum(axis=-1)

    def loop():
        total = np.zeros_like(image)
        for share in shares:
            total += gradient_of_one(model, share * image, chosen)
        return (image * total / STEPS).sum(axis=-1)

    return Case(
        f"{network.name}, integrated gradients, 1 x {network.image_size} pixels, {STEPS} steps",
        lambda: integrated_gradients(model, image[None], [chosen], black[None]).maps[0],
        peer,
        loop,
    )


def gradient_of_one(model: keras.Model, image: np.ndarray, chosen: int) -> np.ndarray:
    """Return the gradient of a class's score with respect to one image."""
    tensor = tf.constant(image[None])
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        score = model(tensor, training=False)[:, chosen]
    return tape.gradient(score, tensor)[0].numpy()


def check(case: Case, rounds: int) -> tuple[float, float]:
    """Measure one case; return the median ratios to tf-keras-vis and to the loop."""
    first = seconds_of(case.ours)
    same_maps(case)
    ways = (case.ours, case.peer, case.loop)
    spent = []
    for number in range(rounds):
        order = [(number + place) % 3 for place in range(3)]
        found = {place: seconds_of(ways[place]) for place in order}
        spent.append([found[place] for place in range(3)])
    ours, peer, loop = (1000 * statistics.median(column) for column in zip(*spent, strict=True))
    ratios = tuple(statistics.median(one[0] / one[k] for one in spent) for k in (1, 2))
    print(
        f"{case.words}: {ours:.1f} ms (first call {1000 * first:.0f} ms); "
        f"tf-keras-vis {peer:.1f} ms, ratio {ratios[0]:.2f}; "
        f"plain loop {loop:.1f} ms, ratio {ratios[1]:.2f}",
        flush=True,
    )
    return ratios


def same_maps(case: Case):
    """Check that all three compute the same, and warm up the others."""
    ours = case.ours()
    for words, way in (("tf-keras-vis", case.peer), ("the loop", case.loop)):
        apart = np.abs(ours - way()).max() / max(np.abs(ours).max(), 1e-12)
        if apart > TOLERANCE:
            raise RuntimeError(
                f"{case.words}: {words} differs by {apart:.2%} of the largest value."
            )


def seconds_of(way: Maps) -> float:
    """Time one call."""
    start = time.perf_counter()
    way()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
