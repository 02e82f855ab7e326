"""The numbers behind the charts of two compared checkpoints, to keep."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from explorer.exports.checkpoint_tables import TABLES
from explorer.exports.csv_text import to_csv
from explorer.inference.comparison import Comparison

WORDS = {
    "classes": "Classes",
    "confusions": "What is taken for what",
    "images": "Image by image",
    "similarity": "Layers",
    "line": "Between the two",
}


def show(comparison: Comparison):
    """Offer every table as CSV; each is written only when it is asked for."""
    st.caption(
        "The numbers of these charts as CSV; images and filters count from 1. As PNG and SVG the "
        "charts are in the report, under Take away."
    )
    with st.container(horizontal=True):
        for name, words in WORDS.items():
            offer(name, words, lambda name=name: TABLES[name](comparison))


def offer(name: str, words: str, table: Callable[[], pd.DataFrame]):
    """Offer one table; it is written only when it is asked for."""
    st.download_button(
        words,
        lambda: to_csv(table()).encode("utf-8", "replace"),
        file_name=f"checkpoints-{name}.csv",
        mime="text/csv",
        key=f"checkpoint_csv_{name}",
        icon=":material/download:",
        on_click="ignore",
    )
