"""Which tags of a TensorBoard log are which: the loss, the accuracy, weights, gradients.

Keras names them always the same. Others name them as they like: words in the names decide, and
whoever imports can say it instead.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

ROLES = ("loss", "accuracy", "learning_rate", "gradient_norm", "val_loss", "val_accuracy")
VALIDATION = {"val", "valid", "validation", "test", "eval", "evaluation", "dev", "holdout"}
ACCURACY = {"accuracy", "acc"}
KERAS_EPOCH, KERAS_BATCH, KERAS_EVALUATION = "epoch_", "batch_", "evaluation_"
USUAL = ("batch_", "evaluation_", "epoch_")  # of Keras' own tags, the finest first
PARTS_OF_RUNS = {"train", "training", *VALIDATION}
KINDS = {
    "gradients": {"grad", "grads", "gradient", "gradients"},
    "updates": {"update", "updates"},
    "activations": {"activation", "activations"},
    "weights": {"weights", "params", "parameters"},
}
ENDINGS = re.compile(r"[./_](histogram|grads?|gradients?)$", re.IGNORECASE)
LONGEST_NAME = 120


@dataclass(frozen=True, order=True)
class Series:
    """One tag of one folder of a log.

    Args:
        part: The folder, such as `"train"`; empty for the log's own.
        tag: As the log has it.
    """

    part: str
    tag: str

    @property
    def text(self) -> str:
        """Both, as a path."""
        return f"{self.part}/{self.tag}" if self.part else self.tag


def words_of(text: str) -> list[str]:
    """Split a name into words.

    >>> words_of("Loss/trainEpoch")
    ['loss', 'train', 'epoch']
    """
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower())


def role_of(series: Series) -> str | None:
    """Say what a series of numbers measures: one of `ROLES`, or `None`.

    >>> role_of(Series("validation", "epoch_loss")), role_of(Series("", "Accuracy/train"))
    ('val_loss', 'accuracy')
    """
    in_order = words_of(series.text)
    words = set(in_order)
    if "lr" in words or "learning rate" in " ".join(in_order):
        return "learning_rate"
    if "norm" in words and words & KINDS["gradients"]:
        return "gradient_norm"
    measured = "loss" if "loss" in words else "accuracy" if words & ACCURACY else None
    if measured is None:
        return None
    return f"val_{measured}" if words & VALIDATION else measured


def choose(points: Mapping[Series, int], given: Mapping[str, str]) -> dict[str, Series]:
    """Choose one series for each role.

    Args:
        points: How many numbers each series has.
        given: What whoever imports said: tags by role.

    Raises:
        ValueError: A role or a tag that was given is not there.
    """
    chosen = {role: _given(role, text, points) for role, text in given.items()}
    for role in ROLES:
        fitting = [one for one in points if role_of(one) == role]
        if role == "gradient_norm" and len(fitting) > 1:
            continue  # of single layers, most likely, and none of them is the whole gradient's
        if role not in chosen and fitting:
            chosen[role] = min(fitting, key=lambda one: _rank(one, points[one]))
    return chosen


def _given(role, text, points):
    if role not in ROLES:
        raise ValueError(f"There is no {role!r} to take. Choose one of: {', '.join(ROLES)}.")
    named = [one for one in points if text in (one.text, one.tag)]
    if len(named) == 1:
        return named[0]
    known = ", ".join(sorted(one.text for one in named or points)[:20]) or "none"
    found = "several scalars" if named else "no scalar"
    raise ValueError(f"The log has {found} {text!r}. Name one of: {known}.")


def _rank(series, points):
    """Prefer Keras' finest tags, then plain names, then those with more numbers."""
    usual = [place for place, start in enumerate(USUAL) if series.tag.startswith(start)]
    extra = set(words_of(series.text)) - {"step", "epoch", "batch"}
    return (usual[0] if usual else len(USUAL), len(extra), -points, series)


def is_keras(every: Iterable[Series]) -> bool:
    """Say whether Keras' own callback wrote a log: its steps of `epoch_...` are epochs from 0."""
    return any(one.tag == "epoch_loss" for one in every)


def kind_of(tag: str) -> str:
    """Say of what a histogram is; the folder it begins with, or its last word, tells.

    >>> kind_of("fc1.weight.grad"), kind_of("activations/conv_1"), kind_of("fc1.weight")
    ('gradients', 'activations', 'weights')
    """
    ends = {tag.split("/")[0].lower(), *words_of(tag)[-1:]}
    return next((kind for kind, signs in KINDS.items() if ends & signs), "weights")


def tensor_names(tags: Iterable[str]) -> dict[str, str]:
    """Return the name of the tensor behind each tag, the same for its weights and gradients.

    >>> tensor_names(["net/a/kernel/histogram", "net/b/kernel/histogram"])
    {'net/a/kernel/histogram': 'a/kernel', 'net/b/kernel/histogram': 'b/kernel'}
    >>> tensor_names(["gradients/a/kernel", "fc.weight.grad"])
    {'gradients/a/kernel': 'a/kernel', 'fc.weight.grad': 'fc.weight'}
    """
    short = {tag: _without_kind(tag) for tag in tags}
    first = {name.split("/")[0] for name in short.values()}
    if len(first) == 1 and all(name.count("/") > 1 for name in short.values()):
        short = {tag: name.partition("/")[2] for tag, name in short.items()}
    return {tag: _clean(name) for tag, name in short.items()}


def _without_kind(tag):
    name, removed = ENDINGS.subn("", tag)
    while removed:
        name, removed = ENDINGS.subn("", name)
    first, slash, rest = name.partition("/")
    signs = set().union(*KINDS.values())
    return rest if slash and rest and first.lower() in signs else name


def _clean(name):
    """Return a name on one line, whatever came in."""
    line = "".join(letter if letter.isprintable() else " " for letter in name)
    return " ".join(line.split())[:LONGEST_NAME] or "unnamed"
