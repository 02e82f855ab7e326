"""Train the same network on one device and on two, and record both: a program for a test.

    python tests/training/two_devices.py FOLDER

writes FOLDER/one and FOLDER/two. The same with steps that are executed together stands in
FOLDER/one-together and FOLDER/two-together, computed eagerly: as a graph Keras 3.15 cannot do that
on several devices (keras-team/keras, issue 19246). What it then says, with a recorder and without,
stands in FOLDER/refused.json. Logical devices can only be made before TensorFlow begins.
"""

import json
import sys
from contextlib import nullcontext
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from explorer import Recorder
from explorer.models.architectures import Network
from explorer.models.build import build

NETWORK = Network("article", image_size=16, channels=3, num_classes=4, filters=4, depth=2)
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(0, 255, (48, 16, 16, 3)).astype(np.float32)
LABELS = RNG.integers(0, 4, 48)
TOGETHER = {"steps_per_execution": 4}  # of an epoch's 6 steps: the second time there are fewer
EAGERLY = {"run_eagerly": True, **TOGETHER}


def main():
    (processor,) = tf.config.list_physical_devices("CPU")
    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(processor, halves)
    folder = Path(sys.argv[1])
    # One for all: the operations of a second one would be taken for those of the first.
    both = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    train(nullcontext(), record(folder / "one"))
    train(both.scope(), record(folder / "two"))
    train(nullcontext(), record(folder / "one-together"), **EAGERLY)
    train(both.scope(), record(folder / "two-together"), **EAGERLY)
    refused = [refusal(both, []), refusal(both, record(folder / "two-as-a-graph"))]
    (folder / "refused.json").write_text(json.dumps(refused))


def record(folder):
    return [Recorder(folder, probe=(IMAGES[:10], LABELS[:10]))]


def train(scope, callbacks, **options):
    with scope:
        model = build(NETWORK, seed=0)
        model.compile(keras.optimizers.SGD(0.01), LOSS, metrics=["accuracy"], **options)
    model.fit(
        IMAGES, LABELS, batch_size=8, epochs=2, shuffle=False, verbose=0,
        validation_data=(IMAGES[:8], LABELS[:8]), callbacks=callbacks,
    )  # fmt: skip


def refusal(both, callbacks):
    """Return what Keras says of steps executed together on two devices; nothing if it does them."""
    try:
        train(both.scope(), callbacks, **TOGETHER)
    except tf.errors.InvalidArgumentError as error:
        return type(error).__name__
    return ""


if __name__ == "__main__":
    main()
