"""What the home page tells of a recorded pair: one network, two learning rates."""

import streamlit as st

from explorer import runs
from explorer.charts.compose import specification
from explorer.charts.curves import accuracy_curves, loss_curves
from explorer.inference.retraced import has_memory
from explorer.ui import story_facts, story_measured, text
from explorer.ui.compare_cards import ICONS, judgement_of
from explorer.ui.compare_choice import LETTERS
from explorer.ui.live import curves_of
from explorer.ui.run_facts import facts
from explorer.ui.run_pair import find_pair
from explorer.ui.story_facts import DEAD, Pair, found

LIMIT = 8


def find() -> Pair | None:
    """Return a pair of which the story is true: one rate adequate, one that kills the network."""
    pair = find_pair(runs.list_runs())
    try:
        return pair if pair and story_facts.is_of_the_story(pair) else None
    except (ValueError, OSError) as error:
        st.warning(text.plain(error), icon=":material/broken_image:")
        return None


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
    further = "the further the larger the"  # an optimiser with a memory weighs in earlier gradients
    moved = further if has_memory(adequate) else "by the gradient times the"
    st.markdown(
        "At first the weights are random, and so are the answers. At every *training step* the "
        f"network sees {_batch(adequate)} with their classes. For each weight the *gradient* says "
        "in which direction the error on these images, the *loss*, falls, and how steeply; the "
        f"weight is moved that way, {moved} *learning rate*: {_rate(adequate)} in run A, blue, and "
        f"{_rate(large)} in run B, orange. All else is the same in both."
    )


def _batch(run):
    """Say how many images a step sees."""
    size = run.spec.get("batch_size")
    return text.count(size, "image") if isinstance(size, int) else "a handful of images"


def show_curves(pair: Pair):
    """Draw loss and accuracy of both runs."""
    loss, accuracy = _curves_charts(*_state(pair))
    st.markdown(
        "Loss and accuracy are what one looks at first, and often all one looks at. B's curve is "
        "flat. It would be as flat with a learning rate far too small, and what to do would be the "
        "opposite."
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
        "Points are images kept back from training, pale lines the images of single steps. At the "
        "points B does no better than guessing, and what has ruined it happened at the left edge, "
        f"in its first {story_facts.step_of_interest(pair[1]):,} steps."
    )
    if spike := story_measured.tell_spike(pair[0]):
        st.caption(spike)
    story_facts.link_to_compare(pair, "Zoom into the first steps", {"view": "Curves"})


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
    adequate, large = pair
    told = [
        "Most explanations of a rate that is too large end here, with a ball that leaps to and "
        "fro. The recording shows something else.",
        story_measured.tell_leaps(large),
        text.plain(story_measured.tell_rest(large, story_facts.step_of_interest(large))),
        _tell_dead(large),
        "B was thrown out of the valley, onto a plain. Nor does leaping across tell good from bad: "
        f"{story_measured.tell_good_leap(adequate)}",
    ]
    st.markdown(" ".join(words for words in told if words))
    chosen = dict(zip(LETTERS, (run.id for run in pair), strict=True))
    st.page_link(
        "pages/learning_rate.py",
        label="See where their steps really landed",
        icon=":material/speed:",
        query_params={"view": "The real valley", **chosen},
    )


def _tell_dead(run):
    """Say which filters never answer, and why that is for good."""
    dead = text.plain(found(run, DEAD))
    return dead and (
        f"{dead} (Probe images are a few that it is shown at every recorded step.) What never "
        "answers has a gradient of exactly 0, and learns nothing any more."
    )


def show_verdicts(pair: Pair):
    """Say what the explorer concludes, in its own words."""
    st.markdown(
        "From the recordings alone, without looking at the learning rates, the explorer says:"
    )
    for letter, run in zip(LETTERS, pair, strict=True):
        judged = judgement_of(run)
        with st.container(border=True):
            st.markdown(
                f"{ICONS[judged.verdict]} **{letter.upper()}: {text.plain(judged.title)}.**"
            )
            st.markdown(text.plain(judged.summary))
    story_facts.link_to_compare(pair, "See the rules, their thresholds, numbers and sources", {})


def _state(pair):
    return tuple(run.folder for run in pair), tuple(len(run.steps) for run in pair)


def _rate(run):
    return text.rate(run.spec["learning_rate"])


def _accuracy(run):
    return text.percent(facts(run).accuracy, 1)
