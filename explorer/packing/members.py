"""What a file of packed runs may hold: known members alone, as they are, one after the other.

It is a ZIP without compression: recorded tensors hardly shrink, and a file that cannot grow when
it is opened is no bomb. One folder a run, named after its id.
"""

import re
import stat
import zipfile
from dataclasses import dataclass
from typing import BinaryIO

from explorer.runs import files
from explorer.runs.description import cut
from explorer.zip_directory import DAMAGED, directory_bytes, is_folder

MOST_MEMBERS = 50_000
MOST_DIRECTORY_BYTES = 8_000_000
LOCAL_HEADER_BYTES = 30
STEP = files.STEP_FILE.pattern
MEGABYTE = 1_000_000
# The most bytes of a member. Those that are read whole as text or numbers have a smaller bound.
MOST_BYTES = {
    re.escape(files.RUN): 4 * MEGABYTE,
    re.escape(files.METRICS): 64 * MEGABYTE,
    re.escape(files.LOG): 16 * MEGABYTE,
    re.escape(files.PROBE): 256 * MEGABYTE,
    re.escape(files.RESUME): 4000 * MEGABYTE,
    rf"{files.STEPS}/{STEP}": 1000 * MEGABYTE,
    rf"{files.WEIGHTS}/{STEP}": 2000 * MEGABYTE,
}
RUN_FOLDER = re.compile(r"([A-Za-z0-9_-]{1,64})/(.+)", re.DOTALL)
FOLDERS = re.compile(rf"[A-Za-z0-9_-]{{1,64}}/(({files.STEPS}|{files.WEIGHTS})/)?")
ADVICE = "Pack it with: python -m explorer pack RUN"


class PackError(ValueError):
    """A file that is not opened, or a run that is not packed; says why and what to do."""


@dataclass(frozen=True)
class Member:
    """A file of a run.

    Args:
        run_id: The id of the run.
        name: Where it stands in the folder of the run, such as `"steps/00000000.safetensors"`.
        info: Where it stands in the ZIP.
    """

    run_id: str
    name: str
    info: zipfile.ZipInfo


def most_bytes(name: str) -> int | None:
    """Return how large a file of a run may be; `None` for one that no packed run has.

    >>> most_bytes("run.json"), most_bytes("steps/00000012.safetensors"), most_bytes("../run.json")
    (4000000, 1000000000, None)
    """
    return next((most for form, most in MOST_BYTES.items() if re.fullmatch(form, name)), None)


def open_zip(source: BinaryIO) -> zipfile.ZipFile:
    """Open a ZIP whose table of contents is small enough to be read.

    Raises:
        PackError: It is none, or its table is huge.
    """
    if directory_bytes(source) > MOST_DIRECTORY_BYTES:
        raise PackError(f"The file lists more than any packed runs have. {ADVICE}.")
    try:
        return zipfile.ZipFile(source)
    except (*DAMAGED, ValueError, OSError) as error:
        raise PackError(
            f"The file is no ZIP, or is cut short ({error}). Expected packed runs. {ADVICE}."
        ) from None


def members_of(packed: zipfile.ZipFile) -> dict[str, list[Member]]:
    """Return the files of each run in a ZIP, once all of it is as expected.

    Raises:
        PackError: It is not; names the first member that is wrong.
    """
    infos = packed.infolist()
    if len(infos) > MOST_MEMBERS:
        raise PackError(f"The file has {len(infos):,} members. At most {MOST_MEMBERS:,} are read.")
    _check_places(infos, packed.start_dir)
    found: dict[str, dict[str, Member]] = {}
    for info in infos:
        if (member := _member(info)) is None:
            continue
        of_run = found.setdefault(member.run_id, {})
        if member.name in of_run:
            raise PackError(f"{cut(info.filename)!r} stands in the file twice. {ADVICE}.")
        of_run[member.name] = member
    _check_complete(found)
    return {run_id: list(of_run.values()) for run_id, of_run in found.items()}


def _member(info):
    """Return a member that is as it must be; `None` for the entry of a folder."""
    # The name as it stands in the file: zipfile cuts one at a byte of zero.
    if is_folder(info) and FOLDERS.fullmatch(info.orig_filename) and not info.file_size:
        return None
    parts = RUN_FOLDER.fullmatch(info.orig_filename)
    most = most_bytes(parts[2]) if parts else None
    if most is None:
        raise PackError(
            f"The file holds {cut(info.orig_filename)!r}, which is no part of a packed run. "
            f"{ADVICE}."
        )
    if problem := _problem(info, most):
        raise PackError(f"{cut(info.filename)!r} {problem}. {ADVICE}.")
    return Member(parts[1], parts[2], info)


def _problem(info, most):
    if info.flag_bits & 0x1:
        return "is encrypted"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "is a link or a device, not a file"
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        return "is compressed; runs are packed as they are"
    if info.file_size > most:
        return f"has {info.file_size / 1e6:,.0f} MB, more than the {most / 1e6:,.0f} MB it may have"
    return ""


def _check_places(infos, start_of_directory):
    """Check that members stand one after the other and share no bytes."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise PackError(f"Members of the file overlap, as only those of a bomb do. {ADVICE}.")
        end = info.header_offset + LOCAL_HEADER_BYTES + info.compress_size
    if end > start_of_directory:
        raise PackError(f"The file is cut short. {ADVICE} again.")


def _check_complete(found):
    if not found:
        raise PackError(f"The file holds no runs. {ADVICE}.")
    for run_id, of_run in found.items():
        if files.RUN not in of_run:
            raise PackError(f"The run {run_id!r} in the file has no {files.RUN}. {ADVICE}.")
