"""The curves of a learning rate range test, with the rates they suggest."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from explorer.analysis.range_test import IGNORED_FIRST, RangeTest, Suggestion, smoothed
from explorer.charts import palette
from explorer.charts.compose import layered

HEIGHT = 340
LINE = 16  # pixels between two names, one above the other over the plot
RIGHT_FROM = 0.01  # names of larger rates end at their line, to stay on the page
ABOVE, BELOW = 0.8, 0.15  # of the fall of the loss: room in the drawing
LEAST_FALL = 0.1  # of the loss, that the drawing has room for
TINY = 1e-9
RATE_LABEL = "format(datum.value, datum.value < 0.001 ? '.0e' : '~g')"


def range_curves(
    found: RangeTest, suggested: Sequence[Suggestion], names: Sequence[str], used: float | None
) -> alt.LayerChart:
    """Draw the loss over the rising learning rate: a line a start, smoothed, and its dots.

    Args:
        found: The test.
        suggested: Rates, each drawn as a line over the range of what the starts suggest.
        names: What they are called.
        used: The rate that the run was trained with, if there is one.
    """
    frame = curve_frame(found)
    x = _rate_axis(found.rates)
    rows = _named_rates(suggested, names, used, found.rates)
    y = alt.Y("smooth:Q", title="Loss", scale=alt.Scale(domain=loss_domain(frame), nice=False))
    base = alt.Chart(frame)
    tips = [
        alt.Tooltip("start:N", title="Start"),
        alt.Tooltip("step:Q", title="Step"),
        alt.Tooltip("rate:Q", title="Learning rate", format=".3~g"),
        alt.Tooltip("loss:Q", title="Loss", format=".4~g"),
        alt.Tooltip("smooth:Q", title="Smoothed", format=".4~g"),
    ]
    return layered(
        *_marks(rows, x),
        base.mark_point(
            filled=True, size=10, opacity=0.35, color=palette.RUN_A, clip=True, tooltip=None
        ).encode(x, alt.Y("loss:Q", scale=y["scale"], title="Loss")),
        base.mark_line(color=palette.RUN_A, strokeWidth=2, clip=True, tooltip=None).encode(
            x, y, alt.StrokeDash("start:N", legend=None)
        ),
        base.mark_point(filled=True, size=40, opacity=0, clip=True).encode(x, y, tooltip=tips),
        height=HEIGHT,
        autosize=palette.FIT_WIDTH,
        usermeta=palette.AS_SVG,
        title=alt.Title("Loss while the learning rate rises", anchor="start", offset=10),
        config=alt.Config(view=alt.ViewConfig(strokeWidth=0)),
    )


def curve_frame(found: RangeTest) -> pd.DataFrame:
    """List the steps taken. Columns: start, step, rate, loss, smooth; a row each."""
    parts = []
    for place, seed in enumerate(found.seeds.tolist()):
        losses = found.curve(place)
        parts.append(
            pd.DataFrame(
                {
                    "start": f"seed {seed}",
                    "step": np.arange(len(losses)),
                    "rate": found.rates[: len(losses)],
                    "loss": losses,
                    "smooth": smoothed(losses) if len(losses) else losses,
                }
            )
        )
    return pd.concat(parts, ignore_index=True).replace([np.inf, -np.inf], np.nan)


def loss_domain(frame: pd.DataFrame) -> list[float]:
    """Choose losses to show: the fall, and some of the climb; what diverges leaves at the top."""
    known = frame["smooth"].dropna()
    if known.empty:
        return [0.0, 1.0]
    best, first = float(known.min()), float(known[frame["step"] == IGNORED_FIRST].max())
    first = best if np.isnan(first) else first
    fall = max(first - best, LEAST_FALL * abs(best), TINY)
    return [best - BELOW * fall, best + (1 + ABOVE) * fall]


def _rate_axis(rates):
    return alt.X(
        "rate:Q",
        title="Learning rate",
        scale=alt.Scale(type="log", domain=[float(rates[0]), float(rates[-1])], nice=False),
    ).axis(grid=False, labelExpr=RATE_LABEL, values=_powers(rates))


def _powers(rates):
    first, last = np.log10(rates[[0, -1]]).round().astype(int).tolist()
    return [float(f"1e{power}") for power in range(first, last + 1)]


def _marks(rows, x):
    """Draw a line at each rate, and its name over the plot, where no curve runs through it."""
    for place, row in enumerate(rows):
        chart = alt.Chart(pd.DataFrame([row]))
        if row["high"] > row["low"]:
            yield chart.mark_rect(color=row["color"], opacity=0.15, tooltip=None).encode(
                alt.X("low:Q", scale=x["scale"]), alt.X2("high")
            )
        yield chart.mark_rule(color=row["color"], strokeWidth=2, tooltip=None).encode(x)
        yield chart.mark_text(
            align="right" if row["rate"] > RIGHT_FROM else "left",
            color=palette.TEXT,
            fontSize=palette.LABEL_SIZE,
            tooltip=None,
        ).encode(x, alt.YValue(-10 - LINE * (len(rows) - 1 - place)), alt.Text("name:N"))


def _named_rates(suggested, names, used, rates) -> list[dict]:
    """List the rates to draw lines at: the suggestions, and what the run was trained with."""
    rows = [
        {
            "rate": one.rate,
            "low": one.lowest,
            "high": one.highest,
            "name": f"{name} {one.rate:.2g}",
            "color": palette.HIGHLIGHT,
        }
        for one, name in zip(suggested, names, strict=True)
    ]
    if used is not None and rates[0] <= used <= rates[-1]:
        name = f"Used by this run {used:g}"
        rows.append({"rate": used, "low": used, "high": used, "name": name, "color": palette.MUTED})
    return sorted(rows, key=lambda row: row["rate"])
