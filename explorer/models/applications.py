"""Networks trained on ImageNet that Keras publishes: where their weights are, and fetching them.

No TensorFlow. The photographs of ImageNet show a thousand kinds of things; see Deng et al.,
"ImageNet: A large-scale hierarchical image database", 2009.
"""

import hashlib
import http.client
import json
import socket
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from explorer.models.kept_files import networks_dir
from explorer.runs.hidden import hidden_folder

STORE = "https://storage.googleapis.com/tensorflow/keras-applications/"
NAMES_URL = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
NUM_CLASSES = 1000
CHUNK_BYTES = 1 << 18
MOST_BYTES = 256_000_000
TIMEOUT_SECONDS = 20
FETCHING = ".fetching-"

Tell = Callable[[float, str], None]


@dataclass(frozen=True)
class Application:
    """A network that Keras publishes with its weights.

    Args:
        url: Of its weights.
        megabytes: They take.
        md5: Checksum of the weights, where Keras publishes one.
        about: What it is, with its source.
    """

    url: str
    megabytes: int
    md5: str | None
    about: str

    @property
    def file_name(self) -> str:
        """Return what its file of weights is called."""
        return PurePosixPath(self.url).name


APPLICATIONS = {
    "MobileNetV2": Application(
        f"{STORE}mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5",
        megabytes=14,
        md5=None,
        about="Small and quick: thin convolutions for every channel apart (Sandler et al., 2018)",
    ),
    "EfficientNetV2B0": Application(
        f"{STORE}efficientnet_v2/efficientnetv2-b0.h5",
        megabytes=29,
        md5="21ecbf6da12460d5c40bb2f29ceb2188",
        about="More accurate at the same effort; found by search (Tan and Le, 2021)",
    ),
    "ResNet50": Application(
        f"{STORE}resnet/resnet50_weights_tf_dim_ordering_tf_kernels.h5",
        megabytes=103,
        md5="2cb95161c43110f7111970584f804107",
        about="Fifty layers with short cuts past them, the classic (He et al., 2015)",
    ),
}


def find_weights(name: str) -> Path | None:
    """Return the weights of a network on this machine, also where Keras keeps them."""
    return _find(APPLICATIONS[name].file_name)


def fetch_weights(name: str, tell: Tell, *, anew: bool = False) -> Path:
    """Return the weights of a network, downloaded if they are not on this machine.

    Args:
        name: A key of `APPLICATIONS`.
        tell: Called with the share done and words.
        anew: Those on this machine are damaged: download others all the same.

    Raises:
        ValueError: There is no network, or what came is not the expected file.
    """
    found = find_weights(name)
    if found is not None and not anew:
        return found
    wanted = APPLICATIONS[name]
    lead = f"Those on this machine, {str(found)!r}, are damaged. " if anew else ""
    try:
        return _fetch(wanted.url, wanted.md5, tell)
    except (OSError, http.client.HTTPException) as error:
        raise ValueError(
            f"{lead}The weights of {name} cannot be downloaded ({_why(error)}). Connect to the "
            f"network and try again, or give the file {wanted.file_name} by hand; it is "
            f"published at {wanted.url}."
        ) from error


def fetch_names(tell: Tell) -> tuple[tuple[str, ...], str]:
    """Return names of the thousand classes of ImageNet, and a note when they are only numbers.

    Args:
        tell: Called with the share done and words.
    """
    try:
        path = _find(PurePosixPath(NAMES_URL).name) or _fetch(NAMES_URL, None, tell)
        return _read_names(path), ""
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        note = (
            f"The names of the classes cannot be downloaded ({_why(error)}), so that classes "
            f"have numbers. They are published at {NAMES_URL}; put the file into "
            f"{networks_dir()} or connect to the network."
        )
        return tuple(f"Class {number}" for number in range(NUM_CLASSES)), note


def _read_names(path):
    known = json.loads(path.read_text("utf-8"))
    return tuple(str(known[str(number)][1]).replace("_", " ") for number in range(NUM_CLASSES))


def _find(file_name):
    places = (networks_dir() / file_name, Path.home() / ".keras" / "models" / file_name)
    return next((place for place in places if place.is_file()), None)


def _fetch(url, md5, tell):
    path = networks_dir() / PurePosixPath(url).name
    with hidden_folder(path.parent, FETCHING) as folder:
        part = folder / path.name
        _receive(url, part, tell)
        if md5 is not None and _md5(part) != md5:
            raise ValueError(
                f"What came from {url} is not the expected file; the transfer may have broken "
                "off. Try again."
            )
        part.replace(path)
    return path


def _receive(url, part, tell):
    words = f"Downloading {part.name}"
    tell(0.0, words)
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer, part.open("wb") as file:
        total = int(answer.headers.get("Content-Length") or 0)
        while chunk := answer.read(CHUNK_BYTES):
            file.write(chunk)
            if file.tell() > MOST_BYTES:
                raise ValueError(f"{url} gives more than {MOST_BYTES / 1e6:.0f} MB. Try again.")
            tell(0.9 * file.tell() / max(total, file.tell()), words)
    if part.stat().st_size < total:
        raise OSError("the transfer broke off")


def _md5(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _why(error):
    if isinstance(getattr(error, "reason", None), socket.gaierror):
        return "this machine finds no network"
    return " ".join(str(getattr(error, "reason", None) or error).split())[:200]
