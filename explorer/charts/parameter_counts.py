"""How many numbers a convolution learns, and a dense layer between the same volumes."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from explorer.analysis.convolution import num_dense_parameters, num_parameters
from explorer.charts import palette

BAR = 26  # pixels of a layer
KINDS = {"Convolution": palette.KIND_COLORS["conv"], "Dense": palette.KIND_COLORS["dense"]}
HEIGHT = 260


def counts(sizes: Sequence[int], size: int, channels: int, filters: int) -> pd.DataFrame:
    """Count for images of several sizes; the borders keep the feature maps as large as these.

    Args:
        sizes: Rows and columns of the images.
        size: Of the kernel.
        channels: Of the image.
        filters: How many kernels.

    Returns:
        A row a size and kind: `n`, `kind`, `parameters`.
    """
    few = num_parameters(size, channels, filters)
    rows = [
        {"n": n, "kind": kind, "parameters": number}
        for n in sizes
        for kind, number in (
            ("Convolution", few),
            ("Dense", num_dense_parameters((n, n, channels), (n, n, filters))),
        )
    ]
    return pd.DataFrame(rows)


def parameter_counts(table: pd.DataFrame, chosen: int) -> alt.LayerChart:
    """Draw both counts over the size of the image, on a logarithmic axis.

    Args:
        table: From `counts`.
        chosen: The size that is marked.
    """
    base = alt.Chart(table).encode(
        alt.X("n:Q").scale(nice=False).axis(tickMinStep=1, grid=False).title("Height and width"),
        alt.Y("parameters:Q").scale(type="log").axis(format="~s", tickCount=6).title("Learned"),
        _kind(),
        tooltip=[
            alt.Tooltip("kind:N", title="Layer"),
            alt.Tooltip("n:Q", title="Height and width"),
            alt.Tooltip("parameters:Q", title="Learned numbers", format=","),
        ],
    )
    dots = base.transform_filter(f"datum.n == {chosen}").mark_point(filled=True, size=90, opacity=1)
    return alt.layer(base.mark_line(strokeWidth=2.5), dots, height=HEIGHT)


def layer_counts(layers: Sequence[tuple[str, int, int]]) -> alt.Chart:
    """Draw both counts for every convolution of a network, on a logarithmic axis.

    Args:
        layers: Name, what it learns, and what a dense layer instead of it would learn.
    """
    table = pd.DataFrame(
        [
            {"layer": name, "kind": kind, "parameters": number}
            for name, *both in layers
            for kind, number in zip(KINDS, both, strict=True)
        ]
    )
    return (
        alt.Chart(table, height=BAR * len(layers), autosize=palette.FIT_WIDTH)
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            alt.X("parameters:Q").scale(type="log").axis(format="~s", tickCount=6).title("Learned"),
            alt.Y("layer:N", sort=[name for name, *_ in layers]).axis(grid=True).title(None),
            _kind(),
            tooltip=[
                alt.Tooltip("layer:N", title="Layer"),
                alt.Tooltip("kind:N", title="As"),
                alt.Tooltip("parameters:Q", title="Learned numbers", format=","),
            ],
        )
    )


def _kind():
    return (
        alt.Color("kind:N")
        .scale(domain=list(KINDS), range=list(KINDS.values()))
        .legend(title=None, orient="top")
    )
