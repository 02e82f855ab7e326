"""Tables as CSV that loses nothing and that no spreadsheet runs.

Numbers that are not finite are written as NaN, Infinity and -Infinity. Text that a spreadsheet
would take for a formula gets an apostrophe before it (OWASP, "CSV injection").
"""

import math

import numpy as np
import pandas as pd

FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")
WORDS = {math.inf: "Infinity", -math.inf: "-Infinity"}


def to_csv(frame: pd.DataFrame) -> str:
    """Write a table.

    Args:
        frame: Columns of numbers or of text; `None` is an empty cell, NaN the word.
    """
    columns = {name: _cells(frame[name]) for name in frame}
    return pd.DataFrame(columns).to_csv(index=False, lineterminator="\n")


def _cells(column):
    if pd.api.types.is_float_dtype(column.dtype):
        values = column.to_numpy()
        if np.isfinite(values).all():
            return values
        return np.array([_cell(value) for value in values], dtype=object)
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy()
    known = {value: _cell(value) for value in pd.unique(column)}
    return np.array([known[value] for value in column], dtype=object)


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_text(value)
    if math.isnan(value):
        return "NaN"
    return WORDS.get(value, value)


def safe_text(text: str) -> str:
    """Keep text from being run as a formula.

    >>> safe_text("=1+1"), safe_text("  @SUM(A1)"), safe_text("conv_1/kernel")
    ("'=1+1", "'  @SUM(A1)", 'conv_1/kernel')
    """
    starts = text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS)
    return f"'{text}" if starts else text
