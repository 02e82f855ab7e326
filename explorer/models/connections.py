"""Which layer of a network takes what from which, as its configuration tells it. Without Keras."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from explorer.models.lengths import Untold

Place = tuple[str, int, int]  # a layer, which of its uses, which of the arrays it puts out
MOST_USES = 5_000
NUMBERED_FROM_ONE = ("Functional", "Model")  # how Keras counts the uses of such networks, at ends


@dataclass(frozen=True)
class Use:
    """One use of a layer or an operation.

    Args:
        sources: Where its inputs come from, in their order.
        is_list: Whether they were given as one list.
        others: What else was given, in its order: numbers, or the key of a part.
    """

    sources: tuple[Place, ...]
    is_list: bool = False
    others: tuple = ()


def uses(entry: dict) -> list[Use]:
    """Return the uses of a layer within a network.

    Raises:
        Untold: They are not saved as Keras 3 saves them.
    """
    return [_use(node) for node in entry["inbound_nodes"]]


def _use(node):
    if not isinstance(node, dict) or set(node) != {"args", "kwargs"}:
        raise Untold("it is not connected as Keras 3 saves connections")
    if not all(map(_is_no_array, node["kwargs"].values())):
        raise Untold("it takes more than arrays and numbers")
    first, *others = node["args"]
    if isinstance(first, list) and first:
        return Use(tuple(map(_place, first)), True, tuple(others))
    given = [first, *others]
    return Use(
        tuple(_place(value) for value in given if _is_tensor(value)),
        False,
        tuple(value for value in given if not _is_tensor(value)),
    )


def is_plain(value: object) -> bool:
    """Say whether a value is a number, a word, or nothing at all."""
    return value is None or isinstance(value, bool | int | float | str)


def _is_no_array(value):
    """Say whether a value is plain, or the masks of several arrays that have none."""
    return is_plain(value) or (
        isinstance(value, list) and not any(one is not None for one in value)
    )


def _is_tensor(value):
    return isinstance(value, dict) and value.get("class_name") == "__keras_tensor__"


def _place(value) -> Place:
    if not _is_tensor(value):
        raise Untold("it takes more than arrays and numbers")
    return _checked(value["config"]["keras_history"])


def _checked(place) -> Place:
    name, *numbers = place
    if not isinstance(name, str) or [type(number) for number in numbers] != [int, int]:
        raise Untold("it takes what no layer gives")
    return (name, *numbers)


def ends(value: object, entries: dict[str, dict]) -> list[Place]:
    """Return the places that `input_layers` or `output_layers` of a network name.

    Args:
        value: One place, or lists of them.
        entries: The layers of the network by name.

    Raises:
        Untold: They are not saved as Keras 3 saves them.
    """
    places = [_place_of_end(place, entries) for place in _leaves(value)]
    if not places:
        raise Untold("it has no inputs, or no outputs")
    return places


def _leaves(value) -> Iterator[list]:
    if not isinstance(value, list):
        raise Untold("its inputs and outputs are not told as lists")
    if len(value) == 3 and isinstance(value[0], str):
        yield value
        return
    for inner in value:
        yield from _leaves(inner)


def _place_of_end(place, entries):
    name, use, number = _checked(place)
    is_network = entries[name]["class_name"] in NUMBERED_FROM_ONE
    return name, use - 1 if is_network else use, number


def in_order(all_uses: dict[str, list[Use]]) -> Iterable[tuple[str, int]]:
    """Return the uses of layers so that each comes after those whose arrays it takes.

    Args:
        all_uses: By name of the layer; a layer without one gives what it is given.

    Raises:
        Untold: They go around in a circle, or there are too many.
    """
    before = {
        (name, number): {(source[0], source[1]) for source in use.sources}
        for name, one in all_uses.items()
        for number, use in enumerate(one)
    }
    if len(before) > MOST_USES:
        raise Untold(f"it passes more than {MOST_USES:,} layers")
    try:
        return [place for place in TopologicalSorter(before).static_order() if place in before]
    except CycleError as error:
        raise Untold("its layers go around in a circle") from error
