"""Is a `.keras` file what it says, and harmless to open? Looks at it without Keras.

A saved network is a ZIP of two JSON texts and an HDF5 file, and each of the three can be built to
run code, read files or fill the memory. What is not known to be harmless is refused. This is the
first of two walls: what passes is opened in a process of its own that is then thrown away, see
`explorer.inference.own_file`.

`python -m explorer.models.keras_file FILE` checks one, within limits of memory and time;
`... FILE weights` a file of weights alone.
"""

import io
import json
import re
import sys
import zipfile
import zlib
from pathlib import Path

from explorer.models import allowed
from explorer.models.sizes import check_sizes
from explorer.models.weights_file import MOST_PARAMETERS, check_weights

MEMBERS = ("config.json", "metadata.json", "model.weights.h5")
MOST_FILE_BYTES = 128_000_000
MOST_UNPACKED_BYTES = 256_000_000
MOST_RATIO = 50
MOST_CONFIG_BYTES = 2_000_000
MOST_METADATA_BYTES = 100_000
MOST_DEPTH = 64
MOST_LAYERS = 500
MOST_NUMBER = 1_000_000
MOST_INPUT_VALUES = 4_000_000
MOST_SHARED = 2  # a layer may be part of two networks, and is saved once
FREE_NUMBERS = ("seed", "shared_object_id")
TRAINING_ONLY = "compile_config"  # optimizer and loss, which looking at a network does not need
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def check_file(path: Path) -> dict:
    """Check a `.keras` file; return its configuration, without what only training needs.

    Args:
        path: The file, whatever its name.

    Raises:
        ValueError: It is no `.keras` file, damaged, too large, or could do harm; says why.
    """
    _check_beginning(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive.infolist(), path.stat().st_size)
            content = {name: archive.read(name) for name in MEMBERS}
    except DAMAGED as error:
        raise ValueError(
            f"The file is damaged or cut short ({error}). Save the network again with "
            '`model.save("name.keras")`.'
        ) from error
    _parse(content["metadata.json"], "metadata.json", MOST_METADATA_BYTES)
    config = _parse(content["config.json"], "config.json", MOST_CONFIG_BYTES)
    config = without_training(config)
    check_config(config)
    needed = check_sizes(config, most_parameters=MOST_PARAMETERS)
    held = check_weights(io.BytesIO(content["model.weights.h5"]))
    if needed > MOST_SHARED * held:
        raise ValueError(
            f"The network needs {needed:,} parameters, but the file holds {held:,}. It is damaged, "
            "or built to fill the memory."
        )
    return config


def check_config(config: object) -> None:
    """Check that the configuration of a network names nothing but harmless things of some size.

    Args:
        config: What `config.json` of a `.keras` file says.

    Raises:
        ValueError: It names something unknown, or something too large.
    """
    if not isinstance(config, dict) or not allowed.is_model(config):
        name = config.get("class_name") if isinstance(config, dict) else None
        raise ValueError(
            f"The file holds {_short(name)}, expected was a Sequential or functional network. "
            "Networks of one's own classes cannot be opened safely; build it functionally."
        )
    layers = 0
    waiting = [("", config, 0)]
    while waiting:
        key, value, depth = waiting.pop()
        if depth > MOST_DEPTH:
            raise ValueError(f"The configuration is nested more than {MOST_DEPTH} deep.")
        if isinstance(value, dict):
            layers += _check_entry(value)
            waiting += [(inner, value[inner], depth + 1) for inner in value]
        elif isinstance(value, list):
            waiting += [(key, inner, depth + 1) for inner in value]
        else:
            _check_number(key, value)
    if layers > MOST_LAYERS:
        raise ValueError(f"The network has {layers} layers. At most {MOST_LAYERS} are opened.")


def without_training(config: object) -> object:
    """Return a configuration without the optimizer, the loss and the metrics."""
    if isinstance(config, dict):
        kept = {key: value for key, value in config.items() if key != TRAINING_ONLY}
        return {key: without_training(value) for key, value in kept.items()}
    if isinstance(config, list):
        return [without_training(value) for value in config]
    return config


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
            f"also holds {_short(unexpected[0])}"
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


def _check_entry(entry) -> bool:
    """Check a dictionary of a configuration; return whether it is a step on the way."""
    if TRAINING_ONLY in entry:
        raise ValueError("The configuration still names an optimizer. Save the network again.")
    if "class_name" not in entry:
        return False
    if not allowed.is_allowed(entry):
        where = f" of {_short(entry.get('module'))}" if entry.get("module") else ""
        raise ValueError(
            f"The network uses {_short(_named(entry))}{where}, which is not on the list of what is "
            "known to be harmless. Build the network from Keras' usual layers for images."
        )
    build = entry.get("build_config") or {}
    if not isinstance(build, dict) or set(build) - {"input_shape"}:
        raise ValueError(
            f"The layer {_short(entry['class_name'])} is built from {_short(build)}; expected was "
            "the shape of its input. Save the network again."
        )
    inner = entry.get("config")
    shape = inner.get("batch_shape") if isinstance(inner, dict) else None
    if isinstance(shape, list) and _product(shape) > MOST_INPUT_VALUES:
        raise ValueError(
            f"The network takes images of the shape {_short(shape)}: {_product(shape):,} values. "
            f"At most {MOST_INPUT_VALUES:,} are given to a network."
        )
    return allowed.is_step(entry)


def _named(entry):
    return entry.get("config") if entry["class_name"] == "function" else entry["class_name"]


def _check_number(key, value):
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if is_whole and abs(value) > MOST_NUMBER and key not in FREE_NUMBERS:
        raise ValueError(
            f"The configuration says {_short(key)} = {_short(value)}. Numbers of at most "
            f"{MOST_NUMBER:,} are opened; a network with larger ones fills the memory."
        )


def _product(shape):
    product = 1
    for length in shape:
        product *= length if isinstance(length, int) else 1
    return product


def _short(value):
    text = " ".join(str(value).split())
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def main(arguments: list[str]) -> int:
    """Check a file; say on standard output what is wrong with it."""
    from explorer.models import limits

    limits.set_limits(
        memory_bytes=limits.CHECK_BYTES,
        seconds=limits.CHECK_SECONDS,
        file_bytes=limits.SAID_BYTES,
    )
    check = check_weights if arguments[1:] == ["weights"] else check_file
    try:
        check(Path(arguments[0]))
    except (ValueError, OSError) as error:
        print(" ".join(str(error).split()))
        return limits.REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
