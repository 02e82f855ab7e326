"""Images in a ZIP, read member by member; nothing is ever extracted to disk.

A ZIP is a program for the one who unpacks it: it can name files outside its folder, announce
sizes that fill the disk, or let members share bytes. Everything is checked before it is read.
"""

import hashlib
import re
import stat
import zipfile
from pathlib import Path, PurePosixPath

from explorer.data.errors import DataError
from explorer.data.image_set import Skipped
from explorer.data.members import MAX_FILE_BYTES, choose_images, clean, is_hidden
from explorer.zip_directory import DAMAGED, directory_bytes, is_folder

MAX_MEMBERS = 100_000
MAX_TOTAL_BYTES = 500_000_000
MAX_RATIO = 100
HARMLESS_BYTES = 1_000_000
LOCAL_HEADER_BYTES = 30
MAX_DIRECTORY_BYTES = 32_000_000


class Archive:
    """A ZIP with one folder of images for each class, at any depth.

    Args:
        path: The ZIP.

    Attributes:
        name: What people call the set.
        fingerprint: SHA-256 of the content.
        classes: Class name of every image, by member name; known after `examine`.
        skipped: Members that are no images of a class, and why; known after `examine`.
    """

    def __init__(self, path: Path):
        self.name = path.stem
        with path.open("rb") as file:
            self.fingerprint = hashlib.file_digest(file, "sha256").hexdigest()
        self._path, self._zip = path, None

    def examine(self) -> None:
        """Check the ZIP and find out which members are images of which class."""
        _check_directory(self._path)
        self._zip = _open(self._path)
        infos = [info for info in self._zip.infolist() if not is_folder(info)]
        _check(infos, self._path)
        refused = {info: reason for info in infos if (reason := _why_refused(info))}
        self._infos = {_relative(info): info for info in infos if info not in refused}
        self.classes, skipped = choose_images({n: i.file_size for n, i in self._infos.items()})
        self.skipped = [
            *(Skipped(clean(info.filename), reason) for info, reason in refused.items()),
            *skipped,
        ]

    def read(self, name: str) -> bytes:
        """Return the content of one member, or raise `ValueError` if it is damaged."""
        try:
            with self._zip.open(self._infos[name]) as member:
                return member.read(MAX_FILE_BYTES)
        except DAMAGED as error:
            raise ValueError(f"damaged inside the ZIP ({error})") from error

    def close(self):
        """Close the file."""
        if self._zip:
            self._zip.close()


def _check_directory(path):
    """Refuse a huge table of contents: opening the ZIP would read it whole into memory."""
    with path.open("rb") as file:
        size = directory_bytes(file)
    if size > MAX_DIRECTORY_BYTES:
        raise DataError(
            f"{path.name} has a table of contents of {size / 1e6:,.0f} MB, as no ZIP of at most "
            f"{MAX_MEMBERS:,} images has. Pack the images alone, or give the unpacked folder."
        )


def _open(path):
    advice = "Expected a ZIP of class folders; pack the folder again as .zip"
    try:
        return zipfile.ZipFile(path)
    except (*DAMAGED, ValueError) as error:
        raise DataError(f"{path.name} is not a readable ZIP ({error}). {advice}.") from error


def _check(infos, path):
    """Refuse a ZIP that is empty, too large, or built to harm."""
    if not infos:
        raise DataError(f"{path.name} is an empty ZIP. Expected one folder of images per class.")
    if len(infos) > MAX_MEMBERS:
        raise DataError(
            f"{path.name} has {len(infos):,} files. At most {MAX_MEMBERS:,} are read from a ZIP; "
            "unpack it and give the folder instead."
        )
    _check_sizes(infos, path)
    ends = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < ends:
            raise DataError(
                f"{path.name} has members that overlap, as only a ZIP bomb has. "
                "Pack the folder again."
            )
        ends = info.header_offset + LOCAL_HEADER_BYTES + info.compress_size


def _check_sizes(infos, path):
    total = sum(info.file_size for info in infos)
    for info in infos:
        if info.file_size > max(HARMLESS_BYTES, MAX_RATIO * info.compress_size):
            raise DataError(
                f"{path.name} looks like a ZIP bomb: {clean(info.filename)} grows from "
                f"{info.compress_size:,} to {info.file_size:,} bytes, more than {MAX_RATIO} times. "
                "Take it out and pack the folder again."
            )
    if total > MAX_TOTAL_BYTES:
        raise DataError(
            f"{path.name} holds {total / 1e6:,.0f} MB unpacked. At most "
            f"{MAX_TOTAL_BYTES / 1e6:,.0f} MB are read from a ZIP; unpack it and give the folder "
            "instead, or make the images smaller."
        )
    if total > max(HARMLESS_BYTES, MAX_RATIO * path.stat().st_size):
        raise DataError(
            f"{path.name} looks like a ZIP bomb: {path.stat().st_size:,} bytes grow to {total:,}, "
            f"more than {MAX_RATIO} times. Pack the images alone."
        )


def _relative(info):
    return info.filename.replace("\\", "/")


def _why_refused(info):
    """Return why a member must not be read at all, or `None`."""
    name = _relative(info)
    if is_hidden(name):
        return None
    if ".." in PurePosixPath(name).parts or re.match(r"/|[A-Za-z]:", name):
        return "its name climbs out of the ZIP's folder; pack the folder again"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link, not an image; pack the image itself"
    if info.flag_bits & 0x1:
        return "is encrypted; pack the folder again without a password"
    return None
