"""What a `.keras` file holds: a ZIP of two JSON texts and an HDF5 file, and nothing else.

Each of the three can be built to fill the memory: how much they hold is looked at before they are
unpacked. No Keras.
"""

import json
import re
import zipfile
from pathlib import Path

from explorer.models.refusals import shown
from explorer.zip_directory import DAMAGED

MEMBERS = ("config.json", "metadata.json", "model.weights.h5")
MOST_FILE_BYTES = 128_000_000
MOST_UNPACKED_BYTES = 256_000_000
MOST_RATIO = 50
MOST_CONFIG_BYTES = 2_000_000
MOST_METADATA_BYTES = 100_000
MOST_DEPTH = 64
BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def read_archive(path: Path) -> tuple[object, bytes]:
    """Unpack a `.keras` file in memory.

    Args:
        path: The file, whatever its name.

    Returns:
        Its configuration, as it was read, and the content of its file of weights.

    Raises:
        ValueError: It is no `.keras` file, damaged or too large; says why.
    """
    _check_beginning(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive.infolist(), path.stat().st_size)
            content = {name: archive.read(name) for name in MEMBERS}
    except (*DAMAGED, OSError) as error:
        raise ValueError(
            f"The file is damaged or cut short ({error}). Save the network again with "
            '`model.save("name.keras")`.'
        ) from error
    _parse(content["metadata.json"], "metadata.json", MOST_METADATA_BYTES)
    config = _parse(content["config.json"], "config.json", MOST_CONFIG_BYTES)
    return config, content["model.weights.h5"]


def _check_beginning(path):
    size = path.stat().st_size
    if size > MOST_FILE_BYTES:
        raise ValueError(
            f"The file has {size / 1e6:,.0f} MB. Networks of at most "
            f"{MOST_FILE_BYTES / 1e6:.0f} MB are opened."
        )
    with path.open("rb") as file:
        beginning = file.read(8)
    if beginning.startswith(b"\x89HDF"):
        raise ValueError(
            "This is an HDF5 file (.h5), which cannot be opened safely. Load it where you trust "
            'it and save it as `model.save("name.keras")`.'
        )
    if not beginning.startswith(b"PK\x03\x04"):
        raise ValueError(
            "This is no .keras file, whatever its name says. Save the network with "
            '`model.save("name.keras")`.'
        )


def _check_members(infos, file_bytes):
    names = sorted(info.filename for info in infos)
    if names != sorted(MEMBERS):
        unexpected = [name for name in names if name not in MEMBERS]
        twice = [name for name in MEMBERS if names.count(name) > 1]
        missing = [name for name in MEMBERS if name not in names]
        what = (
            f"also holds {shown(unexpected[0])}"
            if unexpected
            else f"holds {twice[0]} more than once"
            if twice
            else f"lacks {missing[0]}"
        )
        raise ValueError(
            f"The file {what}. A .keras file that can be opened holds exactly {', '.join(MEMBERS)}."
        )
    if any(info.flag_bits & 0x1 for info in infos):
        raise ValueError("The file is encrypted. Save the network without a password.")
    for info in infos:
        if info.file_size > MOST_RATIO * max(info.compress_size, 1):
            raise ValueError(
                f"{info.filename} grows from {info.compress_size:,} to {info.file_size:,} bytes, "
                f"more than {MOST_RATIO} times, as only a file built to fill the memory does."
            )
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MOST_UNPACKED_BYTES or sum(info.compress_size for info in infos) > file_bytes:
        raise ValueError(
            f"The file announces {unpacked / 1e6:,.0f} MB unpacked. At most "
            f"{MOST_UNPACKED_BYTES / 1e6:.0f} MB are opened, and no members that overlap."
        )


def _parse(content, name, most_bytes):
    if len(content) > most_bytes:
        raise ValueError(f"{name} has {len(content):,} bytes; at most {most_bytes:,} are read.")
    depth = 0
    for bracket in BRACKETS.finditer(content):
        depth += {b"{": 1, b"[": 1, b"}": -1, b"]": -1}.get(bracket.group(), 0)
        if depth > MOST_DEPTH:
            raise ValueError(f"{name} is nested more than {MOST_DEPTH} deep.")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} is no JSON text ({error}). Save the network again.") from error
