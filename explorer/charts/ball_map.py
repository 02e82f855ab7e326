"""What becomes of the ball for every pair of learning rate and momentum, with the bound."""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from explorer.analysis.descent import OUTCOMES, descend, largest_stable_rate, outcomes
from explorer.analysis.error_functions import FUNCTIONS, ErrorFunction
from explorer.charts import pair
from explorer.charts.ball_path import FACTOR, LEARNING_RATE, START
from explorer.charts.compose import independent, layered

RATES = np.geomspace(1e-3, 10, 41)
OVERLAP = 1.01  # of a cell with the next one, so that no ground shines through
MOMENTA = np.linspace(0, 0.95, 20)
COLORS = {
    "crawls": "#9aa0a6",
    "converges": "#0072B2",
    "swings": "#56B4E9",
    "oscillates": "#E69F00",
    "diverges": "#D55E00",
    "thrown": "#CC79A7",
}


def outcome_map(function: ErrorFunction, width: int, height: int) -> alt.LayerChart:
    """Draw a cell for every pair, in the colour of its outcome, and where the sliders stand.

    Args:
        function: What the ball goes down on.
        width: Pixels of the plot.
        height: Pixels of the plot.
    """
    x = alt.X(
        "rate:Q",
        title="Learning rate",
        scale=alt.Scale(type="log", domain=_ends(RATES, np.sqrt(RATES[1] / RATES[0])), nice=False),
    ).axis(grid=False, format="~g", tickCount=5)
    y = alt.Y(
        "momentum:Q",
        title="Momentum",
        scale=alt.Scale(domain=[-0.025, 0.975], nice=False, zero=False),
    ).axis(grid=False, values=[0, 0.25, 0.5, 0.75, 0.95], format=".2~f")
    now = alt.Chart(pd.DataFrame({"k": [0]})).transform_calculate(
        rate=LEARNING_RATE, momentum=FACTOR
    )
    return layered(
        _cells(function, x, y),
        *_bound(function, x, y),
        now.mark_point(
            filled=True, color="white", stroke="black", strokeWidth=2, size=90, opacity=1,
            tooltip=None,
        ).encode(x, y),
        width=width,
        height=height,
        resolve=independent("color"),
        title=pair.panel_title("What becomes of it; the line is the bound"),
    )  # fmt: skip


@lru_cache(maxsize=len(FUNCTIONS))
def outcome_frame(name: str, num_dimensions: int) -> pd.DataFrame:
    """List the outcomes of all pairs, a row each and a column for every start.

    An outcome is its place in `OUTCOMES`.

    Columns: rate, momentum, the ends of the cell, and `o0`, `o1`, ... for the starts.
    """
    function = FUNCTIONS[name, num_dimensions]
    starts = np.stack([function.start(place) for place in range(len(function.starts))])
    shape = (len(starts), len(RATES), len(MOMENTA))
    rates, momenta = np.broadcast_to(RATES[:, None], shape), np.broadcast_to(MOMENTA, shape)
    descent = descend(function, starts[:, None, None], rates, momenta)
    found = outcomes(function, descent).reshape(len(starts), -1)
    places = {outcome: place for place, outcome in enumerate(OUTCOMES)}
    columns = {f"o{k}": [places[one] for one in row] for k, row in enumerate(found.tolist())}
    half = np.sqrt(RATES[1] / RATES[0])
    rate, momentum = rates[0].ravel(), momenta[0].ravel()
    return pd.DataFrame(
        {
            "rate": rate,
            "momentum": momentum,
            "low": rate / half,
            "high": rate * half * OVERLAP,
            "under": momentum - 0.025,
            "over": momentum + 0.025 * OVERLAP,
            **{name: np.array(values, np.int8) for name, values in columns.items()},
        }
    )


def _cells(function, x, y):
    known = [outcome for outcome in COLORS if outcome != "thrown" or function.name == "plateau"]
    return (
        alt.Chart(outcome_frame(function.name, function.num_dimensions))
        .transform_calculate(outcome=f"{list(OUTCOMES)}[datum['o' + {START}]]")
        .mark_rect()
        .encode(
            alt.X("low:Q", scale=x["scale"], axis=x["axis"], title=x["title"]),
            alt.X2("high"),
            alt.Y("under:Q", scale=y["scale"], axis=y["axis"], title=y["title"]),
            alt.Y2("over"),
            alt.Color("outcome:N", scale=alt.Scale(domain=known, range=[COLORS[k] for k in known]))
            .legend(orient="bottom", title=None, columns=3, symbolType="square"),
            tooltip=[
                alt.Tooltip("outcome:N", title="The ball"),
                alt.Tooltip("rate:Q", title="Learning rate", format=".3~g"),
                alt.Tooltip("momentum:Q", title="Momentum", format=".2~f"),
            ],
        )
    )  # fmt: skip


def _bound(function, x, y):
    """Draw the bound that the sharpest bottom sets, seen on every colour."""
    curvature = float(function.curvature(function.minima).max())
    frame = pd.DataFrame(
        {
            "rate": [largest_stable_rate(curvature, momentum) for momentum in MOMENTA],
            "momentum": MOMENTA,
        }
    )
    for color, thick in (("white", 4), ("black", 1.6)):
        yield (
            alt.Chart(frame)
            .mark_line(color=color, strokeWidth=thick, clip=True, tooltip=None)
            .encode(x, y, alt.Order("momentum:Q"))
        )


def _ends(values, factor):
    return [float(values[0] / factor), float(values[-1] * factor)]
