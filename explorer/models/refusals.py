"""Why a network from elsewhere is not opened, with the name of the layer that is to blame."""

from collections.abc import Callable

from explorer.models.lengths import STRANGE, Untold

MOST_LETTERS, MOST_SHOWN = 40, 60  # of a name, of a value


class Refused(ValueError):
    """A network that is not opened; says why, and what to do."""


def explained(entry: dict, rule: Callable, *arguments):
    """Apply a rule to a layer; if it cannot tell, refuse the network and name the layer.

    Args:
        entry: The layer, as Keras saves it.
        rule: Raises what it likes where it cannot tell; an `Untold` may say why.
        *arguments: For the rule.
    """
    try:
        return rule(*arguments)
    except Refused:
        raise
    except STRANGE as error:
        words = str(error) if isinstance(error, Untold) else ""
        raise Refused(
            f"How much memory {called(entry)} takes cannot be told before the network is built: "
            f"{words or 'its settings are not as Keras saves them'}. Leave it out, or put usual "
            "layers for images in its place."
        ) from error


def called(entry: dict) -> str:
    """Return what to call a layer in a line about it, whatever its name holds.

    >>> called({"class_name": "Dense", "config": {"name": "logits"}})
    "the layer 'logits' (Dense)"
    """
    config = entry.get("config")
    name = entry.get("name") or (config.get("name") if isinstance(config, dict) else None)
    kind = str(entry.get("class_name"))[:MOST_LETTERS]
    return f"the layer {str(name)[:MOST_LETTERS]!r} ({kind})" if name else f"a layer {kind}"


def shown(value: object) -> str:
    """Return what a file says in quotes, on one line of bounded length."""
    text = " ".join(str(value).split())
    return repr(text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}...")
