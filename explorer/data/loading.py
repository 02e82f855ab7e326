"""The door for images: whatever the source, one prepared `ImageSet` comes out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from explorer.data import cache, named
from explorer.data.decode import REMARKS
from explorer.data.duplicates import find_groups
from explorer.data.errors import DataError
from explorer.data.group_files import GroupFile
from explorer.data.image_set import ImageSet, Progress, Skipped
from explorer.data.origins import Picture, open_files, pictures_in_arrays, pictures_in_files

IMAGE_SIZES = (8, 256)
MAX_SET_BYTES = 8_000_000_000
MAX_SKIPPED = 1000
PROGRESS_EVERY = 250


@dataclass(frozen=True)
class Options:
    """How the images of a set are to be prepared."""

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


def load(source: str | Path, **options) -> ImageSet:
    """Prepare a set and wait for it; takes the arguments of `read`."""
    for item in read(source, **options):
        last = item
    return last


def read(
    source: str | Path,
    *,
    image_size: int = 64,
    color: str = "auto",
    fit: str = "crop",
    groups: str | Path | None = None,
    name: str | None = None,
) -> Iterator[Progress | ImageSet]:
    """Prepare a set, telling how far it is; a set prepared before opens at once.

    Args:
        source: A key of `SOURCES`, or the path of a folder of class folders or a ZIP of them.
        image_size: Width and height every image is fitted to.
        color: `"grey"`, `"rgb"`, or `"auto"`: grey if every image is colourless.
        fit: `"crop"` scales the shorter side to the square and cuts the longer one in the middle,
            `"pad"` keeps the whole image on mid-grey.
        groups: CSV `file,group` of near-duplicates; without it they are looked for.
        name: What to call the set; by default the name of the folder, the ZIP or the set.

    Yields:
        `Progress` while at work, the `ImageSet` last.

    Raises:
        DataError: If the source cannot be used; says why and what to do.
    """
    options = Options(image_size, color, fit)
    yield Progress(0, 0, "Looking at the source")
    making = _Named(str(source), options) if source in named.SOURCES else _Files(source, options)
    group_file = GroupFile(Path(groups)) if groups else None
    fingerprint = group_file.fingerprint if group_file else None
    key = cache.entry_key(making.fingerprint, groups=fingerprint, **vars(options))
    try:
        prepared = cache.open_prepared(key)
    except LookupError:
        try:
            yield from _prepare(making, options, group_file, key)
        except OSError as error:
            raise DataError(
                f"The prepared images cannot be kept in {cache.cache_dir()} ({error.strerror}). "
                "Make room there, or name another folder with EXPLORER_CACHE."
            ) from error
        prepared = cache.open_prepared(key)
    finally:
        making.close()
    yield replace(prepared, name=name or making.name, source=str(source))


class _Files:
    """The making of a set from a folder or a ZIP."""

    def __init__(self, source, options):
        self.origin = open_files(Path(source))
        self.options = options
        self.name, self.fingerprint = self.origin.name, self.origin.fingerprint
        self.total, self.skipped = 0, []
        self.notes, self.find_groups, self.close = (), True, self.origin.close

    def examine(self):
        self.origin.examine()
        self.total, self.skipped = len(self.origin.classes), self.origin.skipped

    def items(self):
        return pictures_in_files(self.origin, **vars(self.options))


class _Named:
    """The making of a named set."""

    def __init__(self, source, options):
        self.set = named.SETS[source]
        self.options = options
        self.name, self.fingerprint = self.set.title, f"{source} {self.set.version()}"
        self.total, self.skipped, self.notes = 0, [], ()
        self.find_groups = self.set.may_repeat

    def examine(self):
        """Do nothing: a named set is known to be in order."""

    def items(self):
        for item in self.set.fetch(self.options.image_size):
            if isinstance(item, Progress):
                yield item
            else:
                self.total, self.notes = len(item.labels), item.notes
                yield from pictures_in_arrays(item, **vars(self.options))

    def close(self):
        """Do nothing: no file stays open."""


def _prepare(making, options, group_file, key):
    """Write a cache entry, yielding progress."""
    making.examine()
    _check_room(making.total, options)
    skipped, remarks, files, classes = list(making.skipped), Counter(), [], []
    with cache.Entry(key) as entry:
        channels = 3 if options.color == "rgb" else 1
        pixel_file = cache.PixelFile(entry.folder / "images.npy", options.image_size, channels)
        for item in making.items():
            if isinstance(item, Picture):
                pixel_file.append(item.pixels)
                files.append(item.file)
                classes.append(item.class_name)
                remarks.update(item.remarks)
                if len(files) % PROGRESS_EVERY == 0:
                    yield Progress(len(files), making.total, "Preparing images")
            elif isinstance(item, Skipped):
                skipped.append(item)
            else:
                yield item
        images = pixel_file.close()
        _check_found(files, skipped, making)
        groups, notes = yield from _groups(images, files, making, group_file)
        class_names, labels = np.unique(np.array(classes, dtype=object), return_inverse=True)
        notes = (*making.notes, *_remark_notes(remarks), *notes, *_skipped_notes(skipped))
        prepared = ImageSet(
            name=making.name,
            source="",
            images=images,
            labels=labels,
            class_names=tuple(class_names.tolist()),
            groups=groups,
            file_names=tuple(files),
            skipped=tuple(skipped[:MAX_SKIPPED]),
            notes=notes,
            fit=options.fit,
            fingerprint=making.fingerprint,
            key=key,
        )
        entry.write(cache.set_values(prepared))


def _groups(images, files, making, group_file):
    """Return the near-duplicate group of every image and notes about them."""
    if group_file:
        return group_file.match(files)
    if not making.find_groups:
        return np.arange(len(images)), ()
    groups = yield from find_groups(images)
    return groups, ()


def _check_room(total, options):
    size = total * options.image_size**2 * (1 if options.color == "grey" else 3)
    if size > MAX_SET_BYTES:
        raise DataError(
            f"{total:,} images of {options.image_size} x {options.image_size} pixels would take "
            f"{size / 1e9:.0f} GB. Choose a smaller image size or fewer images."
        )


def _check_found(files, skipped, making):
    if files:
        return
    message = f"No image of a class was found in {making.name}"
    if skipped:
        first = skipped[0]
        message += f": {len(skipped):,} files left out, the first {first.file} ({first.reason})"
    raise DataError(
        f"{message}. Expected one folder for each class with PNG, JPEG, WebP, BMP or GIF images."
    )


def _remark_notes(remarks):
    for remark, count in remarks.items():
        yield f"{count:,} image{'s' if count != 1 else ''} {REMARKS[remark]}."


def _skipped_notes(skipped):
    if len(skipped) > MAX_SKIPPED:
        yield f"{len(skipped):,} files were left out; the first {MAX_SKIPPED:,} are listed."
