"""Pictures of what a network looks for, over the checkpoints of a training."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import cells, palette

TILE_PIXELS = 128
GAP = 12
LABEL_HEIGHT = 40
NO_PADDING = {"left": 0, "right": 0, "top": 0, "bottom": 0}  # else pictures are squeezed


def times(image_size: int, wanted: int = TILE_PIXELS) -> int:
    """Return by what whole number a picture is enlarged to about the wanted width.

    >>> times(32, 128), times(200, 128)
    (4, 1)
    """
    return max(1, round(wanted / image_size))


def strip_frame(
    pictures: np.ndarray, labels: Sequence[str], notes: Sequence[str], *, width: int
) -> pd.DataFrame:
    """Find a place for every picture, in rows as long as the page is wide.

    Args:
        pictures: (pictures, height, width, 1 or 3) uint8
        labels: What is written below each picture. (pictures,)
        notes: A second, paler line. (pictures,)
        width: Of the page, in pixels.

    Returns:
        One row a picture: `url`, `label`, `note`, and `left`, `right`, `top`, `bottom` and
        `middle` in pixels.
    """
    tile = min(times(pictures.shape[1]) * pictures.shape[1], max(width, 1))
    columns = max(1, (width + GAP) // (tile + GAP))
    places = np.arange(len(pictures))
    left = places % columns * (tile + GAP)
    top = places // columns * (tile + LABEL_HEIGHT + GAP)
    return pd.DataFrame(
        {
            "url": [cells.to_url(_squeezed(picture)) for picture in pictures],
            "label": list(labels),
            "note": list(notes),
            "left": left,
            "right": left + tile,
            "middle": left + tile / 2,
            "top": top,
            "bottom": top + tile,
        }
    )


def strip(frame: pd.DataFrame) -> alt.LayerChart:
    """Draw pictures in a row, or several rows, each with two lines of words below it.

    Args:
        frame: From `strip_frame`.
    """
    width, height = int(frame["right"].max()), int(frame["bottom"].max()) + LABEL_HEIGHT
    base = alt.Chart(frame, width=width, height=height)
    x = alt.X("left:Q").scale(domain=[0, width], nice=False).axis(None)
    y = alt.Y("top:Q").scale(domain=[height, 0], nice=False).axis(None)
    image = base.mark_image(smooth=False, aspect=False).encode(
        x, alt.X2("right"), y, alt.Y2("bottom"), alt.Url("url:N"), tooltip=["label:N", "note:N"]
    )
    middle = alt.X("middle:Q").scale(domain=[0, width], nice=False).axis(None)
    below = alt.Y("bottom:Q").scale(domain=[height, 0], nice=False).axis(None)
    label = base.mark_text(dy=12, fontSize=palette.LABEL_SIZE, color=palette.TEXT).encode(
        middle, below, alt.Text("label:N")
    )
    note = base.mark_text(dy=28, fontSize=palette.LABEL_SIZE, color=palette.MUTED).encode(
        middle, below, alt.Text("note:N")
    )
    return (
        alt.layer(image, label, note)
        .configure_view(stroke=None)
        .properties(autosize=alt.AutoSizeParams(type="none"), padding=NO_PADDING)
    )


def _squeezed(picture):
    return picture[..., 0] if picture.shape[-1] == 1 else picture
