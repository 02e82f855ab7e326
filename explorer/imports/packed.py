"""A folder, or a ZIP of one: what is wanted of a ZIP is unpacked into a folder that goes again.

A ZIP is a program for the one who unpacks it. Members are written under names of our own making,
no more of each than it announced, and no more in all than there may be.
"""

import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePosixPath

from explorer.imports.errors import ImportFailed
from explorer.zip_directory import DAMAGED, directory_bytes, is_folder

MOST_MEMBERS = 20_000
MOST_TABLE_BYTES = 8_000_000
MOST_DEPTH = 12
MOST_BYTES = 2_000_000_000
MOST_RATIO = 300
HARMLESS_BYTES = 1_000_000
CHUNK_BYTES = 1 << 20


@contextmanager
def opened(given: Path, is_wanted: Callable[[str], bool]) -> Iterator[Path]:
    """Give the folder that was given, or that a ZIP holds.

    Args:
        given: A folder or a ZIP.
        is_wanted: Of which files of a ZIP to take, by their last name.

    Raises:
        ImportFailed: It is neither, or a ZIP that is damaged or built to harm.
    """
    if given.is_dir():
        yield given
        return
    if not given.is_file():
        raise ImportFailed(f"There is no folder or ZIP {given.name!r}. Check the path.")
    with tempfile.TemporaryDirectory(prefix="unpacked-") as folder:
        _unpack(given, Path(folder), is_wanted)
        yield Path(folder)


def wanted_bytes(given: Path, is_wanted: Callable[[str], bool]) -> int:
    """Return how large the wanted files of a folder or a ZIP are, unpacked; links do not count.

    Args:
        given: A folder or a ZIP; of a damaged one, 0: whoever reads it says what is wrong.
        is_wanted: Of which files, by their last name.

    Raises:
        ImportFailed: It is a ZIP with a huge table of contents.
    """
    if given.is_dir():
        every = islice(given.rglob("*"), MOST_MEMBERS)
        found = (path for path in every if is_wanted(path.name) and not path.is_symlink())
        return sum(path.stat().st_size for path in found if path.is_file())
    check_table(given)
    try:
        with zipfile.ZipFile(given) as archive:
            infos = archive.infolist()
    except (*DAMAGED, ValueError, OSError):
        return 0
    wanted = (info for info in infos if is_wanted(PurePosixPath(_path(info)).name))
    return sum(info.file_size for info in wanted)


def _unpack(given, folder, is_wanted):
    check_table(given)
    try:
        with zipfile.ZipFile(given) as archive:
            infos = [info for info in archive.infolist() if not is_folder(info)]
            wanted = [info for info in infos if is_wanted(PurePosixPath(_path(info)).name)]
            _check(infos, wanted, given)
            for info in wanted:
                _write(archive, info, folder)
    except DAMAGED as error:
        raise ImportFailed(
            f"{given.name} is no ZIP that can be read ({str(error)[:200]}). Pack the folder again."
        ) from error


def check_table(given: Path) -> None:
    """Refuse a huge table of contents: opening the ZIP would read it whole into memory.

    Raises:
        ImportFailed: It is that.
    """
    with given.open("rb") as file:
        size = directory_bytes(file)
    if size > MOST_TABLE_BYTES:
        raise ImportFailed(
            f"{given.name} has a table of contents of {size / 1e6:,.0f} MB, as no ZIP of a log or "
            "of checkpoints has. Pack the folder again."
        )


def _check(infos, wanted, given):
    if len(infos) > MOST_MEMBERS:
        raise ImportFailed(
            f"{given.name} holds {len(infos):,} files. At most {MOST_MEMBERS:,} are looked at; "
            "pack the folder of one training alone."
        )
    total = sum(info.file_size for info in wanted)
    if total > MOST_BYTES:
        raise ImportFailed(
            f"{given.name} holds {total / 1e6:,.0f} MB of such files. At most "
            f"{MOST_BYTES / 1e6:,.0f} MB are unpacked; pack fewer of them."
        )
    for info in wanted:
        if info.file_size > max(HARMLESS_BYTES, MOST_RATIO * info.compress_size):
            raise ImportFailed(
                f"{given.name} looks like a ZIP bomb: a member grows from {info.compress_size:,} "
                f"to {info.file_size:,} bytes. Pack the folder again."
            )


def _write(archive, info, folder):
    """Unpack one member; nothing outside the folder, whatever its name says."""
    parts = [part for part in PurePosixPath(_path(info)).parts if part not in ("/", "..", ".")]
    if stat.S_ISLNK(info.external_attr >> 16) or len(parts) > MOST_DEPTH or _is_drive(parts):
        return
    path = folder.joinpath(*parts)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(info) as member, path.open("xb") as file:
            shutil.copyfileobj(member, file, CHUNK_BYTES)
    except (FileExistsError, NotADirectoryError) as error:
        raise ImportFailed("Two files of the ZIP have one name. Pack the folder again.") from error
    except OSError as error:
        raise ImportFailed(
            f"The ZIP cannot be unpacked ({error.strerror or error}). Pack the folder again, or "
            "make room on the disk."
        ) from error


def _path(info):
    return info.filename.replace("\\", "/").replace("\0", "")


def _is_drive(parts):
    return bool(parts) and parts[0].endswith(":")
