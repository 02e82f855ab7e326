"""Record trainings of all kinds, as scripts of their own do: a program for a test.

    python tests/pages/own_scripts.py FOLDER

writes one run a kind into FOLDER. It is a process of its own: pages never load TensorFlow.
"""

import sys
import warnings
from pathlib import Path

import keras
import numpy as np

from explorer import Recorder
from tests.training.rivals import Rivals

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
NUM_IMAGES, BATCH = 32, 8
RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(0, 1, (NUM_IMAGES, 8, 8, 1)).astype(np.float32)
CLASSES = RNG.integers(0, 3, NUM_IMAGES)
SIZES = IMAGES.mean(axis=(1, 2, 3))


def main():
    root = Path(sys.argv[1])
    warnings.simplefilter("ignore")
    for training in (regression, two_outputs, together, unfrozen, rivals, no_weights, binary, maps):
        training(root / training.__name__)


def fit(folder, model, images=IMAGES, labels=CLASSES, probe=(IMAGES[:8], CLASSES[:8]), **options):
    recorder = Recorder(folder, probe=probe)
    model.fit(images, labels, batch_size=BATCH, verbose=0, callbacks=[recorder], **options)


def network(*layers, loss=LOSS, metrics=("accuracy",), **options):
    model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    model.compile("sgd", loss, metrics=list(metrics), **options)
    return model


def classifier(**options):
    layers = [keras.layers.Conv2D(4, 3, activation="relu", name="conv_1"), keras.layers.Flatten()]
    return network(*layers, keras.layers.Dense(3, name="logits"), **options)


def regression(folder):
    layers = [keras.layers.Flatten(), keras.layers.Dense(1, name="size")]
    model = network(*layers, loss="mse", metrics=["mae"])
    fit(folder, model, labels=SIZES, probe=None, validation_split=0.25)


def two_outputs(folder):
    left, right = keras.Input((8, 8, 1), name="left"), keras.Input((1,), name="right")
    seen = keras.layers.concatenate([keras.layers.Flatten()(left), right])
    outputs = {"kind": keras.layers.Dense(3, name="kind")(seen)}
    outputs["size"] = keras.layers.Dense(1, name="size")(seen)
    model = keras.Model({"left": left, "right": right}, outputs)
    model.compile("sgd", {"kind": LOSS, "size": "mse"}, metrics={"kind": ["accuracy"]})
    inputs = {"left": IMAGES, "right": SIZES[:, None]}
    labels = {"kind": CLASSES, "size": SIZES}
    fit(folder, model, inputs, labels, probe=(inputs, labels), validation_data=(inputs, labels))


def together(folder):
    fit(folder, classifier(steps_per_execution=4), epochs=6)


def unfrozen(folder):
    model = classifier()
    recorder = Recorder(folder)
    for is_trainable in (False, True):
        model.get_layer("conv_1").trainable = is_trainable
        model.compile("sgd", LOSS)
        model.fit(IMAGES, CLASSES, verbose=0, callbacks=[recorder])


def rivals(folder):
    model = Rivals()
    model.compile()
    fit(folder, model, probe=None)


def no_weights(folder):
    fit(folder, network(keras.layers.Reshape((8, 8)), keras.layers.GlobalMaxPooling1D()))


def binary(folder):
    layers = [keras.layers.Flatten(), keras.layers.Dense(1, activation="sigmoid", name="answer")]
    labels = CLASSES % 2
    model = network(*layers, loss="binary_crossentropy", metrics=["accuracy", "AUC"])
    fit(folder, model, labels=labels, probe=(IMAGES[:8], labels[:8]), validation_split=0.25)


def maps(folder):
    labels = (IMAGES[..., 0] * 2.99).astype(int)
    model = network(keras.layers.Conv2D(3, 3, padding="same", name="logits"))
    fit(folder, model, labels=labels, probe=(IMAGES[:8], labels[:8]))


if __name__ == "__main__":
    main()
