"""The figures of the home page about a recorded pair: one network, two learning rates."""

from dataclasses import replace

import streamlit as st

from explorer import runs
from explorer.charts import pair as pair_chart
from explorer.charts.compose import specification
from explorer.charts.curves import accuracy_curves, loss_curves
from explorer.charts.distributions import distributions
from explorer.charts.fitted import fitted_specification
from explorer.charts.kernels import kernels
from explorer.charts.recorded import MODES, read_distribution, read_kernels, recorded_in_any
from explorer.ui import story_measured, text
from explorer.ui.compare_cards import ICONS, judgement_of
from explorer.ui.compare_choice import LETTERS, pair_names
from explorer.ui.compare_recordings import timeline_of
from explorer.ui.live import curves_of
from explorer.ui.moving_chart import show_moving_chart
from explorer.ui.run_facts import facts
from explorer.ui.run_pair import find_pair

Pair = tuple[runs.Run, runs.Run]
LIMIT = 8
# Rules of the verdict: an update was large, most filters answer nothing, nothing moves any more.
LARGE, DEAD, GONE = "large_updates", "dead_convolution", "zero_gradients"


def find() -> Pair | None:
    """Return a pair of which the story is true: one rate adequate, one that kills the network."""
    pair = find_pair(runs.list_runs())
    try:
        verdicts = [judgement_of(run).verdict for run in pair or ()]
    except (ValueError, OSError) as error:
        st.warning(text.plain(error), icon=":material/broken_image:")
        return None
    return pair if verdicts == ["adequate", "collapsed"] else None


def tell_beginning(pair: Pair | None):
    """Say in a paragraph what the story is about."""
    if pair is None:
        st.markdown(
            "A network that learns to tell pictures apart can be ruined by one number, its "
            "*learning rate*, and from the outside one hardly sees why. Here is how such a network "
            "works, in figures to move; what a learning rate does to it is told of two trainings."
        )
        return
    adequate, large = pair
    st.markdown(
        f"A small network learned to sort images into {len(adequate.class_names)} classes "
        f"({text.plain(adequate.data.get('name', 'its own images'))}). Of images it had never seen "
        f"it gets {_accuracy(adequate)} right. The same network, trained on the same images from "
        f"the same beginning, with one number changed, ends at {_accuracy(large)}; guessing gives "
        f"{text.percent(1 / len(large.class_names), 1)}. That number is the *learning rate*. "
        "First, in three figures, how such a network works; then what happened inside, drawn from "
        "the recordings of both trainings. Where a figure has a slider, move it."
    )


def tell_experiment(pair: Pair):
    """Say what a learning rate is, and which two were tried."""
    adequate, large = pair
    st.markdown(
        "All weights begin as random numbers. At every *training step* the network sees a handful "
        "of labelled images. For each weight the *gradient* says in which direction the error, the "
        "*loss*, falls, and how steeply; the weight is moved that way, by the gradient times the "
        f"learning rate: {_rate(adequate)} in run A, blue, and {_rate(large)} in run B, orange."
    )


def show_distributions(pair: Pair):
    """Draw the weights and the gradients of one convolution under both learning rates."""
    tensor = _kernel_of(pair)
    if tensor is None:
        st.info(
            "These runs have recorded no kernels of convolutions.", icon=":material/data_alert:"
        )
        return
    step = _step_of_interest(pair[1])
    show_moving_chart(
        "story_distributions",
        lambda width: _distributions_chart(*_state(pair), tensor, step, width),
        alt=f"Distributions of the weights and gradients of {tensor} in both runs, with a slider",
        words=pair_chart.place_words(timeline_of(pair, "step")),
    )
    st.caption(_distribution_words(pair, tensor))
    _link_to_compare(
        pair,
        "See all layers, and every step at once",
        {"view": "Distributions", "tensor": tensor, "kind": "Gradients", "step": str(step)},
    )


def _distribution_words(pair, tensor):
    """Say what to see: the updates that did it, and from when on nothing moves."""
    lead = (
        f"Shown is {tensor}. Go back to step 0: both runs are the same there. Then step by step to "
        "the right: A's weights hardly seem to move, yet the network learns."
    )
    told = []
    if large := _found(pair[1], LARGE):
        told.append(f"B, all kernels looked at: {large}")
    if gone := _found(pair[1], GONE):
        told.append(f"B, from step {_step_of_interest(pair[1]):,} on: {gone}")
    return text.plain(" ".join([lead, *told]))


def _found(run, rule):
    """Return what a rule of the verdict says of a run; nothing if it does not speak."""
    return next((one.words for one in judgement_of(run).findings if one.rule == rule), "")


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


