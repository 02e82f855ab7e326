"""What `zipfile` does not guard its callers from: huge tables of contents, and damage.

How much a ZIP lists is told before it is opened, as opening reads the whole table into memory.
"""

import lzma
import os
import struct
import zipfile
import zlib
from typing import BinaryIO

# Raised over a ZIP that is damaged, or built to be; the last two by names that are no text, and
# by places beyond any file.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,
    OverflowError,
)
TAIL_BYTES = 66_000  # where the end of the table stands, behind it at most a comment
ASK_ZIP64 = 0xFFFFFFFF
# Where the size of the table stands behind a signature; the second is that of larger numbers.
PLACES = ((b"PK\x05\x06", 12, "<I"), (b"PK\x06\x06", 40, "<Q"))


def directory_bytes(file: BinaryIO) -> int:
    """Return the size of a ZIP's table of contents, as it says itself; 0 for what is no ZIP."""
    file.seek(max(file.seek(0, os.SEEK_END) - TAIL_BYTES, 0))
    tail = file.read()
    return max(_told(tail, *place) for place in PLACES)


def _told(tail, signature, offset, number):
    found = tail.rfind(signature)
    field = tail[found + offset : found + offset + struct.calcsize(number)]
    if found < 0 or len(field) < struct.calcsize(number):
        return 0
    (size,) = struct.unpack(number, field)
    return 0 if size == ASK_ZIP64 else size


def is_folder(info: zipfile.ZipInfo) -> bool:
    """Say whether an entry is that of a folder. (`zipfile` fails at one that has no name.)"""
    return info.filename.endswith("/")
