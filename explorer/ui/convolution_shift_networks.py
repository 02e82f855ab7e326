"""An image is moved, and networks are asked about it: the right class by shift, and one number."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer import runs
from explorer.charts.compose import specification
from explorer.charts.shift_probability import Asked, probability_maps
from explorer.inference import given
from explorer.runs import files
from explorer.training.networks import check_prepared
from explorer.ui import convolution_shift_share, linked, text
from explorer.ui.asking import answer
from explorer.ui.convolution_runs import choose_number_of, choose_run, images_of
from explorer.ui.play import play_button
from explorer.ui.run_facts import label

PLACE = "convolution_shift_networks"
ASKED = "shift_asked"  # the networks that a visitor had asked
USUAL = "characters-adequate"  # the bundled network of the article
DENSE = "dense"
NO_OTHER = "none"
REACH = 8


@dataclass(frozen=True, eq=False)
class Choice:
    """What is asked about.

    Args:
        chosen: One or two runs.
        images: Some that the first run was not trained on. (images, height, width, channels) uint8
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
    convolution_shift_share.show(choice.chosen, choice.sources, choice.reach)


def _choose() -> Choice | None:
    known = [run for run in runs.list_runs() if _can_be_asked(run)]
    if not known:
        st.info(
            "No run has kept a network and images that the explorer knows how to prepare. Train "
            "one on the page Trainer.",
            icon=":material/network_node:",
        )
        return None
    left, middle, right = st.columns(3)
    run = choose_run(left, known, "shift_run", usual=_usual(known), words="Network")
    other = _choose_beside(run, known, middle)
    found = images_of(run)
    if found is None:
        return None
    images, labels, _ = found
    if not np.isin(labels, range(len(run.class_names))).all():
        st.error(
            f"The images that the run {text.plain(run.name)} kept do not fit its classes. Choose "
            "another run.",
            icon=":material/broken_image:",
        )
        return None
    number = choose_number_of(run, found, right, "shift_image")
    return Choice([run] if other is None else [run, other], images, labels, number)


def _can_be_asked(run) -> bool:
    try:
        check_prepared(run)
    except runs.RunError:
        return False
    return len(run.checkpoints) > 0 and (run.folder / files.PROBE).exists()


def _usual(known) -> str:
    ids = [run.id for run in known]
    return USUAL if USUAL in ids else next((run.id for run in known if not _is_dense(run)), ids[0])


def _choose_beside(run, known, place) -> runs.Run | None:
    """Offer the runs that can be asked about the same images, dense-only ones first."""
    fitting = [one for one in known if one.id != run.id and _know_alike(one, run)]
    by_id = {one.id: one for one in sorted(fitting, key=lambda one: not _is_dense(one))}
    has_dense = any(_is_dense(one) for one in fitting)
    chosen = linked.choose(
        place.selectbox,
        "Beside it",
        [*by_id, NO_OTHER],
        "shift_beside",
        usual=next(iter(by_id)) if has_dense else NO_OTHER,
        format_func=lambda one: label(by_id[one], known) if one in by_id else "No other",
        help="Networks that know the same classes from images of the same size",
    )
    return by_id.get(chosen)


def _know_alike(one, other) -> bool:
    return all(
        one.data[key] == other.data[key] for key in ("class_names", "image_size", "channels")
    )


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