def show_curves(pair: Pair):
    """Draw loss and accuracy of both runs."""
    loss, accuracy = _curves_charts(*_state(pair))
    st.markdown(
        "Most tools show this and no more: loss and accuracy. B's curve is flat. It would be as "
        "flat with a learning rate far too small, and what to do would be the opposite."
    )
    st.vega_lite_chart(
        spec=loss,
        key="story_loss",
        alt="Loss over training steps of both runs, with the loss of guessing as a line",
    )
    st.vega_lite_chart(
        spec=accuracy,
        key="story_accuracy",
        alt="Accuracy over training steps of both runs, with that of guessing as a line",
    )
    st.caption(
        "Points are images kept back from training. B never does better than guessing, and its "
        "first steps are the only ones in which anything happens."
    )
    if spike := story_measured.tell_spike(pair[0]):
        st.caption(spike)
    _link_to_compare(pair, "Zoom into the first steps", {"view": "Curves"})


@st.cache_resource(max_entries=LIMIT, show_spinner=False)
def _curves_charts(folders, num_steps):
    """Return the charts of loss and accuracy; the pair has ended, and its curves do not change."""
    pair = [runs.open_run(folder) for folder in folders]
    options = {
        "num_classes": [len(run.class_names) for run in pair],
        "planned_steps": max(run.planned_steps for run in pair),
    }
    kinds = {"loss": loss_curves, "accuracy": accuracy_curves}
    return [specification(draw(curves_of(pair, kind), **options)) for kind, draw in kinds.items()]


def tell_what_the_valley_hides(pair: Pair):
    """Say where the picture of the ball is wrong, by the recording."""
    step, dead = _step_of_interest(pair[1]), text.plain(_found(pair[1], DEAD))
    st.markdown(
        "Most explanations of a rate that is too large end here, with a ball that leaps to and "
        f"fro. The recording shows something else. {story_measured.tell_leaps(pair[1])} From step "
        f"{step:,} on next to nothing moves B. {dead} What "
        "never answers has a gradient of exactly 0: B was thrown out of the valley, onto a plain. "
        "Nor does leaping across tell good from bad: networks that learn well do it, too."
    )
    chosen = dict(zip(LETTERS, (run.id for run in pair), strict=True))
    st.page_link(
        "pages/learning_rate.py",
        label="See where their steps really landed",
        icon=":material/speed:",
        query_params={"view": "The real valley", **chosen},
    )


def show_weights(pair: Pair):
    """Draw the kernel as a matrix under both learning rates, and its weights over all steps."""
    tensor = _kernel_of(pair)
    if tensor is None:
        return
    step = int(pair[1].steps[-1])
    st.markdown(
        f"Every cell is one weight of {text.plain(tensor)}, its colour how far it has moved since "
        "step 0. Below, all weights over the whole training: a line that changes its colour is a "
        "weight that moves."
    )
    show_moving_chart(
        "story_weights",
        lambda width: _weights_chart(*_state(pair), tensor, step, width),
        alt=f"The change of the weights of {tensor} in both runs, with a slider over the steps",
        words=pair_chart.place_words(timeline_of(pair, "step")),
    )
    st.caption(
        "A's weights hardly move in the first steps, and then keep moving to the end, each its own "
        "way. B's are thrown about in the first steps, and then stand still, for good."
    )
    _link_to_compare(
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


def show_verdicts(pair: Pair):
    """Say what the explorer concludes, in its own words."""
    st.markdown("From the recording alone, with no knowledge of what was set, the explorer says:")
    for letter, run in zip(LETTERS, pair, strict=True):
        found = judgement_of(run)
        with st.container(border=True):
            st.markdown(f"{ICONS[found.verdict]} **{letter.upper()}: {text.plain(found.title)}.**")
            st.markdown(text.plain(found.summary))
    _link_to_compare(pair, "See the rules, their thresholds, numbers and sources", {})


def _kernel_of(pair):
    """Return the second convolution's kernel, which sees maps and not colours; or the first's."""
    names = [
        name
        for name in recorded_in_any(pair, "weights")
        if all(len(run.tensors("weights")[name].shape) == 4 for run in pair)
    ]
    return names[min(1, len(names) - 1)] if names else None


def _step_of_interest(run):
    """Return the step from which on nothing moves, or the first one."""
    return next((one.step for one in judgement_of(run).findings if one.rule == GONE), 0)


def _state(pair):
    return tuple(run.folder for run in pair), tuple(len(run.steps) for run in pair)


def _link_to_compare(pair, label, params):
    chosen = dict(zip(LETTERS, (run.id for run in pair), strict=True))
    st.page_link(
        "pages/compare.py",
        label=label,
        icon=":material/compare_arrows:",
        query_params=chosen | params,
    )


def _rate(run):
    return text.rate(run.spec["learning_rate"])


def _accuracy(run):
    return text.percent(facts(run).accuracy, 1)
