"""What the home page says of measured numbers: leaps across the valley, and a spike of the loss."""

import numpy as np

from explorer import runs
from explorer.analysis.overshoot import ACROSS, HIGHER
from explorer.inference import valley_results
from explorer.inference.retraced import STEP
from explorer.inference.walked import Walked
from explorer.ui import text
from explorer.ui.run_facts import scalars

OVER = 0.1  # of a spike: below, it is over
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
    named = [f"step {k:,} (overshoot {alpha[k]:.2f})" for k in higher.tolist()]
    return f"{words}side as {'it' if len(higher) == 1 else 'they'} began: {' and '.join(named)}."


def _some(count):
    return text.count(count) if count else "none"


def _alphas_from_the_start(walked):
    """Return the overshoots of steps 0, 1, 2... up to the first that was not measured."""
    known = walked.only(walked.is_repeated & (walked.way == STEP))
    gaps = np.flatnonzero(known.step != np.arange(len(known.step)))
    return known.alpha[: gaps[0] if len(gaps) else None]


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
        f"step {steps[over[0]]:,} it is below a tenth of that again: the pale line tells of single "
        "batches, and such a spike is no proof of a wrong rate, because a training may come back "
        f"from it ([Lewkowycz et al. 2020]({LEWKOWYCZ}))."
    )
