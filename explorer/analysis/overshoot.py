"""How far a step went along the valley it looked into: short of the floor, or up the other side.

After Schneider, Dangel and Hennig, "Cockpit: a practical debugging tool for training deep neural
networks" (NeurIPS 2021), in a form that needs the slopes alone and so suits every optimiser.
"""

import numpy as np

ACROSS = 0.005  # from here on a step passed the floor: less rounds to 0.00
HIGHER = 1.0  # and from here on it ended higher than it began


def overshoot(slope_before: float, slope_after: float) -> float:
    """Say where a step landed in the parabola that has these slopes at its two ends.

    With the step d and the gradients g0 before and g1 after it, on the same images, the slopes
    along the step are g0 . d and g1 . d, and the answer is -(g1 . d) / (g0 . d). It is exact for
    a parabola.

    >>> overshoot(-2.0, -2.0), overshoot(-2.0, 0.0), overshoot(-2.0, 2.0)
    (-1.0, 0.0, 1.0)

    Args:
        slope_before: Slope of the loss along the step, where it began.
        slope_after: Slope where it landed.

    Returns:
        -1 where the slope did not change, 0 on the floor, 1 as high on the other side, above 1
        higher than before. NaN, meaning undefined, for a step that began uphill (as those of
        momentum and Adam may) or whose slopes are not numbers.
    """
    if not (slope_before < 0 and np.isfinite(slope_before) and np.isfinite(slope_after)):
        return float("nan")
    return -slope_after / slope_before + 0.0  # + 0.0: no minus before a zero
