"""Words of a list: cut to what somebody reads, put on one line, taken from one."""

from collections.abc import Sequence

MORE = "and {:,} more"


def first_named(names: Sequence[str], most: int) -> str:
    """Name the first of something, and say how many there are beyond.

    >>> first_named(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def first_lines(lines: Sequence[str], most: int, longest: int, rest: str) -> list[str]:
    """Return the first of some lines, cut, and one that says how many there are beyond.

    >>> first_lines(["abc", "d", "e"], 2, 2, MORE)
    ['ab', 'd', 'and 1 more']
    """
    more = len(lines) - most
    return [line[:longest] for line in lines[:most]] + ([rest.format(more)] if more > 0 else [])


def on_one_line(said: object) -> str:
    """Return what an error says on one line, without letters that move a terminal's cursor.

    >>> on_one_line(ValueError("two  words")), on_one_line(KeyError())
    ('two words', 'KeyError')
    """
    words = str(said).split() or [type(said).__name__]
    return " ".join("".join(filter(str.isprintable, word)) for word in words)


def names_between_commas(given: str) -> list[str] | None:
    """Return the names that somebody wrote on a line, or `None` if there are none.

    >>> names_between_commas(" cat, black dog,"), names_between_commas(" , ")
    (['cat', 'black dog'], None)
    """
    return [name.strip() for name in given.split(",") if name.strip()] or None
