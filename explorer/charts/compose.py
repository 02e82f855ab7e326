"""Putting charts together, and turning them to plain values, without copying them.

`alt.layer`, `alt.hconcat` and `alt.vconcat`, and every method of what they return, copy all their
parts; `to_dict` copies them again at every level, writes every data frame out as text to name its
view, and checks the whole against the schema. For a page of six panels with ten layers each that
took seconds. Here the parts are put in place once, and read once.

Parts made for it name their channels by type, `alt.Detail("id:N")` instead of `detail="id:N"`:
Altair goes through its whole schema for every channel that it has to guess.
"""

import hashlib
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from altair.utils import SchemaBase
from altair.utils.schemapi import disable_debug_mode

PARTS = {alt.LayerChart: "layer", alt.HConcatChart: "hconcat", alt.VConcatChart: "vconcat"}


def layered(*layers: alt.TopLevelMixin, **properties: Any) -> alt.LayerChart:
    """Draw charts on top of each other; `properties` such as `width`, `title`, `resolve`."""
    return _filled(alt.LayerChart(), "layer", layers, properties)


def beside(*charts: alt.TopLevelMixin, **properties: Any) -> alt.HConcatChart:
    """Put charts side by side."""
    return _filled(alt.HConcatChart(), "hconcat", charts, properties)


def stacked(*charts: alt.TopLevelMixin, **properties: Any) -> alt.VConcatChart:
    """Put charts one above the other."""
    return _filled(alt.VConcatChart(), "vconcat", charts, properties)


def independent(*channels: str) -> alt.Resolve:
    """Let the parts of a chart have scales of their own for these channels."""
    return alt.Resolve(scale=alt.ScaleResolveMap(**dict.fromkeys(channels, "independent")))


def draw_unchecked() -> None:
    """Let Altair make the parts of charts without checking each against its schema.

    For the whole process, and for good: that is twice as fast. `to_dict` checks all the same.
    """
    disable_debug_mode()


def specification(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """Return what `st.vega_lite_chart` draws: what `to_dict` says, in a tenth of the time.

    Nothing is checked: that is for tests, which call `to_dict`. Data frames stay data frames,
    under `"datasets"`, each once.

    Args:
        chart: Charts with data frames, put together with the functions above.
    """
    datasets = {}
    return {"$schema": alt.SCHEMA_URL, **_plain(chart, datasets), "datasets": datasets}


def _filled(chart, key, parts, properties):
    chart[key] = list(parts)
    for name, value in properties.items():
        chart[name] = value
    return chart


def _plain(chart, datasets):
    key = PARTS.get(type(chart))
    if key is None:
        return _plain_leaf(chart, datasets)
    # `SchemaBase` reads the chart as it is; `chart.to_dict` would copy it first.
    own = SchemaBase.to_dict(chart, validate=False, ignore=[key])
    return {**own, key: [_plain(part, datasets) for part in chart[key]]}


def _plain_leaf(chart, datasets):
    own = SchemaBase.to_dict(chart, validate=False, ignore=["data"], context={"data": chart.data})
    return {"data": {"name": _kept(chart.data, datasets)}, **own}


def _kept(data, datasets):
    known = next((name for name, frame in datasets.items() if frame is data), None)
    if known is None:
        known = _name(data)
        datasets.setdefault(known, data)
    return known


def _name(data: pd.DataFrame) -> str:
    """Name a data frame by what it holds: the browser takes the same name for the same data."""
    numbers = data.select_dtypes("number")
    digest = hashlib.sha256(repr(list(data.columns)).encode())
    digest.update(numbers.to_numpy(np.float64).tobytes())
    digest.update(repr(data.drop(columns=numbers.columns).to_numpy().tolist()).encode())
    return f"data-{digest.hexdigest()[:32]}"
