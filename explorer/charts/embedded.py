"""Charts as plain values for a page of our own: specifications that share compact data."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import altair as alt
import pandas as pd

from explorer.charts.compose import specification

DIGITS = 6


@dataclass
class Store:
    """Data of several charts, each kept once.

    Args:
        data: By name, `{"c": columns, "r": rows}`; a row is a list as long as `columns`.
    """

    data: dict[str, dict] = field(default_factory=dict)

    def take(self, chart: alt.TopLevelMixin) -> dict:
        """Return the specification of a chart, and keep its data here."""
        spec = specification(chart)
        for name, frame in spec.pop("datasets").items():
            if name not in self.data:
                self.data[name] = packed(frame)
        spec.pop("$schema")
        return rounded(spec)

    def take_checked(self, chart: alt.TopLevelMixin) -> dict:
        """Return the same of a chart that was put together with Altair's own functions."""
        spec = chart.to_dict()
        for name, rows in spec.pop("datasets").items():
            self.data[name] = packed(pd.DataFrame(rows))
        spec.pop("$schema")
        return rounded(spec)

    def whole(self, spec: Mapping) -> dict:
        """Return a specification with its data in it, as other programs read it."""
        names = _named_data(spec)
        return {**spec, "datasets": {name: unpacked(self.data[name]) for name in sorted(names)}}


def packed(frame: pd.DataFrame) -> dict:
    """Write the names of the columns once instead of in every row.

    >>> packed(pd.DataFrame({"a": [1, 2], "b": [0.123456789, float("nan")]}))
    {'c': ['a', 'b'], 'r': [[1, 0.123457], [2, None]]}
    """
    columns = [rounded(frame[name].tolist()) for name in frame]
    return {"c": list(frame), "r": [list(row) for row in zip(*columns, strict=True)]}


def unpacked(data: Mapping) -> list[dict]:
    """Undo `packed`; what is missing is `None`."""
    return [dict(zip(data["c"], row, strict=True)) for row in data["r"]]


def rounded(value):
    """Round the fractional numbers in lists and mappings to six digits; NaN becomes `None`.

    >>> rounded({"a": [1 / 3, 12345678, float("nan")]})
    {'a': [0.333333, 12345678, None]}
    """
    if isinstance(value, float):
        return _short(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(part) for part in value]
    return value


def _short(value):
    number = float(f"{value:.{DIGITS}g}")
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _named_data(value):
    if isinstance(value, Mapping):
        data = value.get("data")
        own = {data["name"]} if isinstance(data, Mapping) and "name" in data else set()
        return own.union(*(_named_data(part) for part in value.values()))
    if isinstance(value, list):
        return set().union(*(_named_data(part) for part in value))
    return set()
