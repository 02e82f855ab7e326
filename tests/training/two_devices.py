"""Train the same network on one device and on two, and record both: a program for a test.

    python tests/training/two_devices.py FOLDER

writes FOLDER/one and FOLDER/two. Logical devices can only be made before TensorFlow begins.
"""

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


def main():
    (processor,) = tf.config.list_physical_devices("CPU")
    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(processor, halves)
    folder = Path(sys.argv[1])
    train(nullcontext(), folder / "one")
    train(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope(), folder / "two")


def train(scope, folder):
    rng = np.random.default_rng(0)
    images = rng.uniform(0, 255, (48, 16, 16, 3)).astype(np.float32)
    labels = rng.integers(0, 4, 48)
    with scope:
        model = build(NETWORK, seed=0)
        model.compile(keras.optimizers.SGD(0.01), LOSS, metrics=["accuracy"])
    recorder = Recorder(folder, probe=(images[:10], labels[:10]))
    model.fit(
        images, labels, batch_size=8, epochs=2, shuffle=False, verbose=0,
        validation_data=(images[:8], labels[:8]), callbacks=[recorder],
    )  # fmt: skip


if __name__ == "__main__":
    main()
