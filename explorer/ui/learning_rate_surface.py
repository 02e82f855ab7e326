"""The loss surface under the paths of two trainings, and around their ends."""

import numpy as np
import streamlit as st

from explorer import runs
from explorer.charts.compose import specification
from explorer.charts.loss_surface import color_domain, paths_on_surface, random_surfaces
from explorer.inference.landscape import PCA, RANDOM, SIZES, Landscape, why_no_common_plane
from explorer.ui import text
from explorer.ui.asking import answer, known_answer
from explorer.ui.learning_rate_runs import can_be_measured, choose_runs, letter_names
from explorer.ui.moving_chart import show_moving_chart

PLACE = "loss_surface"
PLANES = {"The plane of both paths": PCA, "Random directions around each end": RANDOM}
LINKED = {"plane": tuple(PLANES)}
USUAL = 25  # places along a side that are measured without being asked for
FEWEST = 3  # checkpoints for a plane
WANTED = "finest_surfaces"
MOST_SEED = 999
SEED_WIDTH = 220  # pixels


def show():
    """Show the choice of runs and plane, and below it the surface."""
    st.markdown(
        "A network is a point in a space with as many dimensions as it has weights, and the loss "
        "is a landscape over that space. Here is a slice of it, measured: a plane, the loss at "
        "each of its places, and where the trainings went."
    )
    chosen = choose_runs()
    if not chosen:
        return
    plane = st.segmented_control(
        "Plane",
        LINKED["plane"],
        default=LINKED["plane"][0],
        required=True,
        key="plane",
        bind="query-params",
        help="The plane of both paths keeps as much of the way of both trainings as a plane can. "
        "Random directions show how steep the loss is around one network, in no direction of "
        "anybody's choice.",
    )
    if not all(can_be_measured(run) for run in chosen):
        return
    if PLANES[plane] == PCA:
        _show_paths(chosen)
    else:
        _show_ends(chosen)


def _show_paths(chosen: list[runs.Run]):
    if len(chosen) == 2 and (why_not := why_no_common_plane(*chosen)):
        st.info(text.plain(why_not), icon=":material/landscape:")
        return
    count = sum(len(run.checkpoints) for run in chosen)
    if count < FEWEST:
        st.info(
            f"A plane needs {FEWEST} checkpoints, and there {'is' if count == 1 else 'are'} "
            f"{count}. Choose two runs, or random directions.",
            icon=":material/landscape:",
        )
        return
    asked = {"run_a": str(chosen[0].folder), "way": PCA}
    asked["run_b"] = str(chosen[1].folder) if len(chosen) == 2 else None
    landscape = _finest(asked)
    if landscape is None:
        return
    classes = len(chosen[0].class_names)
    names = letter_names(chosen)
    show_moving_chart(
        PLACE,
        lambda width: specification(paths_on_surface(landscape, names, classes, width)),
        alt=_path_words(landscape, names),
        shown=False,
    )
    colours = "Blue is run A, orange run B. " if len(names) == 2 else ""
    st.caption(
        f"{colours}The plane keeps {100 * np.sum(landscape.explained):.0f} % of how far the "
        "checkpoints are spread (principal components of all checkpoints), and goes through the "
        f"{_anchor_words(landscape)} of {text.plain(names[0])}. One unit along it is a change of "
        "the weights by length 1. Other checkpoints stand off the plane, by up to "
        f"{np.nanmax(landscape.off):.2g}: what the surface shows under them is not their loss. The "
        "other chart tells both."
    )
    st.caption(
        "Lines between checkpoints are drawn straight; the way between them was not. Source: Li, "
        "Xu, Taylor, Studer and Goldstein, Visualizing the loss landscape of neural nets (2018)."
    )
    _tell(landscape)
    _say_what_is_higher([landscape], classes)
    _refine(asked, landscape)


