"""The one exception of the door for images, and how it stays a line."""

MOST_LETTERS = 200


class DataError(ValueError):
    """A problem with the data that the person who brought it can mend."""


def cut(text: object) -> str:
    """Shorten a name from outside, so that a message stays a line.

    >>> cut("cat/1.png"), len(cut("x" * 5000))
    ('cat/1.png', 200)
    """
    line = str(text)
    return line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 3]}..."
