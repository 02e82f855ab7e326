"""One chart at one step as a picture, on white paper whatever the theme of the page."""

import numpy as np
import vl_convert

from explorer.charts.embedded import Store
from explorer.charts.pair import SLIDER
from explorer.charts.palette import LABEL_SIZE
from explorer.exports.comparison import CURVES, Comparison
from explorer.exports.vega import VEGA_LITE

WIDTH = 1140
PIXELS_PER_UNIT = 2
WHOLE = "The whole training"  # in place of how to zoom, which a picture cannot
FORMATS = ("png", "svg")


def picture(comparison: Comparison, chart: str, file_format: str, *, step: float = 0) -> bytes:
    """Draw a chart as a picture.

    It takes seconds of work: call it in a process of its own.

    Args:
        comparison: What is compared.
        chart: One of `comparison.CHARTS`.
        file_format: `"png"`, with two pixels for each of the page, or `"svg"`.
        step: What the slider shows: a step, or a share of the training when runs are aligned
            by share; the last place of the slider up to it.

    Raises:
        ValueError: There is nothing to draw, or no such format.
    """
    if file_format not in FORMATS:
        raise ValueError(
            f"There is no picture format {file_format!r}. Choose one of: {', '.join(FORMATS)}."
        )
    store = Store()
    spec = store.whole(store.take(comparison.drawn(chart)(WIDTH)))
    spec = {**spec, "background": "white", "params": at_step(spec, comparison, step)}
    if chart == CURVES:
        spec["vconcat"][-1]["title"] = {"text": WHOLE, "fontSize": LABEL_SIZE, "anchor": "start"}
    if file_format == "svg":
        return vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE).encode("utf-8")
    return vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=PIXELS_PER_UNIT)


def at_step(spec: dict, comparison: Comparison, step: float) -> list[dict]:
    """Return the parameters of a chart with its slider put to a step."""
    return [
        {**one, "value": place_of(comparison, step)} if one["name"] == SLIDER else one
        for one in spec.get("params", [])
    ]


def place_of(comparison: Comparison, step: float) -> int:
    """Return the number of the slider's last place up to a step."""
    after = np.searchsorted(comparison.timeline.places, step, side="right")
    return max(int(after) - 1, 0)