def _anchor_words(landscape):
    """Name the checkpoint of run A that the plane goes through: its last one of numbers."""
    own = landscape.run == 0
    known = own & np.isfinite(landscape.places).all(axis=1)
    step = landscape.step[known][-1] if known.any() else landscape.step[own][-1]
    words = "last checkpoint" if step == landscape.step[own][-1] else "last checkpoint of numbers"
    return f"{words} (step {step:,})"


def _path_words(landscape, names):
    words = []
    for number, name in enumerate(names):
        own = landscape.true_loss[(landscape.run == number) & np.isfinite(landscape.true_loss)]
        if len(own):
            words.append(f"{name} goes from loss {own[0]:.3g} to {own[-1]:.3g}.")
    return f"Map of the loss with the path of {' and '.join(names)}. {' '.join(words)}"


def _show_ends(chosen: list[runs.Run]):
    seed = st.number_input(
        "Pair of directions",
        0,
        MOST_SEED,
        width=SEED_WIDTH,
        key="directions",
        bind="query-params",
        help="Another number draws other directions.",
    )
    asked = [{"run_a": str(run.folder), "way": RANDOM, "seed": seed} for run in chosen]
    found = [_finest(one) for one in asked]
    if any(one is None for one in found):
        return
    names = letter_names(chosen)
    classes = len(chosen[0].class_names)
    show_moving_chart(
        PLACE,
        lambda width: specification(random_surfaces(found, names, classes, width)),
        alt=" ".join(
            f"{name}: loss {one.true_loss[-1]:.3g} in the middle, up to "
            f"{np.nanmax(one.loss):.3g} around it."
            for name, one in zip(names, found, strict=True)
        ),
        shown=False,
    )
    st.caption(
        "Both directions are drawn at random, and each filter of them has the length of the "
        "network's own filter: 1 is as far as the filter is long. Biases and the numbers of "
        "normalisation stand still. So scaled, the steepness of two networks can be compared. "
        "Source: Li, Xu, Taylor, Studer and Goldstein (2018), section 4."
    )
    for one in found:
        _tell(one)
    _say_what_is_higher(found, classes)
    for arguments, one, name in zip(asked, found, names, strict=True):
        _refine(arguments, one, f" around {name}")


def _finest(asked: dict) -> Landscape | None:
    """Return the finest surface that was measured; ask for the coarsest if there is none."""
    known = [known_answer("surface", **asked, size=size) for size in SIZES]
    known = [one for one in known if one is not None]
    arrays = known[-1] if known else answer("surface", **asked, size=SIZES[0])
    return None if arrays is None else Landscape.from_arrays(arrays)


def _tell(landscape: Landscape):
    st.caption(text.plain(" ".join(landscape.notes)))


def _say_what_is_higher(landscapes: list[Landscape], num_classes: int):
    """Say where the scale of colours ends, if it ends below the highest loss."""
    _, end = color_domain(landscapes, num_classes)
    losses = np.concatenate([one.loss.ravel() for one in landscapes])
    highest = np.max(losses, initial=0.0, where=np.isfinite(losses))
    if highest > end:
        st.caption(
            f"The scale of colours ends at a loss of {end:.2g}, ten times that of guessing. All "
            f"above is as bright; the highest is {highest:.2g}."
        )


def _refine(asked: dict, landscape: Landscape, where: str = ""):
    """Have a finer surface measured below the one that is shown; the finest when wanted.

    Args:
        asked: What the inference process was asked.
        landscape: What it answered.
        where: Which of two surfaces it is, in words.
    """
    finer = [size for size in SIZES if size > landscape.size]
    if not finer:
        return
    size = finer[0]
    wanted = st.session_state.setdefault(WANTED, set())
    key = f"{sorted(asked.items(), key=str)}"
    if size > USUAL and key not in wanted:
        words = f"Finer: {size} x {size} places{text.plain(where)}"
        if not st.button(words, icon=":material/grid_on:", key=f"finer {key}"):
            return
        wanted.add(key)
    if answer("surface", **asked, size=size) is not None:
        st.rerun()
