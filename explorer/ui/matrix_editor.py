"""A matrix that is typed cell by cell; what was typed is part of the address.

Cells are text: a cell for numbers would drop letters, commas and digits that do not fit, without a
word, and 1e30 would become 130.
"""

import math

import numpy as np
import pandas as pd
import streamlit as st

from explorer.ui import linked, text

LIMIT = 1e6  # numbers are at most so large: larger ones cannot be read in a cell
MOST_NAMED = 3  # cells that are told of
LONGEST_SHOWN = 20  # letters of a cell


def edit_matrix(
    parameter: str, usual: np.ndarray, of: str, *, least: float = -LIMIT, most: float = LIMIT
) -> np.ndarray:
    """Let the visitor change the cells of a square matrix.

    Args:
        parameter: In the address.
        usual: What stands in the cells at first. (size, size)
        of: What that is called; a change of it begins anew.
        least: The smallest number a cell takes.
        most: The largest one.

    Returns:
        (size, size)
    """
    size = len(usual)
    name = f"{linked.KEY}{parameter}"
    key = f"{name}_{of}_{size}"
    if key not in st.session_state:
        st.session_state[f"{name}_start"] = _start(parameter, usual, f"{of} {size}", least, most)
    start = st.session_state[f"{name}_start"]
    names = [str(place + 1) for place in range(size)]
    column = st.column_config.TextColumn(width=40, alignment="right")
    typed = st.data_editor(
        pd.DataFrame([[_shown(one) for one in row] for row in start.tolist()], columns=names),
        key=key,
        hide_index=True,
        column_config=dict.fromkeys(names, column),
    )
    cells, wrong = read_cells(typed.to_numpy(object), start, least, most)
    _say_wrong(wrong, least, most)
    st.session_state[f"{name}_kept"] = (f"{of} {size}", cells)
    linked.note(parameter, _written(cells), _written(usual))
    return cells


def read_cells(
    typed: np.ndarray, start: np.ndarray, least: float, most: float
) -> tuple[np.ndarray, list[str]]:
    """Read what stands in the cells; what is no number counts as 0, what is too large as the limit.

    Args:
        typed: Text, or nothing. (size, size)
        start: What stood there at first, with all its digits. (size, size)
        least: The smallest number a cell takes.
        most: The largest one.

    Returns:
        The numbers, (size, size), and a line for each cell that is read otherwise than it says.
    """
    cells, wrong = np.array(start, float), []
    for place, said in np.ndenumerate(typed):
        if said != _shown(start[place]):
            cells[place] = _read(said, least, most)
            if not _is_number(said, least, most):
                words = "is empty" if _is_empty(said) else f"says “{said}”"
                row, column = place[0] + 1, place[1] + 1
                wrong.append((f"row {row}, column {column} {words}", cells[place]))
    return cells, [f"{words} and counts as {number:,.7g}" for words, number in wrong]


def _is_empty(said):
    """Say whether nothing was typed; an emptied cell is None, or a number that is none."""
    return not isinstance(said, str) or not said.strip()


def _number(said):
    try:
        return float(said or "")
    except ValueError:
        return math.nan


def _is_number(said, least, most):
    return least <= _number(said) <= most


def _read(said, least, most):
    number = _number(said)
    return 0.0 if math.isnan(number) else min(max(number, least), most)


def _say_wrong(wrong, least, most):
    """Say which cells are read otherwise than they say, and what they take."""
    if wrong:
        more = f", and {len(wrong) - MOST_NAMED:,} more" if len(wrong) > MOST_NAMED else ""
        told = "; ".join(text.plain(one) for one in wrong[:MOST_NAMED])
        st.warning(
            f"A cell takes a number from {least:,.0f} to {most:,.0f}, such as 0.5. But {told}"
            f"{more}.",
            icon=":material/straighten:",
        )


def _start(parameter, usual, of, least, most):
    """Return what the cells hold at first: what was typed before, what a link says, the usual."""
    kept = st.session_state.get(f"{linked.KEY}{parameter}_kept")
    if kept is not None:
        return kept[1] if kept[0] == of else usual
    written = st.query_params.get(parameter)
    if written is None:
        return usual
    numbers = linked.read_numbers(written, usual.size, max(abs(least), abs(most)))
    if numbers is None or not all(least <= one <= most for one in numbers):
        linked.say_unknown(
            parameter,
            written,
            f"It takes {usual.size} numbers from {least:,.0f} to {most:,.0f}, with commas between.",
        )
        return usual
    return np.reshape(numbers, usual.shape)


def _shown(number: float) -> str:
    return f"{number:.4g}"


def _written(cells):
    return ",".join(f"{one:.9g}" for one in cells.ravel().tolist())
