"""Opening packed runs, from anyone: nothing is written under a name that the file chooses."""

import errno
import os
import shutil
import zipfile
from functools import partial
from pathlib import Path
from typing import BinaryIO

from explorer.packing.checks import checked_run, read_description
from explorer.packing.members import Member, PackError, members_of, open_zip
from explorer.paths import bundled_dir, runs_dir
from explorer.runs import Run, files, open_run
from explorer.runs.description import cut
from explorer.runs.hidden import UNPACKING, hidden_folder
from explorer.runs.listing import new_id
from explorer.runs.writable import check_can_begin
from explorer.training.room import check_room
from explorer.zip_directory import DAMAGED

CHUNK_BYTES = 1_000_000
NOT_CARRIED = ("bundled",)  # what a run from elsewhere may not say of itself
LONG_AGO = 0  # nobody is on the way to train what was written then


def unpack(source: BinaryIO, root: str | Path | None = None) -> list[Run]:
    """Open a file of packed runs and put them among the others: all of them, or none.

    A run keeps its id, or gets a new one where that is taken.

    Args:
        source: The open file.
        root: The runs folder; the configured one by default.

    Raises:
        PackError: The file is not what `pack` writes, or a run in it is damaged or lies.
        NoRoomError: Its runs do not fit on the disk, or into what all runs may take.
        OSError: The runs folder cannot be written.
    """
    check_can_begin(root)
    root = Path(root or runs_dir())
    with open_zip(source) as packed:
        found = members_of(packed)
        root.mkdir(parents=True, exist_ok=True)
        num_bytes = _bytes_of(found)
        check = partial(check_room, num_bytes, root, what="What the file holds")
        with hidden_folder(root, UNPACKING, num_bytes=num_bytes, check=check) as part:
            for number, members in enumerate(found.values()):
                _write(packed, members, part / str(number))
            return _put_in_place([part / str(number) for number in range(len(found))], found, root)


def _write(packed, members, folder):
    """Write the files of a run and look through them."""
    for kind in (files.STEPS, files.WEIGHTS):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for member in members:
        _copy(packed, member, folder / member.name)
    os.utime(folder / files.RUN, (LONG_AGO, LONG_AGO))
    try:
        checked_run(folder)
    except PackError as error:
        raise PackError(f"Run {members[0].run_id!r} in the file is not opened. {error}") from None


def _copy(packed: zipfile.ZipFile, member: Member, path: Path):
    try:
        with packed.open(member.info) as content, path.open("xb") as file:
            shutil.copyfileobj(content, file, CHUNK_BYTES)
    except DAMAGED as error:
        raise PackError(f"{member.name!r} in the file is damaged ({cut(str(error))}).") from None


def _put_in_place(folders, ids, root):
    """Give the runs their names, under which they are seen; take all back if one cannot be."""
    placed = []
    try:
        for folder, run_id in zip(folders, ids, strict=True):
            placed.append(_put(folder, run_id, root))
    except (OSError, ValueError):
        for folder in placed:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return [open_run(folder) for folder in placed]


def _put(folder, run_id, root):
    """Give a run its id, or a new one where that is taken; another may be taking it just now."""
    for own in (run_id, new_id(), new_id()):
        if _is_taken(own, root):
            continue
        _describe(folder / files.RUN, own)
        try:
            return folder.rename(root / own)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
    raise FileExistsError(errno.EEXIST, "A run of this id came there just now", str(root / own))


def _is_taken(run_id, root):
    folders = (folder for folder in (root, bundled_dir()) if folder is not None)
    return any(os.path.lexists(folder / run_id) for folder in folders)


def _describe(path, run_id):
    """Take out what is not for a file to say; what needs no change stays the same to the byte."""
    before = read_description(path)
    after = {key: value for key, value in before.items() if key not in NOT_CARRIED}
    if before.get("id") is not None:
        after["id"] = run_id
    if after != before:
        files.write_atomically(path, files.to_json(after, indent=1).encode())
        os.utime(path, (LONG_AGO, LONG_AGO))


def _bytes_of(found):
    return sum(member.info.file_size for members in found.values() for member in members)
