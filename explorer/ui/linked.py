"""Choices that are part of the address of the page Convolution.

What a link says is looked at before it is taken: what does not fit is told, and the usual choice
is made. The usual choice is left out of the address.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import streamlit as st

from explorer.ui import text
from explorer.ui.address import LONGEST_SHOWN

KEY = "convolution_"  # before the parameter: the key of its widget
MOST_NAMED = 8
LONGEST_NUMBER = 24  # letters
KEEP = {"persist_state": "session"}


def choose(
    widget: Callable,
    words: str,
    options: Iterable,
    parameter: str,
    *,
    usual: Any = None,
    to_text: Callable[[Any], str] = str,
    **how,
) -> Any:
    """Let the visitor choose one of several.

    Args:
        widget: Such as `st.selectbox`.
        words: Above it.
        options: At least one.
        parameter: In the address.
        usual: The choice where nobody made one; the first by default.
        to_text: Writes an option into the address.
        **how: What else the widget takes.
    """
    options = list(options)
    usual = usual if usual in options else options[0]
    by_text = {to_text(one): one for one in options}
    key = _begin(parameter, by_text.get, lambda one: one in options, usual, _named(by_text))
    chosen = widget(words, options, key=key, **KEEP, **how)
    note(parameter, to_text(chosen), to_text(usual))
    return chosen


def choose_several(
    widget: Callable,
    words: str,
    options: Iterable[int],
    most: int,
    usual: list[int],
    parameter: str,
    **how,
) -> list[int]:
    """Let the visitor choose some of several things, counted from 0, but in links from 1."""
    options = list(options)
    by_text = {str(one + 1): one for one in options}

    def read(written):
        asked = [by_text.get(part) for part in written.split(",", most)]
        is_fit = None not in asked and len(set(asked)) == len(asked) <= most
        return asked if is_fit else None

    def fits(chosen):
        return set(chosen) <= set(options)

    expected = f"It takes up to {most} numbers from 1 to {len(options):,}, with commas between."
    key = _begin(parameter, read, fits, usual, expected)
    chosen = widget(words, options, key=key, max_selections=most, **KEEP, **how)
    note(parameter, ",".join(str(one + 1) for one in chosen), ",".join(str(u + 1) for u in usual))
    return chosen


def choose_number(
    widget: Callable, words: str, least: int, most: int, usual: int, parameter: str, **how
) -> int:
    """Let the visitor choose a whole number from `least` to `most`; where it is typed, say so."""

    def fits(number):
        return least <= number <= most

    def read(written):
        number = int(written) if written.isascii() and written.isdecimal() else None
        return number if number is not None and fits(number) else None

    expected = f"It takes a whole number from {least:,} to {most:,}."
    usual = min(max(usual, least), most)
    key = _begin(parameter, read, fits, usual, expected)
    if widget.__name__ == "number_input":
        words = f"{words}, {least:,} to {most:,}"
    chosen = widget(words, least, most, key=key, **KEEP, **how)
    note(parameter, str(chosen), str(usual))
    return chosen


def choose_value(
    widget: Callable, words: str, limit: float, usual: float, parameter: str, **how
) -> float:
    """Let the visitor choose any number from `-limit` to `limit`; say what others count as.

    The widget knows no limits: with them, an empty field would mean the smallest number.
    """

    def read(written):
        numbers = read_numbers(written, 1, limit)
        return None if numbers is None else numbers[0]

    expected = f"It takes a number from {-limit:,.0f} to {limit:,.0f}."
    key = _begin(parameter, read, math.isfinite, usual, expected)
    typed = widget(words, key=key, **KEEP, **how)
    chosen = max(-limit, min(limit, typed))
    if chosen != typed:
        st.warning(
            f"{words} {typed:,.15g}: {expected[0].lower()}{expected[1:]} {chosen:,.0f} is used."
        )
    note(parameter, f"{chosen:.9g}", f"{usual:.9g}")
    return chosen


def read_numbers(written: str, count: int, limit: float) -> list[float] | None:
    """Read numbers with commas between them; nothing if one is none, or too large.

    >>> read_numbers("1,-0.5", 2, 10)
    [1.0, -0.5]
    >>> read_numbers("1,inf", 2, 10) is None
    True
    """
    parts = written.split(",", count)
    if len(parts) != count or max(map(len, parts)) > LONGEST_NUMBER:
        return None
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        return None
    return numbers if all(math.isfinite(one) and abs(one) <= limit for one in numbers) else None


def note(parameter: str, written: str, usual: str):
    """Put a choice into the address, unless it is the usual one."""
    if written == usual:
        forget(parameter)
    elif st.query_params.get_all(parameter) != [written]:
        st.query_params[parameter] = written


def forget(*parameters: str):
    """Take out of the address what has no meaning beside the other choices."""
    for parameter in parameters:
        if parameter in st.query_params:
            del st.query_params[parameter]


def say_unknown(parameter: str, written: str, expected: str):
    """Say that a link asks for what cannot be had."""
    st.info(
        f"The link says “{text.plain(written[:LONGEST_SHOWN])}” for {parameter}. "
        f"{text.plain(expected)} The usual choice is shown.",
        icon=":material/link_off:",
    )


def _begin(parameter, read, fits, usual, expected) -> str:
    """Set what a widget holds before anyone touched it, or when its choice is gone.

    Returns:
        The key of the widget.
    """
    key = KEY + parameter
    if key in st.session_state:
        if not _still(fits, st.session_state[key]):
            st.session_state[key] = usual
        return key
    written = st.query_params.get(parameter)
    asked = None if written is None else read(written)
    if written is not None and asked is None:
        say_unknown(parameter, written, expected)
    st.session_state[key] = usual if asked is None else asked
    return key


def _still(fits, value):
    return value is not None and fits(value)


def _named(by_text: Sequence[str]) -> str:
    if len(by_text) > MOST_NAMED:
        return "It is none of those that can be chosen."
    return f"There are {', '.join(by_text)}."
