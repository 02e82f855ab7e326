"""A matrix that is typed cell by cell; what was typed is part of the address."""

import numpy as np
import pandas as pd
import streamlit as st

from explorer.ui import linked

LIMIT = 1e6  # numbers are at most so large: larger ones cannot be read in a cell


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
    names = [str(place + 1) for place in range(size)]
    column = st.column_config.NumberColumn(
        min_value=least, max_value=most, required=True, width=40, format="%.4g"
    )
    typed = st.data_editor(
        pd.DataFrame(st.session_state[f"{name}_start"], columns=names),
        key=key,
        hide_index=True,
        column_config=dict.fromkeys(names, column),
    ).to_numpy(float)
    cells = _numbers_alone(typed, least, most)
    st.session_state[f"{name}_kept"] = (f"{of} {size}", cells)
    linked.note(parameter, _written(cells), _written(usual))
    return cells


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


def _numbers_alone(typed, least, most):
    """Put 0 into cells without a number, and say so."""
    if not np.isfinite(typed).all():
        st.caption(":material/info: A cell without a number counts as 0.")
    return np.nan_to_num(typed, nan=0.0, posinf=0.0, neginf=0.0).clip(least, most)


def _written(cells):
    return ",".join(f"{one:.9g}" for one in cells.ravel().tolist())
