"""What the home page says of measured numbers: leaps across the valley, and a spike of the loss."""

import numpy as np
import streamlit as st

from explorer import runs
from explorer.analysis.overshoot import ACROSS, HIGHER
from explorer.inference import valley_results
from explorer.inference.retraced import STEP
from explorer.inference.walked import Walked
from explorer.ui import text
from explorer.ui.run_facts import scalars

OVER = 0.1  # of a spike: below, it is over
MOST_NAMED = 2  # tensors
LIMIT = 8  # runs whose moving tensors are kept in memory
LEWKOWYCZ = "https://arxiv.org/abs/2003.02218"


def tell_leaps(run: runs.Run) -> str:
    """Say which of the first steps of run B leapt, if that was measured; else nothing."""
    walked = valley_results.of_run(run)
    return "" if walked is None else leap_words(walked)


def leap_words(walked: Walked) -> str:
    """Say how many of the steps at the beginning passed the floor, and which ended higher.

    >>> leap_words(Walked.empty(""))
    ''
    """
    alpha = _alphas_from_the_start(walked)
    if not len(alpha):
        return ""
    passed, higher = np.flatnonzero(alpha >= ACROSS), np.flatnonzero(alpha >= HIGHER)
    words = f"Of B's first {text.count(len(alpha), 'step')}, {_some(len(passed))} passed the floor "
    words += f"of the valley at all, and {_some(len(higher))} landed at least as high on the other "
    if not len(higher):
        return words + "side as it began."
    named = [f"step {k:,} (*overshoot* {alpha[k]:.2f})" for k in higher.tolist()]
    words += f"side as {'it' if len(higher) == 1 else 'they'} began: {' and '.join(named)}"
    return f"{words}, where 0 is the floor and 1 as high as before."


def _some(count):
    return text.count(count) if count else "none"


def _is_step(walked):
    """Say which pieces are single steps, as they were recorded."""
    return walked.is_repeated & (walked.way == STEP)


def _alphas_from_the_start(walked):
    """Return the overshoots of steps 0, 1, 2... up to the first that was not measured."""
    known = walked.only(_is_step(walked))
    gaps = np.flatnonzero(known.step != np.arange(len(known.step)))
    return known.alpha[: gaps[0] if len(gaps) else None]


def tell_good_leap(run: runs.Run) -> str:
    """Say that run A, too, leapt, and at which step, if that was measured; else what is known."""
    walked = valley_results.of_run(run)
    alpha = np.zeros(0) if walked is None else np.where(_is_step(walked), walked.alpha, np.nan)
    leapt = np.flatnonzero((alpha >= ACROSS) & (alpha < HIGHER))
    if not len(leapt):
        return "networks that learn well do it, too."
    first = leapt[0]
    return f"A, which learns, did it, too, at step {walked.step[first]:,} for one."


def still_moving(run: runs.Run, step: int) -> dict[str, int] | None:
    """Return which tensors updates still changed from a step on, and how many weights they have.

    Returns:
        Sizes by name; `None` where no update was recorded.
    """
    return _still_moving(run.folder, len(run.steps), step)


@st.cache_data(max_entries=LIMIT, show_spinner=False)
def _still_moving(folder, num_steps, step):
    run = runs.open_run(folder)
    infos = run.tensors("updates")
    later = run.steps[run.steps >= step]
    moved = {}
    for name, info in infos.items():
        moments = run.moments("updates", name, later)
        if (moments["zeros"] < moments["size"]).any():
            moved[name] = info.size
    return moved if infos and len(later) else None


def tell_rest(run: runs.Run, step: int) -> str:
    """Say what of run B still moves after its gradients are gone, if that is little."""
    moving = still_moving(run, step)
    if moving is None or len(moving) > MOST_NAMED:
        return ""
    if not moving:
        return f"From step {step:,} on nothing moves in B any more."
    names = " and ".join(moving)
    whole = sum(info.size for info in run.tensors("updates").values())
    return (
        f"From step {step:,} on nothing moves in B but {sum(moving.values()):,} of its {whole:,} "
        f"weights ({names})."
    )


def tell_spike(run: runs.Run) -> str:
    """Say where the loss of run A jumped above guessing late on, and when that was over.

    Only the second half of the training counts: in the first every loss is high. Returns nothing
    where no batch was worse than guessing, or where the training ended so.
    """
    train = scalars(run).train
    steps, loss = train["step"].to_numpy(), train["loss"].to_numpy(float)
    late = steps > steps[-1] / 2
    if not np.isfinite(loss[late]).any():
        return ""
    peak = int(np.nanargmax(np.where(late, loss, np.nan)))
    over = np.flatnonzero((steps > steps[peak]) & (loss < OVER * loss[peak]))
    if loss[peak] < np.log(len(run.class_names)) or not len(over):
        return ""
    return (
        f"At step {steps[peak]:,} A's loss jumps to {loss[peak]:.2f}, worse than guessing, and by "
        f"step {steps[over[0]]:,} it is below a tenth of that again. Such a spike is no proof of a "
        "wrong rate: A came back from it, as trainings may do that climb at their beginning "
        f"([Lewkowycz et al. 2020]({LEWKOWYCZ}))."
    )
