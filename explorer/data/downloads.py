"""Fetch a well-known file once, with progress, and keep it only if its checksum is right."""

import hashlib
import http.client
import tempfile
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from explorer.data.errors import DataError
from explorer.data.image_set import Progress
from explorer.paths import cache_dir

CHUNK_BYTES = 1 << 20
MAX_BYTES = 500_000_000
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Download:
    """A file on the network.

    Args:
        url: Where it is.
        checksum: SHA-256 of its content in hexadecimal digits, or MD5 where only that is published.
    """

    url: str
    checksum: str

    @property
    def path(self) -> Path:
        """Return where the file is kept; the checksum tells files of one name apart."""
        name = PurePosixPath(urlsplit(self.url).path).name
        return cache_dir() / "downloads" / f"{self.checksum[:8]}-{name}"


def fetch(download: Download) -> Generator[Progress, None, Path]:
    """Yield progress while the file comes in and return its path; a kept file comes at once.

    Raises:
        DataError: Without network, or if what came is not the expected file.
    """
    path = download.path
    if not path.is_file() or _checksum(path, download) != download.checksum:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix="making-") as folder:
            part = Path(folder) / path.name
            yield from _receive(download, part)
            _check(part, download)
            part.replace(path)
    return path


def _receive(download, part):
    """Write what the network gives to `part`, yielding progress."""
    what = f"Downloading {download.path.name.partition('-')[2]}"
    yield Progress(0, 0, what)
    try:
        with (
            urllib.request.urlopen(download.url, timeout=TIMEOUT_SECONDS) as answer,
            part.open("wb") as file,
        ):
            total = int(answer.headers.get("Content-Length") or 0)
            while (chunk := answer.read(CHUNK_BYTES)) and file.tell() <= MAX_BYTES:
                file.write(chunk)
                yield Progress(file.tell(), total, what)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DataError(
            f"{download.url} cannot be downloaded ({getattr(error, 'reason', None) or error}). "
            f"Connect to the network and try again, or put the file at {download.path} yourself."
        ) from error


def _check(part, download):
    found = _checksum(part, download)
    if found != download.checksum:
        raise DataError(
            f"What came from {download.url} is not the expected file: its checksum is {found}, "
            f"expected was {download.checksum}. The transfer may have broken off; try again."
        )


def _checksum(path, download):
    algorithm = "md5" if len(download.checksum) == 32 else "sha256"
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
