"""Whether the settings of a layer hold nothing but settings. Without Keras.

Keras builds whatever stands in a configuration, wherever it stands: a layer given as an activation
works on the image, a list given where a number belongs stretches it, and a setting that Keras
reads but hardly ever saves, the rank of an adapter, makes weights that nobody counts. So objects
and lists must stand where they belong.
"""

from collections.abc import Callable

from explorer.models import allowed
from explorer.models.connections import is_plain
from explorer.models.lengths import MOST_RANK, Untold

LISTS = allowed.names(
    """
    axes axis cropping dilation_rate dims factor height_factor kernel_size newshape noise_shape
    output_padding padding pool_size shared_axes size strides target_shape value_range width_factor
    """
)
VALUES = allowed.names("mean offset scale variance")  # one number, or one a channel
NEVER_SAVED = allowed.names("lora_alpha lora_rank")  # weights beside those of the layer


def check_settings(config: dict) -> None:
    """Check the settings of a layer or an operation.

    Args:
        config: As Keras saves them.

    Raises:
        Untold: They hold something else than settings; says what.
    """
    for key, value in config.items():
        if not _fits(key, value):
            raise Untold(f"its setting {key[:40]!r} is not of the kind that belongs there")


def _fits(key, value) -> bool:
    if value is None:
        return True
    kind = next((kind for ending, kind in OBJECTS.items() if key.endswith(ending)), None)
    if kind is not None and not isinstance(value, str):
        return kind(value)
    if isinstance(value, list):
        return key in VALUES or (key in LISTS and _is_short(value))
    return is_plain(value) and key not in NEVER_SAVED


def _is_short(value, depth=2):
    """Say whether a list holds a few plain values, or a few such lists."""
    return len(value) <= MOST_RANK and all(
        is_plain(one) or (depth > 1 and isinstance(one, list) and _is_short(one, depth - 1))
        for one in value
    )


def _is_one_of(*modules: str) -> Callable[[object], bool]:
    """Return a check that an object comes from a module, and is set by plain values."""

    def is_one(value):
        if not isinstance(value, dict) or value.get("module") not in modules:
            return False
        config = value.get("config") or {}
        return isinstance(config, dict) and all(map(is_plain, config.values()))

    return is_one


def _is_activation(value) -> bool:
    """Say whether an object is a function, or a layer that only bends values."""
    if not isinstance(value, dict) or value.get("build_config"):
        return False
    if value.get("class_name") == "function":
        return True
    if value.get("class_name") not in BENDING or value.get("module") not in BENDING_MODULES:
        return False
    check_settings(value["config"])
    return True


BENDING = allowed.names("ReLU LeakyReLU ELU Softmax Activation")
BENDING_MODULES = ("keras.layers", "keras.src.activations.activations")
OBJECTS = {
    "initializer": _is_one_of("keras.initializers"),
    "regularizer": _is_one_of("keras.regularizers"),
    "constraint": _is_one_of("keras.constraints"),
    "dtype": _is_one_of("keras", "keras.dtype_policies"),
    "activation": _is_activation,
}
