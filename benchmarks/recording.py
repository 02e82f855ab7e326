"""What recording costs: `fit` with the recorder against plain `fit`, in alternating pairs.

Claims: on its default schedule the recorder takes at most 1.05 times plain `fit` (the article's
network, as many steps as the article's experiment takes), and a recorded step costs at most a
tenth of writing the same tensors with `tf.summary.histogram`. Both run in the environment of the
explorer's own trainings: without it, TensorFlow gives memory back at every step, and times say
little. Prints the figures; exits with 1 when a claim does not hold.

    python benchmarks/recording.py [--steps 2200] [--pairs 5]
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from explorer.training.processes import FAST

if not FAST.keys() <= os.environ.keys():  # as trainings run; the allocator reads it at its start
    os.execve(sys.executable, [sys.executable, *sys.argv], {**FAST, **os.environ})

import keras
import numpy as np
import tensorflow as tf

from explorer.models.architectures import Network
from explorer.models.build import build
from explorer.training.hooks import StepHook
from explorer.training.probe import ProbeHook, answering_layers
from explorer.training.recorder import Recorder

MOST_FIT_RATIO = 1.05
MOST_STEP_RATIO = 0.1
NETWORK = Network("article", image_size=32, channels=3, num_classes=9)
BATCH = 64


def data():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (BATCH * 100, 32, 32, 3), dtype=np.uint8)
    return images, rng.integers(0, 9, len(images))


def compiled():
    model = build(NETWORK, seed=0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.01), loss, metrics=["accuracy"])
    return model


def seconds_to_fit(images, labels, steps, callbacks):
    model = compiled()
    batches = tf.data.Dataset.from_tensor_slices((images, labels)).repeat().batch(BATCH)
    options = tf.data.Options()
    options.autotune.enabled = False  # else `fit` sleeps seconds at its end, now and then
    batches = batches.prefetch(2).with_options(options)
    start = time.perf_counter()
    model.fit(batches, steps_per_epoch=100, epochs=steps // 100, verbose=0, callbacks=callbacks)
    return time.perf_counter() - start


def fit_pair(images, labels, steps, folder, recorder_first):
    recorder = Recorder(folder, probe=(images, labels))
    order = [[recorder], []] if recorder_first else [[], [recorder]]
    seconds = {
        bool(callbacks): seconds_to_fit(images, labels, steps, callbacks) for callbacks in order
    }
    return seconds[True], seconds[False], recorder


def summary_seconds(images, labels, folder, repeats):
    """Time writing what one recorded step holds with `tf.summary.histogram`."""
    model = compiled()
    hook = StepHook(model)
    hook.attach()
    model.fit(images[:BATCH], labels[:BATCH], verbose=0)
    gradients = hook.gradients()
    probe = ProbeHook(model, images[:64], answering_layers(model))
    outputs, *_ = probe()
    weights = {variable.path: variable.numpy() for variable in model.weights}
    named = {
        **{f"weights/{name}": value for name, value in weights.items()},
        **{f"gradients/{name}": value for name, value in gradients.items()},
        **{f"updates/{name}": 0.01 * value for name, value in gradients.items()},
        **{f"activations/{name}": value for name, value in outputs.items()},
    }
    times = []
    with tf.summary.create_file_writer(str(folder)).as_default() as writer:
        for step in range(repeats + 2):
            start = time.perf_counter()
            for name, values in named.items():
                tf.summary.histogram(name, values, step=step)
            writer.flush()
            times.append(time.perf_counter() - start)
    return statistics.median(times[2:])


def recorded_step_seconds(recorder):
    """Median time of one recorded step, all it does, as the recorder clocked it."""
    return statistics.median(recorder.step_seconds[1:-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2200)
    parser.add_argument("--pairs", type=int, default=5)
    arguments = parser.parse_args()
    images, labels = data()
    seconds_to_fit(images, labels, 100, [])
    ratios, step_ratios = [], []
    with tempfile.TemporaryDirectory() as folder:
        for pair in range(arguments.pairs):
            recorded, plain, recorder = fit_pair(
                images, labels, arguments.steps, Path(folder) / str(pair), pair % 2 == 0
            )
            ratios.append(recorded / plain)
            summaries = summary_seconds(images, labels, Path(folder) / f"tb{pair}", 5)
            step = recorded_step_seconds(recorder)
            step_ratios.append(step / summaries)
            print(
                f"pair {pair + 1}: fit {plain:.2f} s, with recorder {recorded:.2f} s, "
                f"ratio {ratios[-1]:.3f}; a recorded step {1e3 * step:.1f} ms, "
                f"tf.summary.histogram {1e3 * summaries:.1f} ms, ratio {step_ratios[-1]:.3f}",
                flush=True,
            )
    return report(arguments, ratios, step_ratios)


def report(arguments, ratios, step_ratios):
    fit_ratio, step_ratio = statistics.median(ratios), statistics.median(step_ratios)
    print(f"{arguments.steps} steps, {arguments.pairs} pairs, {os.cpu_count()} cores")
    print(f"recorder / plain fit: median {fit_ratio:.3f} (limit {MOST_FIT_RATIO})")
    print(
        f"recorded step / tf.summary.histogram: median {step_ratio:.3f} (limit {MOST_STEP_RATIO})"
    )
    holds = fit_ratio <= MOST_FIT_RATIO and step_ratio <= MOST_STEP_RATIO
    print("PASS" if holds else "FAIL")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
