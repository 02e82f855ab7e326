"""Opening a `.keras` file in a process that is thrown away.

`python -m explorer.inference.proving FILE FOLDER IMAGE_SIZE` checks the file, opens it with Keras
within limits of memory and time, lets it answer once, and writes what it found into FOLDER as
plain JSON and plain numbers. What is wrong with it goes to standard output.
"""

import json
import sys
import zipfile
from pathlib import Path

import numpy as np

from explorer.models import limits
from explorer.models.keras_file import check_file
from explorer.models.sizes import USUAL_SIZE

CONFIG, WEIGHTS, ABOUT = "network.json", "network.safetensors", "about.json"
TOLERANCE = 1e-3
HALF_TOLERANCE = 3e-2


def main(arguments: list[str]) -> int:
    """Open a file; see the module."""
    limits.set_limits(
        memory_bytes=limits.OPEN_BYTES,
        seconds=limits.OPEN_SECONDS,
        file_bytes=limits.WRITTEN_BYTES,
    )
    file, folder, image_size = Path(arguments[0]), Path(arguments[1]), int(arguments[2])
    try:
        prove(file, folder, image_size)
    except Exception as error:  # whatever a strange file leads Keras to is told in one line
        print(_words(error))
    else:
        return 0
    return limits.REFUSED


def prove(file: Path, folder: Path, image_size: int) -> None:
    """Open a file and write the network it holds into a folder.

    Args:
        file: A `.keras` file.
        folder: Exists and is empty.
        image_size: For networks that take images of any size; 0 for the usual size.

    Raises:
        ValueError: It holds no network that can be looked into.
    """
    config = check_file(file, image_size=image_size or None)
    clean = folder / "clean.keras"
    _write_clean(file, config, clean)
    import keras

    from explorer.inference import chain
    from explorer.inference.rebuilt import rebuild, write_network

    model = keras.models.load_model(clean, compile=False, safe_mode=True)
    clean.unlink()
    fixed = model.inputs[0].shape[1:3] if getattr(model, "inputs", None) else (None, None)
    size = fixed[0] or fixed[1] or image_size or USUAL_SIZE
    channels = chain.check_input(model, size)
    images = np.random.default_rng(0).integers(0, 256, (2, size, size, channels))
    images = images.astype(np.float32)
    about = {"any_size": fixed == (None, None), "rescales": chain.rescales_itself(model)}
    wanted = np.asarray(model(images, training=False), np.float32)
    flat = chain.straightened(model, size)
    chain.check_memory(flat)
    write_network(flat, folder, {**about, "image_size": size, "channels": channels})
    found = np.asarray(rebuild(folder)(images, training=False), np.float32)
    half = any("16" in str(layer.compute_dtype) for layer in flat.layers)
    _compare(wanted, found, HALF_TOLERANCE if half else TOLERANCE)


def _compare(wanted, found, tolerance):
    """Check what a network answers after it was put together anew.

    Args:
        wanted: What it gave in the file. (images, classes)
        found: Its logits now. (images, classes)
        tolerance: Largest difference, of numbers around 1.
    """
    from explorer.inference import chain

    if not chain.same_answers(wanted, found, tolerance):
        raise ValueError(
            "The network answers differently after it is put together for this page. Build it "
            "from Keras' usual layers for images."
        )
    if (found >= 0).all() and np.allclose(found.sum(axis=1), 1, atol=tolerance):
        raise ValueError(
            "The network gives probabilities, but its last layer is none that makes them. End it "
            "in a softmax or a Dense layer without an activation."
        )


def _write_clean(file, config, path):
    """Copy a checked file without what only training needs."""
    with zipfile.ZipFile(file) as given, zipfile.ZipFile(path, "w") as clean:
        clean.writestr("metadata.json", given.read("metadata.json"))
        clean.writestr("config.json", json.dumps(config))
        clean.writestr("model.weights.h5", given.read("model.weights.h5"))


def _words(error):
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return "Opening the network needs more memory than a network may take. Give another file."
    line = " ".join("".join(filter(str.isprintable, str(error).replace("\n", " "))).split())
    if isinstance(error, ValueError) and line:
        return line
    return f"Keras cannot open the network ({type(error).__name__}: {line[:200]})."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
