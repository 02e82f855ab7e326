"""The figures of the home page about one kernel: how its weights spread, and which of them move."""

from dataclasses import replace

import streamlit as st

from explorer import runs
from explorer.charts import pair as pair_chart
from explorer.charts.carpet import MOST_CARPET_ROWS
from explorer.charts.distributions import distributions
from explorer.charts.fitted import fitted_specification
from explorer.charts.kernels import kernels
from explorer.charts.recorded import MODES, read_distribution, read_kernels, recorded_in_any
from explorer.ui import story_facts, text
from explorer.ui.compare_choice import pair_names
from explorer.ui.compare_recordings import timeline_of
from explorer.ui.moving_chart import show_moving_chart
from explorer.ui.story_facts import GONE, LARGE, Pair, found
from explorer.ui.story_measured import still_moving

LIMIT = 8


def show_distributions(pair: Pair):
    """Draw the weights and the gradients of one convolution under both learning rates."""
    tensor = kernel_of(pair)
    if tensor is None:
        st.info(
            "These runs have recorded no kernels of convolutions.", icon=":material/data_alert:"
        )
        return
    step = story_facts.step_of_interest(pair[1])
    show_moving_chart(
        "story_distributions",
        lambda width: _distributions_chart(*_state(pair), tensor, step, width),
        alt=f"Distributions of the weights and gradients of {tensor} in both runs, with a slider",
        words=pair_chart.place_words(timeline_of(pair, "step")),
    )
    st.caption(_distribution_words(pair, tensor, step))
    story_facts.link_to_compare(
        pair,
        "See all layers, and every step at once",
        {"view": "Distributions", "tensor": tensor, "kind": "Gradients", "step": str(step)},
    )


def _distribution_words(pair, tensor, step):
    """Say what to see: the updates that did it, and from when on nothing moves."""
    count = text.count(pair[1].tensors("weights")[tensor].size, "weight")
    layer = tensor.partition("/")[0]
    large, gone = found(pair[1], LARGE), found(pair[1], GONE)
    elsewhere = "" if tensor in large else " That was in another layer than the one shown."
    return text.plain(
        f"Shown is the kernel of {layer}: how its {count} are spread, and their gradients. Go back "
        "to step 0: both runs are the same there. Then step by step to the right: A's weights "
        f"hardly seem to move, yet the network learns. B is thrown far: {_lowered(large)}"
        f"{elsewhere} In B, from step {step:,} on, {_lowered(gone)}"
    )


def _lowered(words):
    return words[:1].lower() + words[1:]


@st.cache_resource(max_entries=LIMIT, show_spinner=False)
def _distributions_chart(folders, num_steps, tensor, step, width):
    pair = [runs.open_run(folder) for folder in folders]
    timeline = timeline_of(pair, "step")
    items = [
        replace(read_distribution(pair, timeline, kind, tensor), name=f"{words} of {tensor}")
        for kind, words in (("weights", "Weights"), ("gradients", "Gradients"))
        if tensor in recorded_in_any(pair, kind)
    ]
    frame = pair_chart.Frame(pair_names(pair), width, timeline, timeline.place_of(1, step))
    chart = distributions(items, frame, kind="gradients", title=tensor)
    return fitted_specification(chart, width)


def show_weights(pair: Pair):
    """Draw the kernel as a matrix under both learning rates, and its weights over all steps."""
    tensor = kernel_of(pair)
    if tensor is None:
        return
    step = int(pair[1].steps[-1])
    layer = text.plain(tensor.partition("/")[0])
    st.markdown(
        f"Every cell is one weight in the kernel of {layer}: every column is one of its filters, "
        "every row a place in the window and a channel. The colour says how far the weight has "
        "moved since step 0. Below, up to "
        f"{MOST_CARPET_ROWS} of these weights over the whole training, a line each: a line that "
        "changes its colour is a weight that moves."
    )
    show_moving_chart(
        "story_weights",
        lambda width: _weights_chart(*_state(pair), tensor, step, width),
        alt=f"The change of the weights of {tensor} in both runs, with a slider over the steps",
        words=pair_chart.place_words(timeline_of(pair, "step")),
    )
    moving = still_moving(pair[1], story_facts.step_of_interest(pair[1]))
    ends = "hardly move any more" if tensor in moving else "stand still, for good"
    st.caption(
        "A's weights hardly move in the first steps, and then keep moving to the end, each its own "
        f"way. B's are thrown about in the first steps, and then {ends}."
    )
    story_facts.link_to_compare(
        pair,
        "See the weights of every layer",
        {
            "view": "Weights",
            "tensor": tensor,
            "colour": MODES["change"][0],
            "step": str(step),
        },
    )


@st.cache_resource(max_entries=LIMIT, show_spinner=False)
def _weights_chart(folders, num_steps, tensor, step, width):
    pair = [runs.open_run(folder) for folder in folders]
    timeline = timeline_of(pair, "step")
    item = replace(read_kernels(pair, timeline, tensor, "change"), filters=(None, None))
    frame = pair_chart.Frame(pair_names(pair), width, timeline, timeline.place_of(1, step))
    return fitted_specification(kernels(item, frame), width)


def kernel_of(pair: Pair) -> str | None:
    """Return the kernel that the words tell of, or else that of the second convolution.

    It is the one that B's first very large update changed, if it is a convolution's: so the
    figures show what the sentence below them says.
    """
    names = [
        name
        for name in recorded_in_any(pair, "weights")
        if all(
            name in run.tensors("weights") and len(run.tensors("weights")[name].shape) == 4
            for run in pair
        )
    ]
    told = story_facts.place_of(pair[1], LARGE)
    if told in names:
        return told
    return names[min(1, len(names) - 1)] if names else None


def _state(pair):
    return tuple(run.folder for run in pair), tuple(len(run.steps) for run in pair)
