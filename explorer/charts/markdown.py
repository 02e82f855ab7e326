"""The little markdown that our own documents use, as HTML for a page without a server."""

import re
from html import escape

BULLET = re.compile(r"^- ")
NUMBERED = re.compile(r"^\d+\. ")
CODE = re.compile(r"`([^`]+)`")
STRONG = re.compile(r"\*\*(.+?)\*\*")
EMPHASIS = re.compile(r"\*(.+?)\*")


def to_html(text: str) -> str:
    r"""Write paragraphs, lists of single lines, bold, italic and code as HTML.

    Everything else stays the text it is: no link, no markup, no picture comes alive.

    >>> print(to_html("A **bold** & *fine* `x*y`.\n\n- one\n- two"))
    <p>A <b>bold</b> &amp; <em>fine</em> <code>x*y</code>.</p>
    <ul><li>one</li><li>two</li></ul>
    """
    blocks = re.split(r"\n\s*\n", text.strip())
    return "\n".join(_block(block.split("\n")) for block in blocks)


def _block(lines):
    for mark, tag in ((BULLET, "ul"), (NUMBERED, "ol")):
        if all(mark.match(line) for line in lines):
            items = "".join(f"<li>{_inline(mark.sub('', line))}</li>" for line in lines)
            return f"<{tag}>{items}</{tag}>"
    return f"<p>{_inline(' '.join(lines))}</p>"


def _inline(text):
    """Mark words up; what stands between backticks is left as it is."""
    parts = CODE.split(escape(text))
    return "".join(
        f"<code>{part}</code>" if place % 2 else _emphasised(part)
        for place, part in enumerate(parts)
    )


def _emphasised(text):
    return EMPHASIS.sub(r"<em>\1</em>", STRONG.sub(r"<b>\1</b>", text))
