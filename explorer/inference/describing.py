"""What a network takes and tells apart. Loads TensorFlow."""

from collections.abc import Callable

import numpy as np

from explorer.inference.opened import open_source

Tell = Callable[[float, str], None]


def describe_network(progress: Tell, *, network: dict) -> dict[str, np.ndarray]:
    """Open a network and tell what it takes; what is not on this machine yet is fetched first.

    Args:
        progress: Called with the share done and words.
        network: A source, see `opened`.

    Returns:
        `image_size`, `channels`, `any_size`; `class_names`, `values` and `note` as text.

    Raises:
        ValueError: The network cannot be opened; says why.
    """
    progress(0.0, "Opening the network")
    opened = open_source(network, tell=progress)
    return {
        "image_size": np.array(opened.image_size),
        "channels": np.array(opened.channels),
        "any_size": np.array(bool(opened.about.get("any_size"))),
        "class_names": np.array(opened.class_names, dtype=np.str_),
        "values": np.array(opened.about.get("values", ""), dtype=np.str_),
        "note": np.array(opened.about.get("note", ""), dtype=np.str_),
    }
