"""From single pictures to a prepared set in the cache."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from explorer.data import cache
from explorer.data.decode import REMARKS
from explorer.data.duplicates import find_groups
from explorer.data.errors import DataError
from explorer.data.group_files import GroupFile
from explorer.data.image_set import ImageSet, Progress, Skipped
from explorer.data.origins import Picture

IMAGE_SIZES = (8, 256)
MAX_SET_BYTES = 8_000_000_000
MAX_SKIPPED = 1000
PROGRESS_EVERY = 250


@dataclass(frozen=True)
class Options:
    """How the images of a set are to be prepared, as in `read`."""

    image_size: int
    color: str
    fit: str

    def __post_init__(self):
        low, high = IMAGE_SIZES
        if not low <= self.image_size <= high:
            raise DataError(f"image_size is {self.image_size}. It must be {low} to {high} pixels.")
        for name, choices in (("color", ("auto", "grey", "rgb")), ("fit", ("crop", "pad"))):
            if getattr(self, name) not in choices:
                raise DataError(
                    f"{name} is {getattr(self, name)!r}. It must be one of {', '.join(choices)}."
                )


def prepare(making, options: Options, group_file: GroupFile | None, key: str) -> Iterator[Progress]:
    """Write a cache entry, yielding progress.

    Args:
        making: Where the pictures come from, as `loading` makes it.
        options: How they are prepared.
        group_file: Near-duplicates that a person knows of; `None` to look for them.
        key: Name of the entry.
    """
    making.examine()
    _check_room(making.total, options)
    table = _Table(making)
    with cache.Entry(key) as entry:
        path, channels = entry.folder / "images.npy", 3 if options.color == "rgb" else 1
        with cache.PixelFile(path, options.image_size, channels) as pixel_file:
            yield from table.fill(pixel_file)
            images = pixel_file.close()
        _check_found(table, making)
        groups = yield from table.group(images, group_file)
        entry.write(cache.set_values(table.image_set(images, groups, options.fit, key)))


class _Table:
    """What is known of every image but its pixels."""

    def __init__(self, making):
        self.making = making
        self.files, self.classes, self.skipped = [], [], list(making.skipped)
        self.remarks, self.notes = Counter(), ()

    def fill(self, pixel_file):
        """Take in all pictures, yielding progress."""
        for item in self.making.items():
            if isinstance(item, Progress):
                yield item
            elif isinstance(item, Skipped):
                self.skipped.append(item)
            else:
                self._add(item, pixel_file)
                if len(self.files) % PROGRESS_EVERY == 0:
                    yield Progress(len(self.files), self.making.total, "Preparing images")

    def _add(self, picture: Picture, pixel_file):
        pixel_file.append(picture.pixels)
        self.files.append(picture.file)
        self.classes.append(picture.class_name)
        self.remarks.update(picture.remarks)

    def group(self, images, group_file):
        """Return the near-duplicate group of every image, yielding progress."""
        if group_file:
            groups, self.notes = group_file.match(self.files)
            return groups
        if not self.making.find_groups:
            return np.arange(len(images))
        return (yield from find_groups(images))

    def image_set(self, images, groups, fit, key):
        names = np.array(self.classes, dtype=object)
        class_names, labels = np.unique(names, return_inverse=True)
        return ImageSet(
            name=self.making.name,
            source=self.making.source,
            images=images,
            labels=labels,
            class_names=tuple(class_names.tolist()),
            groups=groups,
            file_names=tuple(self.files),
            skipped=tuple(self.skipped[:MAX_SKIPPED]),
            notes=tuple(self._all_notes()),
            fit=fit,
            fingerprint=self.making.fingerprint,
            key=key,
        )

    def _all_notes(self):
        yield from self.making.notes
        for remark, count in self.remarks.items():
            yield f"{count:,} image{'s' if count != 1 else ''} {REMARKS[remark]}."
        yield from self.notes
        if len(self.skipped) > MAX_SKIPPED:
            yield f"{len(self.skipped):,} files were left out; {MAX_SKIPPED:,} of them are listed."


def _check_room(total, options):
    size = total * options.image_size**2 * (1 if options.color == "grey" else 3)
    if size > MAX_SET_BYTES:
        raise DataError(
            f"{total:,} images of {options.image_size} x {options.image_size} pixels would take "
            f"{size / 1e9:.0f} GB. Choose a smaller image size or fewer images."
        )


def _check_found(table, making):
    if table.files:
        return
    message = f"No image of a class was found in {making.name}"
    if table.skipped:
        first, number = table.skipped[0], len(table.skipped)
        message += f": {number:,} files left out, the first {first.file} ({first.reason})"
    raise DataError(
        f"{message}. Expected one folder for each class with PNG, JPEG, WebP, BMP or GIF images."
    )
