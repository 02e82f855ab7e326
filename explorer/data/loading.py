"""The door for images: whatever the source, one prepared `ImageSet` comes out."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from explorer.data import cache, named
from explorer.data.errors import DataError
from explorer.data.group_files import GroupFile
from explorer.data.image_set import ImageSet, Progress
from explorer.data.origins import open_files, pictures_in_arrays, pictures_in_files
from explorer.data.preparing import Options, prepare


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
    group_file = None if groups is None else GroupFile(Path(groups))
    fingerprint = group_file.fingerprint if group_file else None
    key = cache.entry_key(making.fingerprint, groups=fingerprint, **vars(options))
    try:
        prepared = cache.open_prepared(key)
    except LookupError:
        try:
            yield from prepare(making, options, group_file, key)
        except OSError as error:
            raise DataError(
                f"The prepared images cannot be kept in {cache.cache_dir()} ({error.strerror}). "
                "Make room there, or name another folder with EXPLORER_CACHE."
            ) from error
        prepared = cache.open_prepared(key)
    finally:
        making.close()
    yield replace(prepared, name=name or making.name, source=making.source)


class _Files:
    """The making of a set from a folder or a ZIP."""

    def __init__(self, source, options):
        if source == "":  # as a path it would mean the present folder
            raise DataError("The source is empty. Give a folder of class folders or a ZIP of them.")
        self.origin = open_files(Path(source))
        self.source, self.options = str(source), options
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
        self.source, self.options = source, options
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
