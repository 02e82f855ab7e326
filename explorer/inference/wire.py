"""Messages between the inference process and whoever asks it: JSON, and arrays as `.npz`.

Nothing is pickled: what the process sends can run no code in the one that reads it.
"""

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from multiprocessing.connection import Connection

import numpy as np

GONE = (EOFError, BrokenPipeError, ConnectionResetError)  # what the end of the other side raises


def send(
    connection: Connection, message: Mapping, arrays: Mapping[str, np.ndarray] | None = None
) -> None:
    """Send a message of plain values, and arrays if there are any."""
    content = b"" if arrays is None else pack(arrays)
    connection.send_bytes(json.dumps({**message, "arrays": arrays is not None}).encode())
    if arrays is not None:
        connection.send_bytes(content)


def receive(connection: Connection) -> tuple[dict, dict[str, np.ndarray]]:
    """Wait for a message; return its values and its arrays.

    Raises:
        EOFError: The other side is gone.
    """
    message = json.loads(_received(connection))
    return message, unpack(_received(connection)) if message.pop("arrays") else {}


def _received(connection):
    """Wait for the next bytes; a side that dies in the middle of a message is gone as well."""
    try:
        return connection.recv_bytes()
    except OSError as error:
        raise EOFError("The other side is gone.") from error


def pack(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return arrays as the content of a compressed `.npz` file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(content: bytes) -> dict[str, np.ndarray]:
    """Read what `pack` wrote.

    Raises:
        ValueError: It is damaged, or holds what is no plain array.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"The arrays are damaged ({type(error).__name__}).") from error
