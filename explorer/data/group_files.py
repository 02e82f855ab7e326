"""Near-duplicate groups that a person brings, as a CSV `file,group`."""

import csv
import hashlib
import io
from collections import Counter
from pathlib import Path, PurePosixPath

import numpy as np

from explorer.data.errors import DataError, cut
from explorer.data.members import clean

EXPECTED = "Expected a CSV with the header file,group and one line for each image"
MAX_BYTES = 50_000_000


class GroupFile:
    """A CSV that says which images are near-copies of each other.

    Args:
        path: The CSV; `file` is the name of an image relative to the folder or ZIP, with or
            without its wrapper folders, `group` any text that near-copies share.
    """

    def __init__(self, path: Path):
        self.path = path
        try:
            if path.stat().st_size > MAX_BYTES:
                raise DataError(f"{path.name} is larger than {MAX_BYTES / 1e6:.0f} MB. {EXPECTED}.")
            content = path.read_bytes()
        except OSError as error:
            message = f"The groups file {path} cannot be read ({error.strerror}). {EXPECTED}."
            raise DataError(message) from error
        self.fingerprint = hashlib.sha256(content).hexdigest()
        self.rows, self._num_blank = _rows(content, path)

    def match(self, files: list[str]) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return the group of every image, and a note on how many the file knows.

        Names are compared from their end, as far as they reach: the CSV may name a wrapper
        folder that the set lacks, and the other way round. Images that the CSV does not name
        are taken for copies of nothing.
        """
        depths = range(max(name.count("/") for name in [*files, *self.rows]) + 1, 0, -1)
        found = max((self._match_ends(files, depth) for depth in depths), key=_num_known)
        if not _num_known(found):
            raise DataError(
                f"{self.path.name} names no image of the set: it begins with "
                f"{next(iter(self.rows))!r}, the set with {files[0]!r}. {EXPECTED}, named as in "
                "the folder or ZIP."
            )
        known = _num_known(found)
        alone = [group if group is not None else (index,) for index, group in enumerate(found)]
        numbers = {group: number for number, group in enumerate(dict.fromkeys(alone))}
        return np.array([numbers[group] for group in alone], dtype=np.int64), (
            f"{self.path.name} gives the group of {known:,} of {len(files):,} images.",
            *self._about_other_lines(known),
        )

    def _about_other_lines(self, num_known):
        """Tell of lines that gave no image its group, so that a slip in the file is seen."""
        kinds = {
            "for no single image of the set": len(self.rows) - num_known,
            "without a file or a group": self._num_blank,
        }
        told = [f"{_lines(number)} {kind}" for kind, number in kinds.items() if number]
        if told:
            yield f"Passed over in {self.path.name}: {', '.join(told)}."

    def _match_ends(self, files, depth):
        """Look up all images by the last `depth` parts of their names, where these are unique."""
        ends = [_end(name, depth) for name in files]
        images_of, rows_of = Counter(ends), Counter(_end(name, depth) for name in self.rows)
        groups = {_end(name, depth): group for name, group in self.rows.items()}
        unique = [images_of[end] == 1 and rows_of[end] == 1 for end in ends]
        return [groups[end] if one else None for end, one in zip(ends, unique, strict=True)]


def _num_known(groups):
    return sum(group is not None for group in groups)


def _end(name, depth):
    return "/".join(PurePosixPath(name).parts[-depth:])


def _rows(content, path):
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        header = [(field or "").strip().lower() for field in reader.fieldnames or ()]
        reader.fieldnames = header
        rows = [
            ((row.get("file") or "").strip(), (row.get("group") or "").strip()) for row in reader
        ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path.name} is not a CSV text ({error}). {EXPECTED}.") from error
    if not {"file", "group"} <= set(header):
        first = ",".join(header)[:80]
        raise DataError(f"{path.name} begins with the line {first!r}. {EXPECTED}.")
    named = {}
    for file, group in ((_normal(file), group) for file, group in rows if file and group):
        if named.setdefault(file, group) != group:
            raise DataError(
                f"{path.name} puts {cut(file)!r} into two groups, {cut(named[file])!r} and "
                f"{cut(group)!r}. An image belongs to one: take one of the lines out."
            )
    if not named:
        raise DataError(f"{path.name} has no line with a file and a group. {EXPECTED}.")
    return named, sum(not (file and group) for file, group in rows)


def _lines(number):
    return f"{number:,} line{'s' if number != 1 else ''}"


def _normal(name):
    return clean(name.replace("\\", "/")).removeprefix("./")
