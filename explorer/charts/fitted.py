"""Titles that stay within a narrow chart."""

import textwrap
from collections.abc import Mapping

import altair as alt

from explorer.charts.compose import specification
from explorer.charts.pair import AXIS_SPACE
from explorer.charts.palette import NARROW, PANEL_TITLE_SIZE

LETTER_WIDTH = 0.6  # of a bold letter, in its height


def fitted_specification(chart: alt.TopLevelMixin, width: int) -> dict:
    """Return what `compose.specification` does, with titles that fit a narrow page.

    Args:
        chart: Charts put together with the functions of `compose`.
        width: Pixels that the page has.
    """
    spec = specification(chart)
    return fitted(spec, width) if width < NARROW else spec


def fitted(spec, width: int):
    """Keep titles within a narrow chart: words go on in the next line, what moves is smaller.

    >>> fitted({"title": {"text": "A title of many words", "fontSize": 14}}, 120)
    {'title': {'text': ['A title of', 'many words'], 'fontSize': 14}}

    Args:
        spec: A specification, or a part of one.
        width: Pixels that the chart has.
    """
    if isinstance(spec, list):
        return [fitted(part, width) for part in spec]
    if not isinstance(spec, Mapping):
        return spec
    parts = {key: fitted(part, width) for key, part in spec.items()}
    title = spec.get("title")
    if isinstance(title, Mapping) and "text" in title:
        parts["title"] = _fitted_title(title, width)
    return parts


def _fitted_title(title, width):
    size = title.get("fontSize", PANEL_TITLE_SIZE)
    if title.get("frame") == "group":
        width -= AXIS_SPACE
    if isinstance(title["text"], str):
        letters = int(width / (LETTER_WIDTH * size))
        return {**title, "text": textwrap.wrap(title["text"], letters)}
    return {**title, "fontSize": min(size, PANEL_TITLE_SIZE), "limit": width}
