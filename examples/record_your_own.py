"""Record a training of your own: an ordinary Keras script, and one line of the explorer.

It trains a small network on 1,797 handwritten digits, 8 x 8 pixels, that come with scikit-learn.
It needs nothing but `convnet-explorer` and takes a quarter of a minute:

    python record_your_own.py [FOLDER]

The run goes to FOLDER, by default `runs/my-digits` where you are.
"""

import sys
from pathlib import Path

import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import explorer

BATCH, EPOCHS = 32, 5


def main(folder: Path):
    digits = load_digits()
    images = digits.images[..., None].astype("float32") / 16  # 0 to 1, (images, 8, 8, 1)
    train, validation, labels, validation_labels = train_test_split(
        images, digits.target, test_size=0.2, random_state=0, stratify=digits.target
    )

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(16, 3, padding="same", activation="relu", name="conv_1"),
            keras.layers.MaxPooling2D(name="pool_1"),
            keras.layers.Conv2D(32, 3, padding="same", activation="relu", name="conv_2"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(10, name="logits"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )

    # This is the line. The images and labels of its probe are those on which the activations of
    # the layers are recorded; leave them out, and all the rest is recorded.
    recorder = explorer.Recorder(folder, probe=(validation, validation_labels))

    model.fit(
        train,
        labels,
        batch_size=BATCH,
        epochs=EPOCHS,
        validation_data=(validation, validation_labels),
        callbacks=[recorder],
        verbose=2,
    )
    print(f"\nRecorded in {folder}. Look at it, also while it grows:\n")
    print(f"    explorer app --runs {folder.resolve().parent}\n")
    print("It is on the page Trainer, tab Runs, and on Compare.")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "runs/my-digits"))
