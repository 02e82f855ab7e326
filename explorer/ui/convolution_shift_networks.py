"""An image is moved, and networks are asked about it: the right class by shift, and one number."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer import runs
from explorer.charts.compose import specification
from explorer.charts.shift import Asked, probability_maps
from explorer.inference import given
from explorer.training.networks import check_prepared
from explorer.ui import text
from explorer.ui.asking import answer
from explorer.ui.play import play_button
from explorer.ui.run_facts import label

PLACE = "convolution_shift_networks"
ASKED = "shift_asked"  # the networks that a visitor had asked
USUAL = "characters-adequate"  # the bundled network of the article
DENSE = "dense"
REACH, DISTANCES = 8, (3, 6)


@dataclass(frozen=True, eq=False)
class Choice:
    """What is asked about.

    Args:
        chosen: One or two runs.
        images: Those that the first run kept. (images, height, width, channels) uint8
        labels: Their classes. (images,)
        number: Which of them is moved.
    """

    chosen: list[runs.Run]
    images: np.ndarray
    labels: np.ndarray
    number: int

    @property
    def sources(self) -> list[dict]:
        """What names the runs to the inference process, at their last checkpoints."""
        return [{"run": str(run.folder), "step": int(run.checkpoints[-1])} for run in self.chosen]

    @property
    def reach(self) -> int:
        """Pixels the image is moved by at most: not further than half of it."""
        return max(1, min(REACH, self.images.shape[1] // 2))


def show():
    """Let the visitor choose networks and an image; ask them when told to."""
    st.subheader("Does a whole network find it?")
    st.markdown(
        "After its convolutions and pooling a network has dense layers, and these know places. "
        "How much of the equivariance is left can be measured: move an image by a few pixels, and "
        "see whether the network still answers the right class. Beside it a network without any "
        "convolution."
    )
    choice = _choose()
    if choice is None:
        return
    if st.session_state.get(ASKED) != choice.sources:
        words = "Move the image, and ask the network" + ("s" if len(choice.chosen) > 1 else "")
        st.button(
            words,
            icon=":material/open_with:",
            key="shift_ask",
            on_click=lambda: st.session_state.update({ASKED: choice.sources}),
        )
        return
    _show_map(choice)
    _show_share(choice)


def _choose() -> Choice | None:
    known = [run for run in runs.list_runs() if _can_be_asked(run)]
    if not known:
        st.info(
            "No run has kept a network and images. Train one on the page Trainer.",
            icon=":material/network_node:",
        )
        return None
    left, middle, right = st.columns(3)
    ids = [run.id for run in known]
    usual = ids.index(USUAL) if USUAL in ids else 0
    run = left.selectbox(
        "Network",
        known,
        index=usual,
        format_func=lambda one: label(one, known),
        key="shift_run",
    )
    others = _beside(run, known)
    other = middle.selectbox(
        "Beside it",
        [*others, None],
        index=0 if others and _is_dense(others[0]) else len(others),
        format_func=lambda one: "No other" if one is None else label(one, known),
        key=f"shift_beside_{run.id}",
        help="Networks that know the same classes from images of the same size",
    )
    images, labels = run.probe()
    number = right.selectbox(
        "Image",
        range(len(images)),
        format_func=lambda one: f"{one + 1}: {run.class_names[labels[one]]}",
        key=f"shift_image_{run.id}",
    )
    chosen = [run] if other is None else [run, other]
    return Choice(chosen, np.rint(images).astype(np.uint8), labels, number)


def _can_be_asked(run) -> bool:
    try:
        check_prepared(run)
    except runs.RunError:
        return False
    return len(run.checkpoints) > 0 and run.probe() is not None


def _beside(run, known) -> list[runs.Run]:
    """List the runs that can be asked about the same images, dense-only ones first."""
    same = ("class_names", "image_size", "channels")
    fitting = [
        one
        for one in known
        if one.id != run.id and all(one.data.get(key) == run.data.get(key) for key in same)
    ]
    return sorted(fitting, key=lambda one: not _is_dense(one))


def _is_dense(run) -> bool:
    return run.spec.get("model") == DENSE


def _show_map(choice):
    image, right = choice.images[choice.number], int(choice.labels[choice.number])
    names = choice.chosen[0].class_names
    kept, asked = given.keep(image), []
    for run, source in zip(choice.chosen, choice.sources, strict=True):
        found = answer("shift_map", network=source, image=kept, reach=choice.reach)
        if found is None:
            return
        answers = [names[one] for one in found["probabilities"].argmax(axis=1)]
        asked.append(Asked(run.name, found["probabilities"][:, right], answers))
    with st.container(key=PLACE):
        width = play_button(PLACE, [], shown=False)
        st.vega_lite_chart(
            spec=specification(
                probability_maps(image, names[right], asked, found["shifts"], width)
            ),
            width="content",
            key="shift_probability_chart",
            alt="The probability of the right class at every shift of the image",
        )
    st.caption(
        f"Each cell is the image moved by that many pixels, up to {choice.reach} each way; its "
        "colour is the probability of the right class. Point at a cell to see the image as it is "
        "moved there. Where the image came from, its edge pixels are repeated."
    )


def _show_share(choice):
    """Say for each network how often its answer stays, and how often it is right."""
    kept = [given.keep(one) for one in choice.images]
    distances = [far for far in DISTANCES if far <= choice.reach] or [choice.reach]
    found = []
    for source in choice.sources:
        one = answer("shift_share", network=source, images=kept, distances=distances)
        if one is None:
            return
        found.append(one)
    places = st.columns(max(2, len(found)))
    for place, run, one in zip(places, choice.chosen, found, strict=False):
        with place:
            st.metric(f"Same answer after a shift: {text.plain(run.name)}", _stays(one))
            st.caption(_right(one, choice.labels))
    far = " and ".join(map(str, distances))
    st.caption(
        f"Over the {text.count(len(kept), 'image')} that the run "
        f"{text.plain(choice.chosen[0].name)} kept of those it was not trained on, each moved by "
        f"{far} pixels in eight directions: {text.count(len(kept) * found[0]['moved'].shape[1])} "
        "moved images. A slanting shift goes that far both ways. A network that always answers "
        "the same would keep every answer: so look at how often it is right as well."
    )


def _stays(one) -> str:
    return text.percent(float(np.mean(one["moved"] == one["unmoved"][:, None])), 1)


def _right(one, labels) -> str:
    unmoved = text.percent(float(np.mean(one["unmoved"] == labels)), 1)
    after = text.percent(float(np.mean(one["moved"] == labels[:, None])), 1)
    return f"Right: {unmoved} of the images unmoved, {after} of them moved."
