"""The shape of an image on its way through a network, and what every rule about it needs.

Shapes are those of one image: without the batch. Axes in configurations count the batch as the
first, so that nothing may join, drop or move it.
"""

from collections.abc import Callable, Iterable, Sequence
from math import prod

Shape = tuple[int, ...]
MOST_RANK = 8
# What reading settings raises that nobody thought of; whoever reads them turns it into `Untold`.
STRANGE = (
    *(KeyError, TypeError, ValueError, IndexError),
    *(ZeroDivisionError, AttributeError, OverflowError),
)


class Untold(ValueError):
    """What a layer makes of its input cannot be told from its settings; says why, if known."""


def told(rule: Callable, *arguments):
    """Apply a rule to settings; whatever it stumbles over, they cannot be told.

    Args:
        rule: Raises what it likes where it cannot tell; an `Untold` may say why.
        *arguments: For the rule.

    Raises:
        Untold: It cannot be told.

    >>> told(lambda config: config["units"], {"units": 3})
    3
    """
    try:
        return rule(*arguments)
    except Untold:
        raise
    except STRANGE as error:
        raise Untold from error


def place_of(axis: object, rank: int) -> int:
    """Return which length of a shape an axis means.

    Args:
        axis: As it is saved; the batch is 0.
        rank: Number of lengths of the shape, with the batch.

    Raises:
        Untold: It is the batch, or none at all.

    >>> place_of(-1, 4)
    2
    """
    if type(axis) is not int or not -rank <= axis < rank:
        raise Untold(f"it names the axis {axis!r}, and there are {rank}"[:100])
    if axis % rank == 0:
        raise Untold("it mixes the images of a batch")
    return axis % rank - 1


def places_of(axes: object, rank: int) -> list[int]:
    """Return which lengths of a shape some axes mean, in their order; see `place_of`."""
    if axes is None:
        raise Untold("it names no axis, and so mixes the images of a batch")
    places = [place_of(axis, rank) for axis in (axes if isinstance(axes, list) else [axes])]
    if len(set(places)) < len(places):
        raise Untold("it names an axis twice")
    return places


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """Return the shape in which shapes of one rank fit; lengths of 1 are stretched.

    >>> broadcast([(4, 1, 3), (1, 5, 3)])
    (4, 5, 3)
    """
    widest = tuple(max(lengths) for lengths in zip(*shapes, strict=True))
    for shape in shapes:
        if any(length not in (1, wide) for length, wide in zip(shape, widest, strict=True)):
            raise Untold("its inputs do not fit each other")
    return widest


def joined(place: int, shapes: Sequence[Shape]) -> Shape:
    """Return the shape of arrays put beside each other.

    >>> joined(0, [(2, 3), (4, 3)])
    (6, 3)
    """
    if len({(*shape[:place], *shape[place + 1 :]) for shape in shapes}) != 1:
        raise Untold("its inputs do not fit each other")
    lengths = list(shapes[0])
    lengths[place] = sum(shape[place] for shape in shapes)
    return tuple(lengths)


def reshaped(wanted: Sequence[int], number: int) -> Shape:
    """Fill in the one length that is -1, so that there are as many values as before.

    >>> reshaped([4, -1], 20)
    (4, 5)
    """
    if len(wanted) > MOST_RANK:
        raise Untold(f"its new shape has more than {MOST_RANK} axes")
    known = prod(whole(length) for length in wanted if length != -1)
    open_axes = wanted.count(-1)
    fits = number == known if open_axes == 0 else known > 0 and number % known == 0
    if not fits or open_axes > 1:
        raise Untold("its new shape does not fit the old one")
    return tuple(number // known if length == -1 else length for length in wanted)


def whole(number: object) -> int:
    """Return a setting that must be a whole number."""
    if type(number) is not int:
        raise Untold(f"it has {str(number)[:20]!r} where a whole number is expected")
    return number


def checked(shape: Iterable[int]) -> Shape:
    """Return a shape as a tuple.

    Raises:
        Untold: It is no shape of an array, or one without values.
    """
    shape = tuple(shape)
    if len(shape) > MOST_RANK or any(type(length) is not int for length in shape):
        raise Untold
    if shape and min(shape) < 1:
        raise Untold("it leaves nothing of its input")
    return shape
