"""What the words of a verdict mean and how it is made, from the document that tells it."""

import re

from explorer.paths import app_dir

DOCUMENT = app_dir() / "docs" / "verdicts.md"
TITLE = "What the words mean, and how a verdict is made"
SECTIONS = ("Words", "The rules, in their order", "How often it is right")
TABLE = re.compile(r"^\|.*\n?", re.MULTILINE)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def glossary() -> dict[str, str]:
    """Return what a reader of a verdict may ask, in markdown by heading, without tables."""
    return {name: section(name) for name in SECTIONS}


def section(name: str) -> str:
    """Return what the document says under a heading, without its tables.

    Raises:
        ValueError: The document has no such heading.
    """
    parts = re.split(r"^## (.+)\n", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    told = dict(zip(parts[1::2], parts[2::2], strict=True))
    if name not in told:
        raise ValueError(f"{DOCUMENT} has no section {name!r}. It has: {', '.join(told)}.")
    return COMMENT.sub("", TABLE.sub("", told[name])).strip()
