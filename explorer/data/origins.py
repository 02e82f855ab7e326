"""Where images come from, behind one face: folders, ZIPs and named sets."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.data.archives import Archive
from explorer.data.decode import decode, fit_image
from explorer.data.errors import DataError, cut
from explorer.data.folders import Folder
from explorer.data.image_set import Progress, Skipped
from explorer.data.members import clean

WORKERS = min(4, os.cpu_count() or 1)
BATCH = 256


@dataclass(frozen=True)
class Picture:
    """One fitted image on its way into a set.

    Args:
        file: Its relative name.
        class_name: Name of its class.
        pixels: 0 to 255. (image_size, image_size, 1 or 3)
        remarks: Keys of `decode.REMARKS`.
    """

    file: str
    class_name: str
    pixels: np.ndarray
    remarks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Arrays:
    """Labelled images of a named set as they come from its files.

    Args:
        images: 0 to 255. (images, height, width) or (images, height, width, channels)
        labels: Index into `class_names`. (images,)
        class_names: Names of the classes, in any order.
        notes: Sentences for people about the set.
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def open_files(path: Path) -> Folder | Archive:
    """Open a directory or a ZIP, or say what is wrong with the path."""
    expected = "Expected a folder of class folders, a ZIP of them, or the name of a set"
    try:
        if path.is_dir():
            return Folder(path)
        if path.is_file():
            return Archive(path)
    except OSError as error:
        raise DataError(f"{cut(path)} cannot be read ({error.strerror}). {expected}.") from error
    raise DataError(f"There is no folder or file {cut(path)!r}. {expected}.")


def pictures_in_files(
    origin: Folder | Archive, *, image_size: int, color: str, fit: str
) -> Iterator[Picture | Skipped]:
    """Decode all images of a folder or ZIP, in the order of their names.

    Pillow decodes outside the interpreter's lock, so a few threads share the work.
    """
    channels = {"auto": None, "grey": 1, "rgb": 3}[color]
    options = {"image_size": image_size, "fit": fit, "grey": color == "grey", "channels": channels}

    def picture(name):
        try:
            decoded = decode(origin.read(name), **options)
        except ValueError as error:
            return Skipped(clean(name), str(error))
        except OSError as error:
            return Skipped(clean(name), f"it cannot be read ({error.strerror or error})")
        return Picture(clean(name), origin.classes[name], decoded.pixels, decoded.remarks)

    names = list(origin.classes)
    with ThreadPoolExecutor(WORKERS) as pool:
        for start in range(0, len(names), BATCH):
            yield from pool.map(picture, names[start : start + BATCH])


def pictures_in_arrays(
    arrays: Arrays, *, image_size: int, color: str, fit: str
) -> Iterator[Picture]:
    """Fit the images of a named set, which need no decoding."""
    for index, (pixels, label) in enumerate(zip(arrays.images, arrays.labels, strict=True)):
        class_name = arrays.class_names[label]
        image = Image.fromarray(np.squeeze(pixels))
        if color != "auto":
            image = image.convert("L" if color == "grey" else "RGB")
        fitted = np.asarray(fit_image(image, image_size, fit, set()))
        fitted = fitted.reshape(image_size, image_size, -1)
        yield Picture(f"{class_name}/{index:05d}", class_name, fitted)


# A named set: yields progress while it fetches or draws, its arrays last.
Named = Callable[[int], Iterator[Progress | Arrays]]
