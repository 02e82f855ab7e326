"""Short trainings over five decades of learning rates, for `verdicts.py`.

All run in one process on one core, through the same `fit` as an ordinary job, each into a run
folder of its own. What is finished is not trained again.
"""

import os
import time
from dataclasses import replace
from pathlib import Path

for setting in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ[setting] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from verdict_trials import OWN, Trial

from explorer import data, runs
from explorer.runs.write import update_description
from explorer.training.fitting import fit, probe_images
from explorer.training.pipeline import training_batches, validation_batches
from explorer.training.recorder import Recorder
from explorer.training.worker import describe_data

MOST_TRAINED_ON = 4352  # with batches of 64 that is 68 steps an epoch
MOST_VALIDATED = 540


def train_all(trials: list[Trial], root: Path) -> None:
    """Train those that are not finished yet, telling what each took."""
    for number, trial in enumerate(trials, start=1):
        folder = root / trial.name
        if folder.is_dir() and runs.open_run(folder).status == "finished":
            continue
        start = time.process_time()
        train(trial, folder)
        seconds = time.process_time() - start
        print(f"{number}/{len(trials)} {trial.name}: {seconds:.0f} s of one core", flush=True)


def train(trial: Trial, folder: Path) -> None:
    """Train one run into its folder, from the beginning."""
    for left in folder.rglob("*.*") if folder.is_dir() else []:
        left.unlink()
    spec = trial.spec
    options = {"image_size": spec.image_size, "color": spec.color, "fit": spec.fit}
    images = data.load(spec.data, **options)
    split = _fewer(images.split(validation_share=spec.validation_share, seed=spec.seed))
    folder.mkdir(parents=True, exist_ok=True)
    about = {"name": spec.name, "data": describe_data(images, split, spec)}
    keras.utils.clear_session()
    if trial.network in OWN:
        train_own(trial, folder, images, split, about)
    else:
        update_description(folder, spec=spec.to_dict(), **about)
        fit(runs.open_run(folder), spec, images, split)


def train_own(trial, folder, images, split, about):
    """Train as somebody's own script would: another network, an optimiser and names of Keras."""
    spec, function = trial.spec, trial.network
    keras.utils.set_random_seed(spec.seed)
    model = keras.Sequential(
        [
            keras.Input(images.images.shape[1:]),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(16, 3, padding="same", activation=function),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(32, 3, padding="same", activation=function),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation=function),
            keras.layers.Dense(len(images.class_names), activation="softmax"),
        ]
    )
    optimizer = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[spec.optimizer]
    model.compile(
        optimizer(spec.learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    steps = -(-len(split.train) // spec.batch_size)
    model.fit(
        training_batches(
            images.images, images.labels, split.train, batch_size=spec.batch_size, seed=spec.seed
        ),
        validation_data=validation_batches(images.images, images.labels, split.validation),
        steps_per_epoch=steps,
        epochs=spec.epochs,
        shuffle=False,
        verbose=0,
        callbacks=[
            Recorder(
                folder,
                recording=spec.recording,
                probe=probe_images(images, split, spec),
                about=about,
                planned_steps=steps * spec.epochs,
            )
        ],
    )


def _fewer(split: data.Split) -> data.Split:
    """Take an evenly spaced part, so that a training lasts seconds."""
    return replace(
        split,
        train=_every(split.train, MOST_TRAINED_ON),
        validation=_every(split.validation, MOST_VALIDATED),
    )


def _every(indices, most):
    places = np.linspace(0, len(indices) - 1, min(most, len(indices))).astype(int)
    return indices[places]


tf.config.set_visible_devices([], "GPU")
