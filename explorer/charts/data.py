"""Charts of a data set."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from explorer.charts import palette

PARTS = {"Training": palette.PARTS[0], "Validation": palette.PARTS[1]}
BAR_HEIGHT = 22
MOST_LABELS = 40  # with more classes, some names are left out


def class_balance(
    labels: np.ndarray,
    class_names: Sequence[str],
    *,
    train: np.ndarray | None = None,
    validation: np.ndarray | None = None,
) -> alt.Chart:
    """Draw how many images each class has, training and validation images end to end.

    Args:
        labels: Class of each image. (images,)
        class_names: Name of each class.
        train: Indices of the training images; without a split, all images count as such.
        validation: Indices of the validation images.
    """
    frame = class_frame(labels, class_names, train=train, validation=validation)
    parts = [part for part in PARTS if part in set(frame["part"])]
    order = alt.Sort(list(class_names))
    return (
        alt.Chart(frame)
        .mark_bar(height={"band": 0.7})
        .encode(
            alt.X("images:Q")
            .stack("zero")
            .axis(tickMinStep=1, tickCount=5, format=",d")
            .title("Images"),
            alt.Y("name:N", sort=order)
            .axis(labelLimit=140, labelOverlap=len(class_names) > MOST_LABELS)
            .title(None),
            alt.Color("part:N")
            .scale(domain=parts, range=[PARTS[part] for part in parts])
            .legend(orient="top", title=None, padding=0)
            if len(parts) > 1
            else alt.ColorValue(PARTS["Training"]),
            alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("name:N", title="Class"),
                alt.Tooltip("part:N", title="Used for"),
                alt.Tooltip("images:Q", title="Images", format=","),
                alt.Tooltip("share:Q", title="Share of the class", format=".1%"),
            ],
        )
        .properties(
            title=alt.Title("Images in each class", offset=8),
            autosize=palette.FIT_WIDTH,
            height=min(600, BAR_HEIGHT * len(class_names)),
        )
        .configure_axis(titlePadding=6, labelPadding=5)
    )


def class_frame(labels, class_names, *, train=None, validation=None) -> pd.DataFrame:
    """Count images of each class in each part. Columns: name, part, images, share, rank."""
    labels = np.asarray(labels)
    parts = {"Training": labels if train is None else labels[train]}
    if validation is not None:
        parts["Validation"] = labels[validation]
    counts = {
        part: np.bincount(chosen, minlength=len(class_names)) for part, chosen in parts.items()
    }
    totals = np.maximum(sum(counts.values()), 1)
    frames = [
        pd.DataFrame(
            {
                "name": list(class_names),
                "part": part,
                "images": count,
                "share": count / totals,
                "rank": rank,
            }
        )
        for rank, (part, count) in enumerate(counts.items())
    ]
    return pd.concat(frames, ignore_index=True)
