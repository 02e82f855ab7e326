"""Is a `.keras` file what it says, and harmless to open? Looks at it without Keras.

A saved network is a ZIP of two JSON texts and an HDF5 file, and each of the three can be built to
run code, read files or fill the memory. What is not known to be harmless is refused. This is the
first of two walls: what passes is opened in a process of its own that is then thrown away, see
`explorer.inference.own_file`.

`python -m explorer.models.keras_file FILE` checks one, within limits of memory and time;
`... FILE weights` a file of weights alone.
"""

import io
import sys
from pathlib import Path

from explorer.models import allowed
from explorer.models.keras_archive import MOST_DEPTH, read_archive
from explorer.models.refusals import shown
from explorer.models.sizes import check_sizes
from explorer.models.weights_file import MOST_PARAMETERS, check_weights

MOST_LAYERS = 500
MOST_NUMBER = 1_000_000
MOST_INPUT_VALUES = 4_000_000
MOST_SHARED = 2  # a layer may be part of two networks, and is saved once
FREE_NUMBERS = ("seed", "shared_object_id")
TRAINING_ONLY = "compile_config"  # optimizer and loss, which looking at a network does not need


def check_file(path: Path, *, image_size: int | None = None) -> dict:
    """Check a `.keras` file; return its configuration, without what only training needs.

    Args:
        path: The file, whatever its name.
        image_size: Chosen for a network that takes images of any size, see `check_sizes`.

    Raises:
        ValueError: It is no `.keras` file, damaged, too large, or could do harm; says why.
    """
    saved, weights = read_archive(path)
    config = without_training(saved)
    check_config(config)
    needed = check_sizes(config, most_parameters=MOST_PARAMETERS, image_size=image_size)
    held = check_weights(io.BytesIO(weights))
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
            f"The file holds {shown(name)}, expected was a Sequential or functional network. "
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


def _check_entry(entry) -> bool:
    """Check a dictionary of a configuration; return whether it is a step on the way."""
    if TRAINING_ONLY in entry:
        raise ValueError("The configuration still names an optimizer. Save the network again.")
    if "class_name" not in entry:
        return False
    if not allowed.is_allowed(entry):
        where = f" of {shown(entry.get('module'))}" if entry.get("module") else ""
        raise ValueError(
            f"The network uses {shown(_named(entry))}{where}, which is not on the list of what is "
            "known to be harmless. Build the network from Keras' usual layers for images."
        )
    build = entry.get("build_config") or {}
    if not isinstance(build, dict) or set(build) - {"input_shape"}:
        raise ValueError(
            f"The layer {shown(entry['class_name'])} is built from {shown(build)}; expected was "
            "the shape of its input. Save the network again."
        )
    inner = entry.get("config")
    shape = inner.get("batch_shape") if isinstance(inner, dict) else None
    if isinstance(shape, list) and _product(shape) > MOST_INPUT_VALUES:
        raise ValueError(
            f"The network takes images of the shape {shown(shape)}: {_product(shape):,} values. "
            f"At most {MOST_INPUT_VALUES:,} are given to a network."
        )
    return allowed.is_step(entry)


def _named(entry):
    return entry.get("config") if entry["class_name"] == "function" else entry["class_name"]


def _check_number(key, value):
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if is_whole and abs(value) > MOST_NUMBER and key not in FREE_NUMBERS:
        raise ValueError(
            f"The configuration says {shown(key)} = {shown(value)}. Numbers of at most "
            f"{MOST_NUMBER:,} are opened; a network with larger ones fills the memory."
        )


def _product(shape):
    product = 1
    for length in shape:
        product *= length if isinstance(length, int) else 1
    return product


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
