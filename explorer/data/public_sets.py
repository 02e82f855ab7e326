"""The sets everybody knows, read from the files that Keras reads, without Keras.

Only the training images are taken; the official test images stay unseen.
"""

import gzip
import pickle
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from explorer.data.downloads import Download, fetch
from explorer.data.errors import DataError
from explorer.data.image_set import Progress
from explorer.data.origins import Arrays

KERAS_FILES = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
MNIST = Download(
    f"{KERAS_FILES}mnist.npz", "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
)
FASHION_IMAGES = Download(
    f"{KERAS_FILES}train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"
)
FASHION_LABELS = Download(
    f"{KERAS_FILES}train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"
)
CIFAR_10 = Download(
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
)
FASHION_CLASSES = (
    *("T-shirt", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
CIFAR_10_CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
NOTE = "The training images only; the official test images stay unseen."
DAMAGED = (
    *(OSError, EOFError, ValueError, KeyError, zlib.error),
    *(tarfile.TarError, zipfile.BadZipFile, pickle.UnpicklingError),
)


def mnist(file: Download = MNIST) -> Iterator[Progress | Arrays]:
    """Fetch the 60,000 training images of MNIST (LeCun et al., 1998)."""
    path = yield from fetch(file)
    with _readable(path), np.load(path, allow_pickle=False) as arrays:
        images, labels = arrays["x_train"], arrays["y_train"]
    yield Arrays(images, labels, tuple("0123456789"), (NOTE,))


def fashion_mnist(
    images_file: Download = FASHION_IMAGES, labels_file: Download = FASHION_LABELS
) -> Iterator[Progress | Arrays]:
    """Fetch the 60,000 training images of Fashion-MNIST (Xiao et al., 2017)."""
    images_path = yield from fetch(images_file)
    labels_path = yield from fetch(labels_file)
    with _readable(images_path), gzip.open(images_path) as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    with _readable(labels_path), gzip.open(labels_path) as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    yield Arrays(images, labels, FASHION_CLASSES, (NOTE,))


def cifar_10(file: Download = CIFAR_10) -> Iterator[Progress | Arrays]:
    """Fetch the 50,000 training images of CIFAR-10 (Krizhevsky, 2009)."""
    path = yield from fetch(file)
    images, labels = [], []
    yield Progress(0, 0, "Unpacking CIFAR-10")
    with _readable(path), tarfile.open(path, "r:gz") as archive:
        for member in archive:
            if Path(member.name).name.startswith("data_batch_"):
                batch = _ArraysOnly(archive.extractfile(member), encoding="bytes").load()
                images.append(np.asarray(batch[b"data"], np.uint8).reshape(-1, 3, 32, 32))
                labels.extend(batch[b"labels"])
    pixels = np.concatenate(images).transpose(0, 2, 3, 1)
    yield Arrays(np.ascontiguousarray(pixels), np.array(labels), CIFAR_10_CLASSES, (NOTE,))


@contextmanager
def _readable(path):
    """Turn the errors of a damaged file into one a person understands."""
    try:
        yield
    except DAMAGED as error:
        raise DataError(
            f"{path} cannot be read ({error}). Delete it; it is downloaded again."
        ) from error


class _ArraysOnly(pickle.Unpickler):
    """Reads pickled arrays and nothing else: a pickle can otherwise run any program."""

    def find_class(self, module, name):
        if name == "_reconstruct" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return np._core.multiarray._reconstruct
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        raise pickle.UnpicklingError(f"it holds {module}.{name}, which is not an array")
