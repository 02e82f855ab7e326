"""What a network answers to single images."""

import altair as alt
import pandas as pd

from explorer.charts import palette

ROW_PIXELS = 26


def best_classes(best: pd.DataFrame) -> alt.LayerChart:
    """Draw the probabilities of the best classes as bars, best first.

    Args:
        best: `name` and `share`, a row a class, best first.
    """
    base = alt.Chart(best).encode(
        alt.Y("name:N").sort(None).title(None).axis(labelLimit=180),
        alt.X("share:Q").scale(domain=[0, 1]).axis(format="%", tickCount=5).title("Probability"),
        tooltip=[
            alt.Tooltip("name:N", title="Class"),
            alt.Tooltip("share:Q", title="Probability", format=".2%"),
        ],
    )
    bars = base.mark_bar(color=palette.RUN_COLORS[0])
    words = base.mark_text(align="left", dx=4, color=palette.TEXT).encode(
        alt.Text("share:Q", format=".1%")
    )
    return alt.layer(bars, words).properties(
        height=ROW_PIXELS * len(best), autosize=palette.FIT_WIDTH
    )
