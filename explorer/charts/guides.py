"""Dashed lines to compare with, such as what guessing gives; their words stand above the plot.

Inside the plot no place is safe: lines move with smoothing, zoom and axes, and would cross them.
"""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from explorer.charts import palette


def guide_line(value: float) -> alt.Chart:
    """Draw a dashed line over the whole width of a plot whose axis is called `y`."""
    return (
        alt.Chart(pd.DataFrame({"y": [value]}))
        .mark_rule(strokeDash=[5, 4], color=palette.MUTED, clip=True, tooltip=None)
        .encode(alt.Y("y:Q"))
    )


def guide_words(words: Sequence[str]) -> list[str]:
    """Return what stands below the title of a panel, a row a line.

    >>> guide_words(["guessing, 2.20"])
    ['Dashed line: guessing, 2.20']
    """
    return [f"Dashed line: {one}" for one in words]
