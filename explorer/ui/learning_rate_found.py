"""What a range test found: the curves, the rates they suggest, and the way to train with them."""

import numpy as np
import streamlit as st

from explorer import runs
from explorer.analysis.range_test import (
    DIVERGED,
    MINIMUM,
    STEEPEST,
    VALLEY,
    RangeTest,
    Suggestion,
)
from explorer.charts.range_test import range_curves
from explorer.training.spec import TrainingSpec
from explorer.ui import form_filling, text

NAMES = {VALLEY: "Valley", STEEPEST: "Steepest", MINIMUM: "Minimum / 10"}
MEANINGS = {
    VALLEY: "The middle of the longest fall of the loss. Usually a good rate to begin with.",
    STEEPEST: "Where the loss falls fastest. Usually close to the largest rate that still trains.",
    MINIMUM: "A tenth of the rate at the lowest loss. At that rate itself the training is about to "
    "diverge.",
}


def show_found(found: RangeTest, spec: TrainingSpec, run: runs.Run | None):
    """Show the curves and the suggestions.

    Args:
        found: The test.
        spec: The training that was tested.
        run: The run it is of, if it is of one.
    """
    suggested = found.suggestions()
    if not suggested:
        st.warning(f"No rate is suggested. {why_none(found)}", icon=":material/speed:")
    if not np.isfinite(found.losses).any():
        return  # there is nothing to draw, and no more to say
    used = None if run is None else spec.learning_rate
    st.altair_chart(
        range_curves(found, suggested, [NAMES[one.name] for one in suggested], used),
        key="range_curves",
        alt=f"Loss over the learning rate for {len(found.seeds)} starts. "
        + "; ".join(f"{NAMES[one.name]} suggests {one.rate:.2g}" for one in suggested),
    )
    columns = st.columns(len(suggested), gap="medium") if suggested else []
    for column, one in zip(columns, suggested, strict=True):
        with column.container(border=True, height="stretch"):
            _show_suggestion(one, run, len(found.seeds))
    st.caption(f"{how_it_ended(found)} {SOURCES}")


SOURCES = (
    "A range test tells where to begin, not what is best: it sees the first steps only. Each line "
    "is a start, averaged exponentially; dots are the losses of single batches. The first tenth "
    "and the last five steps make no suggestion. L. N. Smith, Cyclical learning rates for training "
    "neural networks (2017); J. Howard and S. Gugger, fastai (2020)."
)


def _show_suggestion(one: Suggestion, run, num_seeds):
    st.metric(NAMES[one.name], rounded(one.rate), width="content")
    st.caption(f"{MEANINGS[one.name]} {_spread(one, num_seeds)}")
    query = {"view": "New run", form_filling.RATE: rounded(one.rate)}
    if run is not None:
        query[form_filling.LIKE] = run.id
    st.page_link(
        "pages/trainer.py",
        label=f"Train with {rounded(one.rate)}",
        icon=":material/model_training:",
        query_params=query,
    )


def _spread(one, num_seeds):
    if one.num_seeds < num_seeds:
        return f"Only {one.num_seeds} of {num_seeds} starts suggest a rate."
    if one.lowest == one.highest:
        return f"All {num_seeds} starts agree."
    return f"The {num_seeds} starts: {rounded(one.lowest)} to {rounded(one.highest)}."


def rounded(rate: float) -> str:
    """Write a suggested rate; its third digit would mean nothing.

    >>> rounded(0.0316), rounded(1.0)
    ('0.032', '1')
    """
    return text.rate(float(f"{rate:.2g}"))


def why_none(found: RangeTest) -> str:
    """Say why no start suggests a rate."""
    ends = [found.curve(place) for place in range(len(found.seeds))]
    lost = [len(curve) for curve in ends if not np.isfinite(curve[-1:]).all()]
    if lost and min(lost) == 1:
        return (
            "The loss of the very first step is not a number, before any weight has changed: look "
            "at the images and the network, not at the learning rate."
        )
    if max(found.taken) < len(found.rates):
        rate = found.rates[max(found.taken) - 1]
        return (
            f"The loss diverged at the learning rate {rate:.2g} already, before it had fallen. "
            "Choose a smaller network, another optimiser, or a rate well below that."
        )
    return (
        "The loss did not fall at any rate. Maybe a batch is too small to tell, or the network "
        "cannot learn these images."
    )


def how_it_ended(found: RangeTest) -> str:
    """Say where the starts ended."""
    ends = found.rates[np.maximum(found.taken - 1, 0)]
    early = ends[found.taken < len(found.rates)]
    if not len(early):
        return "No start diverged up to the largest rate."
    places = " and ".join(dict.fromkeys(f"{rate:.2g}" for rate in sorted(early.tolist())))
    return (
        f"{len(early)} of {len(found.taken)} starts ended early, at {places}, where the averaged "
        f"loss was {DIVERGED:g} times the best one or not a number."
    )
