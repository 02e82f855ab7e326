"""Every number a verdict compares with, what it means, and who says so.

Read a threshold as a sentence: `DEAD_SHARE` is crossed when the share is at least 0.5. Numbers
marked as calibrated were set on short trainings of the bundled images, see docs/verdicts.md.
"""

import operator
from dataclasses import dataclass

import numpy as np

RELATIONS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
OPPOSITE = {">=": "<", "<": ">=", "<=": ">", ">": "<="}
CALIBRATED = "calibrated on short trainings of this project's networks"
NEEDED = "this project: what was not recorded is not judged"


@dataclass(frozen=True)
class Threshold:
    """A number, and on which side of it something is the matter.

    Args:
        value: The number.
        relation: A key of `RELATIONS`: a measured value that stands in it crosses the threshold.
        meaning: What is compared, in words and with its unit.
        source: Who proposed the number, or how it was found.
    """

    value: float
    relation: str
    meaning: str
    source: str

    def is_crossed(self, measured: float) -> bool:
        """Compare; a value that is not a number never crosses.

        >>> DEAD_SHARE.is_crossed(0.5), DEAD_SHARE.is_crossed(float("nan"))
        (True, False)
        """
        return bool(self.are_crossed(measured))

    def are_crossed(self, measured: np.ndarray) -> np.ndarray:
        """Compare many values, each for itself. (values,) -> (values,) bool."""
        return RELATIONS[self.relation](measured, self.value)


NONFINITE = Threshold(
    0,
    ">",
    "non-finite numbers among weights or losses",
    "Amazon SageMaker Debugger, rule ExplodingTensor; Keras, TerminateOnNaN",
)
LOSS_AS_GOOD_AS_NAN = Threshold(
    1e3, ">=", "loss late in the training", "Zhang et al., AUTOTRAINER, ICSE 2021"
)
NO_BETTER_THAN_GUESSING = Threshold(
    0.95, ">=", "late loss as a share of the loss of guessing", CALIBRATED
)
ONE_ANSWER = Threshold(0.95, ">=", "share of probe images given the same class", CALIBRATED)
DEAD_SHARE = Threshold(
    0.5,
    ">=",
    "share of channels of a layer that are 0 on every probe image",
    "Amazon SageMaker Debugger, rule DeadRelu, threshold_layer 50 %",
)
ZERO_GRADIENTS = Threshold(
    0.7,
    ">=",
    "share of gradient entries that are exactly 0",
    "Zhang et al., AUTOTRAINER, ICSE 2021: dying ReLU, gamma = 0.7",
)
ALL_GRADIENTS_ZERO = Threshold(
    0.999, ">=", "share of gradient entries that are exactly 0", "nothing is learned from zero"
)
LARGE_UPDATE = Threshold(
    0.1, ">=", "norm of one update as a share of the norm of the weights", CALIBRATED
)
UNSOLVED = Threshold(0.5, ">=", "late loss as a share of the loss of guessing", CALIBRATED)
SHORT_PATH = Threshold(
    0.3, "<", "sum of all update norms as a share of the weight norm, median kernel", CALIBRATED
)
USUAL_UPDATES = Threshold(
    1e-3,
    ">=",
    "update norm to weight norm; a reference, not a limit",
    "Stanford CS231n, notes on neural networks, part 3",
)
FEWEST_LOSSES = Threshold(1, "<", "losses that are numbers", NEEDED)
FEWEST_LEVELS = Threshold(1, "<", "levels to compare the loss with", NEEDED)
FEWEST_RECTIFIED = Threshold(
    1,
    "<",
    "hidden layers that are cut off at 0, as behind ReLU",
    "how ReLU is defined: never below 0, and 0 for a part of its inputs",
)
FEWEST_UNASKED = Threshold(1, ">=", "questions without anything to look at", NEEDED)
FEWEST_DAMAGED = Threshold(
    1, ">=", "recorded steps that cannot be read", "the format of a run folder"
)
FEWEST_TOGETHER = Threshold(
    2, ">=", "updates made at a time", "steps_per_execution, as the model was compiled"
)
FEWEST_UPDATES = Threshold(20, "<", "weight updates so far", CALIBRATED)
FEWEST_FOR_SMALL = Threshold(
    100, "<", "weight updates so far; a slow beginning is normal", CALIBRATED
)
LEAST_DONE_FOR_SMALL = Threshold(
    0.1, "<", "share of the planned updates; warm-up takes the first of them", CALIBRATED
)
OVERFIT_GAP = Threshold(
    0.1,
    ">",
    "training accuracy minus validation accuracy, training accuracy up to 0.9",
    "Zhang et al., AUTOTRAINER, ICSE 2021",
)
OVERFIT_GAP_HIGH = Threshold(
    0.07,
    ">",
    "training accuracy minus validation accuracy, training accuracy above 0.9",
    "Zhang et al., AUTOTRAINER, ICSE 2021",
)
VANISHING_RATIO = Threshold(
    1e-3,
    "<",
    "gradient norm of the first kernel as a share of that of the last",
    "Zhang et al., AUTOTRAINER, ICSE 2021",
)
VANISHING_NORM = Threshold(
    1e-4, "<", "gradient norm of the first kernel", "Zhang et al., AUTOTRAINER, ICSE 2021"
)
EXPLODING_RATIO = Threshold(
    70,
    ">",
    "gradient norm of the first kernel as a multiple of that of the last",
    "Zhang et al., AUTOTRAINER, ICSE 2021",
)
SWING = Threshold(
    0.03,
    ">=",
    "validation accuracy lost or won back between two validations",
    "Zhang et al., AUTOTRAINER, ICSE 2021",
)
SWING_SHARE = Threshold(
    0.2, ">=", "share of validations that swing", "Zhang et al., AUTOTRAINER, ICSE 2021"
)
SATURATED_SHARE = Threshold(
    0.5,
    ">",
    "share of outputs of a bounded layer beyond 0.97 of its bound",
    "A. Karpathy, makemore part 3 (0.97); Amazon SageMaker Debugger, SaturatedActivation (50 %)",
)
EARLY_SPIKE = Threshold(
    1.5,
    ">=",
    "largest loss of the first updates as a multiple of the first one",
    "Lewkowycz et al., The large learning rate phase of deep learning, 2020: it may settle",
)
