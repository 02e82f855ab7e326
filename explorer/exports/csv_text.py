"""Tables as CSV that loses nothing and that no spreadsheet runs.

Numbers that are not finite are written as NaN, Infinity and -Infinity. Text that a spreadsheet
would take for a formula gets an apostrophe before it (OWASP, "CSV injection").
"""

import math

import numpy as np
import pandas as pd

FORMULA_STARTS = tuple("=+-@＝＋－＠")
CONTROL = dict.fromkeys([*range(32), 127], " ")  # line ends among them: a row stays a row
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
    values = column.tolist()
    safe = {value: safe_text(value) for value in set(values) if isinstance(value, str)}
    return np.array([safe[one] if one in safe else _cell(one) for one in values], dtype=object)


def _cell(value):
    if value is None:
        return ""
    if math.isnan(value):
        return "NaN"
    return WORDS.get(value, value)


def safe_text(text: str) -> str:
    """Keep text on one line, and from being run as a formula.

    >>> safe_text("=1+1"), safe_text("  @SUM(A1)"), safe_text("conv_1/kernel")
    ("'=1+1", "'  @SUM(A1)", 'conv_1/kernel')
    """
    line = text.translate(CONTROL)
    return f"'{line}" if line.lstrip().startswith(FORMULA_STARTS) else line
