"""What a rule found: the numbers, the threshold, the step, and where to look."""

import math
from dataclasses import dataclass

from explorer.analysis.thresholds import OPPOSITE, Threshold

CHARTS = (
    "loss",
    "accuracy",
    "learning_rate",
    "gradient_norm",
    "ratio",
    "zeros",
    "activations",
    "weights",
)
MOMENTS = {
    "at": "at step {:,}",
    "since": "from step {:,} on",
    "judged": "judged at step {:,}",
}
RELATION_WORDS = {
    ">=": "at least the threshold",
    ">": "above the threshold",
    "<=": "at most the threshold",
    "<": "below the threshold",
}


@dataclass(frozen=True)
class Number:
    """One measured number beside the threshold it was compared with.

    Args:
        name: What was measured, in words.
        value: What was found; may be NaN or infinite.
        relation: In which relation to the threshold it stands, such as `">="`.
        threshold: The number compared with.
    """

    name: str
    value: float
    relation: str
    threshold: float

    @property
    def words(self) -> str:
        """Both numbers, such as `"ratio: 0.002, at least the threshold 0.001"`."""
        beside = f"{RELATION_WORDS[self.relation]} {short(self.threshold)}"
        return f"{self.name}: {short(self.value)}, {beside}"


@dataclass(frozen=True)
class Finding:
    """One rule that speaks.

    Args:
        rule: Its id, such as `"one_answer"`.
        title: A few words for people.
        words: A sentence or two that tell what was found.
        numbers: What was compared with what.
        step: Training step, one of the recording; see `when`.
        place: The tensor or layer; empty for the whole network.
        chart: Which chart shows it, one of `CHARTS`; empty for what is missing, which none shows.
        source: Where the thresholds come from.
        when: How the step is meant, a key of `MOMENTS`: `"at"`, it happened there; `"since"`, it
            has held from there on; `"judged"`, it is said of all up to there.
    """

    rule: str
    title: str
    words: str
    numbers: tuple[Number, ...]
    step: int
    place: str = ""
    chart: str = "loss"
    source: str = ""
    when: str = "at"

    @property
    def moment(self) -> str:
        """The step in words, such as `"from step 1,200 on"`."""
        return MOMENTS[self.when].format(self.step)


def number(name: str, value: float, threshold: Threshold) -> Number:
    """Put a measured number beside a threshold, in the relation in which it stands to it.

    >>> number("ratio", 0.002, Threshold(0.001, ">=", "", "")).relation
    '>='
    >>> number("ratio", 0.0002, Threshold(0.001, ">=", "", "")).relation
    '<'
    """
    crossed = threshold.is_crossed(value)
    relation = threshold.relation if crossed else OPPOSITE[threshold.relation]
    return Number(name, float(value), relation, threshold.value)


def sources(*thresholds: Threshold) -> str:
    """Name the sources of thresholds, each once."""
    return "; ".join(dict.fromkeys(threshold.source for threshold in thresholds))


def percent(share: float) -> str:
    """Write a share for people; what is not all of it is never 100 %.

    >>> percent(0.9845), percent(1.0), percent(0.00063), percent(0.99999)
    ('98.5 %', '100 %', '0.063 %', '99.9 %')
    """
    return f"{100 if share == 1 else min(100 * share, 99.9):.3g} %"


def short(value: float) -> str:
    """Write a number with three digits that count.

    >>> short(0.3452), short(2160.4), short(3e-5), short(float("nan"))
    ('0.345', '2,160', '3e-05', 'not a number')
    """
    if math.isnan(value):
        return "not a number"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"
