"""The valley as it really is: the loss along the steps that two trainings took."""

import numpy as np
import streamlit as st

from explorer import runs
from explorer.charts import palette
from explorer.charts.compose import specification
from explorer.charts.pair import place_words
from explorer.charts.steps_walked import Drawn, frame_of, overshoot_words, steps_walked
from explorer.inference.retraced import LINE, legs
from explorer.inference.walked import TOLERANCE, Walked
from explorer.ui import text
from explorer.ui.asking import answer, known_answer
from explorer.ui.learning_rate_runs import can_be_measured, choose_runs, letter_names
from explorer.ui.moving_chart import show_moving_chart

PLACE = "real_valley"
FIRST = 4  # steps that are measured first, so that there is soon something to see


def show():
    """Show the choice of runs, and below it the valley at every step."""
    st.markdown(
        "Here nothing is made up: these are steps that two trainings took. Each was done again "
        "from a checkpoint, with the images of its batch, and the loss was measured along it: "
        "where it began, where it landed, and beyond. The *overshoot* says where it landed: near "
        "-1 where the slope is still as steep as before, at 0 on the floor of the valley, at 1 "
        "just as high on the other side, above 1 higher than before."
    )
    both = choose_runs()
    sound = {run.id for run in both if can_be_measured(run) and _has_steps(run)}
    looks = zip(both, letter_names(both), palette.RUN_COLORS, strict=False)
    looks = [one for one in looks if one[0].id in sound]
    chosen, named = [run for run, _, _ in looks], [look for _, *look in looks]
    found = [_measured(run) for run in chosen]
    drawn = [_drawn(*one) for one in zip(named, found, strict=True) if one[1] is not None]
    drawn = [one for one in drawn if len(one.walked.step)]
    if len(drawn) < len(chosen) or not drawn:
        return  # what is on its way shows how far it is
    _show(drawn)
    for run, walked in zip(chosen, found, strict=True):
        _tell(run, walked)
    for run, walked in zip(chosen, found, strict=True):
        _ask_for_the_rest(run, walked)


def _has_steps(run: runs.Run) -> bool:
    """Say whether a run has a step to walk along; tell the visitor if not."""
    if legs(run):
        return True
    st.info(
        f"{text.plain(run.name)} has one checkpoint alone: there is no step to walk along"
        f"{' yet' if run.is_live else ''}.",
        icon=":material/hourglass_empty:",
    )
    return False


def _measured(run: runs.Run) -> Walked | None:
    """Return what is measured of a run; ask for its first steps if that is nothing."""
    every = [leg.step for leg in legs(run)]
    asked = {"run": str(run.folder), "steps": every}
    first = {**asked, "steps": every[:FIRST]}
    arrays = known_answer("valley", **asked) or answer("valley", **first)
    return None if arrays is None else Walked.from_arrays(arrays)


def _drawn(look, walked) -> Drawn:
    name, color = look
    return Drawn(name, walked.only(walked.is_repeated), color)


def _show(drawn):
    words = place_words(frame_of(drawn, 0).timeline)
    farthest = [_farthest(one) for one in drawn]
    show_moving_chart(
        PLACE,
        lambda width: specification(steps_walked(drawn, width)),
        alt=f"The loss along every step, with a slider over the steps. {' '.join(farthest)}",
        words=words,
    )
    st.caption(
        "Solid: the loss on fixed images, as the network is used. Dashed: the loss on the batch "
        "that the step was made on, which is all that the step knew. The triangle marks the floor "
        "of the parabola that has the dashed line's slopes at both ends, and the overshoot comes "
        "from these slopes. Both panels have an axis that suits the step: look at its numbers."
    )
    st.caption(
        "Crossing the valley is no accident by itself: a good descent can do so at every other "
        "step. And when a network has died, its overshoot looks healthy again. What tells is a "
        "leap up a wall, and how far it moved the weights."
    )


def _farthest(one: Drawn) -> str:
    alpha = one.walked.alpha
    if not np.isfinite(alpha).any():
        return f"{one.name}: no overshoot is known."
    k = int(np.nanargmax(alpha))
    largest = overshoot_words(alpha[k])
    return f"{one.name}: the largest overshoot is {largest}, at step {one.walked.step[k]:,}."


def _tell(run, walked: Walked):
    """Say what was measured, what was left out, and what is no step."""
    words = [walked.note]
    lost = walked.step[~walked.is_repeated]
    if len(lost):
        words.append(
            f"{text.count(len(lost), 'step')} came out more than {text.percent(TOLERANCE)} "
            f"different from what was recorded, and {'is' if len(lost) == 1 else 'are'} left out: "
            f"{', '.join(f'{step:,}' for step in lost.tolist())}."
        )
    drawn = walked.only(walked.is_repeated)
    broken = ~np.isfinite(drawn.length)
    if broken.any():
        words.append(f"From step {drawn.step[broken][0]:,} on its weights are not numbers.")
    uphill = int(np.count_nonzero(~np.isfinite(drawn.alpha) & (drawn.way != LINE) & ~broken))
    if uphill:
        words.append(
            f"{text.count(uphill, 'step')} began uphill on {'its' if uphill == 1 else 'their'} own "
            f"batch, or {'has' if uphill == 1 else 'have'} losses that are not numbers: no "
            "overshoot."
        )
    if (drawn.way == LINE).any():
        words.append(
            "The optimizer's memory is not kept with checkpoints, or the images are not at hand: "
            "some pieces are straight lines between two checkpoints, not steps."
        )
    st.caption(f"**{text.plain(run.name)}.** {text.plain(' '.join(words))}")


def _ask_for_the_rest(run, walked):
    """Have the steps measured that are not yet; the page is drawn anew when they are."""
    every = [leg.step for leg in legs(run)]
    missing = set(every) - set(walked.step.tolist())
    asked = {"run": str(run.folder), "steps": every}
    if not missing or known_answer("valley", **asked) is not None:
        return
    st.caption(f"{text.plain(run.name)}: {text.count(len(missing), 'more step')} can be shown.")
    if answer("valley", **asked) is not None:
        st.rerun()
