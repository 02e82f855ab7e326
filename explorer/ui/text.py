"""Words and numbers as people read them, and user text made safe for markdown."""

import re

_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")
# A word joiner is invisible; after these it keeps addresses and icon names from coming alive.
_ALIVE = re.compile(r"(?<=[:@])|(?<=www\\\.)", re.IGNORECASE)
_WORD_JOINER = "\u2060"
MOST_DIGITS = 15  # whole numbers up to there are exact wherever charts are drawn


def plain(text: object) -> str:
    """Escape text from a person or a file, so that markdown shows it as it is.

    Names of classes, files and runs may hold markup: `![x](http://...)` in a label would make
    the browser fetch the address.
    """
    line = " ".join(str(text).split())
    escaped = _MARKDOWN.sub(r"\\\1", line)
    return _ALIVE.sub(_WORD_JOINER, escaped)


def number(written: str | None) -> int | None:
    """Read a whole number that a link names; `None` for anything else, however long it is.

    >>> number("12"), number("-1"), number("9" * 5000), number(None)
    (12, None, None, None)
    """
    is_one = written is not None and len(written) <= MOST_DIGITS and written.isdecimal()
    return int(written) if is_one else None


def count(number: int, noun: str = "", plural: str = "") -> str:
    """Return `"1 image"`, `"12,000 images"`, or just the number."""
    if not noun:
        return f"{number:,}"
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def rate(value: float) -> str:
    """Return a learning rate without needless digits: `"0.05"`, `"10000"`, `"1e-05"`."""
    return f"{float(f'{value:.4g}'):.15g}"


def percent(share: float, digits: int = 0) -> str:
    """Return `"12 %"`; a share that exists but rounds to nothing is `"under 1 %"`."""
    if 0 < share < 0.5 * 10 ** -(digits + 2):
        return f"under {10**-digits:g} %"
    return f"{share * 100:.{digits}f} %"


def size(num_bytes: float) -> str:
    """Return `"812 B"`, `"3.4 MB"`: in steps of 1,000, at most one digit after the point."""
    units = ["B", "kB", "MB", "GB"]
    while num_bytes >= 999.5 and len(units) > 1:
        num_bytes /= 1000
        units.pop(0)
    digits = 0 if units[0] == "B" or num_bytes >= 99.5 else 1
    return f"{num_bytes:.{digits}f} {units[0]}"


def duration(seconds: float) -> str:
    """Return `"under 1 s"`, `"42 s"`, `"3 min 5 s"`, `"2 h 10 min"`."""
    if seconds < 1:
        return "under 1 s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def shape(axes: tuple[int, ...]) -> str:
    """Return the shape of one image's output: `"32 × 32 × 16"`."""
    return " × ".join(f"{axis:,}" for axis in axes)
