"""Words and values of others, written so that they stay words and values on a page of HTML."""

import json
import re
from html import escape

# They would show what follows a name in another order than it was written. In JSON they stand
# after an even number of backslashes: after an odd one it is the text of a name.
TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
TURNING_IN_JSON = re.compile(r"(?<!\\)((?:\\\\)*)\\u(?:061c|200[ef]|202[a-e]|206[6-9])")


def shown(value: object) -> str:
    """Write a value as text between elements or in an attribute.

    >>> print(shown('<b> "bold" & more'))
    &lt;b&gt; &quot;bold&quot; &amp; more
    """
    return escape(TURNING.sub("", str(value)), quote=True)


def safe_json(values) -> str:
    r"""Write JSON that no HTML parser takes for markup, without characters that turn text round.

    >>> print(safe_json({"name": "</script><!--"}))
    {"name":"\u003c/script\u003e\u003c!--"}
    """
    text = json.dumps(values, separators=(",", ":"), allow_nan=False, ensure_ascii=True)
    text = TURNING_IN_JSON.sub(r"\1", text)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def closed(source: str) -> str:
    r"""Keep a program from ending its own script element: `</script` lives in its texts only.

    >>> print(closed("a = '</script>'"))
    a = '<\/script>'
    """
    return re.sub(r"<(?=/script|!--)", _escaped_opening, source, flags=re.IGNORECASE)


def _escaped_opening(match):
    return "<\\" if match.string[match.end()] == "/" else "\\x3c"
