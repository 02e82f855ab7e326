"""How large the feature map is: the formula with the numbers put in, and why it may be empty."""

from collections.abc import Iterator

import streamlit as st

from explorer.analysis.convolution import Sliding
from explorer.ui import text


def show(sliding: Sliding, given: int):
    """Write the formula of the output size, and what the numbers are.

    Args:
        sliding: How the window slides.
        given: Rows and columns of the image.
    """
    before, after = sliding.borders(given)
    st.subheader("How large is the feature map?")
    st.latex(
        r"\begin{aligned} m &= \left\lfloor \frac{n + p - d\,(k-1) - 1}{s} \right\rfloor + 1 \\ "
        rf"&= \left\lfloor \frac{{{given} + {before + after} - {sliding.dilation} \cdot "
        rf"({sliding.size} - 1) - 1}}{{{sliding.stride}}} \right\rfloor + 1 \\ "
        rf"&= {_made(sliding, given, before + after)} \end{{aligned}}"
    )
    st.caption(
        f"m is the number of rows and of columns of the feature map, n = {given} that of the "
        f"image, p = {before + after} that of the borders ({before} before, {after} after), "
        f"k = {sliding.size} that of the kernel, d = {sliding.dilation} the dilation and "
        f"s = {sliding.stride} the stride. The brackets round down: a part of a step is none."
    )
    for words in _notes(sliding, given):
        st.caption(words)


def _made(sliding, given, borders) -> str:
    """Write what the formula comes to, also where that is no number of rows."""
    made = (given + borders - sliding.extent) // sliding.stride + 1
    return str(made) if made > 0 else rf"{made} \text{{, below 1: nothing comes out}}"


def _notes(sliding, given):
    before, after = sliding.borders(given)
    if before != after:
        yield "An odd number of border cells cannot be halved: the end gets one more, as in Keras."
    if sliding.length(given):
        yield from unseen_words(sliding, given, "image")


def unseen_words(sliding: Sliding, given: int, image: str) -> Iterator[str]:
    """Say which rows and columns of an image, or of a map, no window covers, and why.

    Args:
        sliding: How the window slides; it has a place.
        given: Rows and columns of what it slides over.
        image: What that is called.
    """
    rows = sliding.left_out(given)
    if rows:
        last = "row and the last column" if rows == 1 else f"{rows} rows and as many columns"
        yield f"The last {last} are never looked at: the next step would leave the {image}."
    rows = sliding.skipped(given)
    if rows:
        between = "A row and a column" if rows == 1 else f"{rows} rows and as many columns"
        yield f"{between} before the last one looked at are skipped: {_why_skipped(sliding)}."


def _why_skipped(sliding) -> str:
    if sliding.stride > sliding.extent:
        return f"a step of {sliding.stride} is longer than the window"
    return "no cell of the window, which lie apart, comes to them"


def say_why_empty(sliding: Sliding, given: int, *, window: str = "kernel", image: str = "image"):
    """Say why the window has no place at all.

    Args:
        sliding: How it slides, without borders.
        given: Rows and columns of what it slides over.
        window: What slides.
        image: What it slides over.
    """
    span = f"The {window} has {text.count(sliding.size, 'row')}"
    if sliding.dilation > 1:
        span += f"; with a dilation of {sliding.dilation} it spans {sliding.extent}"
    borders = ", or the padding “Same”, which adds borders" if window == "kernel" else ""
    st.info(
        f"{span}, the {image} has {given:,}. There is no place where it lies inside: nothing "
        f"comes out, 0 x 0 cells. Take a smaller {window} or dilation, a larger {image}{borders}.",
        icon=":material/grid_off:",
    )
