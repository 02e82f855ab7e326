"""The order of checkpoints, from the numbers in their names.

`ModelCheckpoint` writes what it is told: `epoch-01.keras`, `model.03-0.85.keras`,
`ckpt-00100.weights.h5`. Which number is the step, and what it counts, has to be found out, and
is said.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.imports.errors import ImportFailed, sound_step
from explorer.imports.tags import words_of
from explorer.imports.words import first_named
from explorer.runs.source import AS_NAMED, EPOCHS, NOT_NAMED, UPDATES

ENDINGS = (".keras", ".weights.h5")
# A number with decimals is a loss or an accuracy, unless a dot merely stands before it.
NUMBER = re.compile(r"(?<![\d])\d+\.\d+|\d+")
COUNTING = {
    EPOCHS: {"epoch", "epochs", "ep", "e"},
    UPDATES: {"step", "steps", "iter", "iteration", "iterations", "update", "updates", "batch"},
}
MOST_DIGITS = 12
MOST_NAMED = 8


@dataclass(frozen=True)
class Ordered:
    """Checkpoints in the order of a training.

    Args:
        names: Names of files by step.
        left_out: Other names, each with the reason, in a sentence.
        unit: What a step counts, one of those in `runs.source`.
        notes: Which number was taken as the step, in sentences.
    """

    names: dict[int, str]
    left_out: tuple[str, ...]
    unit: str
    notes: tuple[str, ...]


def is_checkpoint(name: str) -> bool:
    """Say whether a file is a checkpoint, by its name."""
    return name.endswith(ENDINGS) and not name.startswith(".")


def in_order(
    names: Sequence[str], *, number: int | None = None, steps_per_epoch: int | None = None
) -> Ordered:
    """Put checkpoints in the order of their training.

    Args:
        names: Names of files, folders before them.
        number: Which of the numbers in each name is the step, from 1; found out by default.
        steps_per_epoch: Weight updates an epoch, if the numbers count epochs.

    Raises:
        ImportFailed: The names do not tell an order.
    """
    names = list(names)
    patterns = {name: _pattern(name) for name in names}
    counts = Counter(patterns.values())
    usual = max(counts, key=lambda pattern: (counts[pattern], "0" in pattern[0]))
    alike = sorted(name for name in names if patterns[name] == usual)
    others = [f"{name}: its name is unlike the others" for name in names if patterns[name] != usual]
    if len(names) == 1 and not _numbers(alike[0]):
        note = (
            f"To say at which step {alike[0]} was saved, put the number into its name, as in "
            "epoch-12.keras, and import it again."
        )
        return Ordered({1: alike[0]}, (), NOT_NAMED, (note,))  # 0 is before the first update
    if not _numbers(alike[0]):
        raise ImportFailed(_without_order(names))
    place, notes = _place(alike, number)
    unit = _unit(alike[0], place)
    by_step, twice = _by_step(alike, place, 1 if unit == UPDATES else steps_per_epoch or 1)
    if steps_per_epoch and unit != UPDATES:
        notes.append(f"An epoch was taken as {steps_per_epoch:,} updates, as asked for.")
        unit = UPDATES
    return Ordered(by_step, (*others, *twice), unit, tuple(notes))


def _stem(name):
    ending = next(ending for ending in ENDINGS if name.endswith(ending))
    return name.removesuffix(ending)


def _numbers(name):
    return NUMBER.findall(_stem(name))


def _pattern(name):
    """Return a name without its numbers, and which of them have decimals."""
    shape = NUMBER.sub(lambda found: "0.0" if "." in found[0] else "0", _stem(name))
    return shape, name.endswith(ENDINGS[0])


def _place(alike, number):
    """Choose the number that is the step; say which, and whether others could have been."""
    table = [_numbers(name) for name in alike]
    columns = list(zip(*table, strict=True))
    whole = [
        place
        for place, column in enumerate(columns)
        if all("." not in one and len(one) <= MOST_DIGITS for one in column)
    ]
    if number is not None:
        if number - 1 not in whole:
            raise ImportFailed(
                f"Number {number} of {alike[0]!r} is no step. Whole numbers in it are: "
                f"{', '.join(str(place + 1) for place in whole) or 'none'}."
            )
        return number - 1, [f"The step is number {number} in the names, as asked for."]
    distinct = [place for place in whole if len({int(one) for one in columns[place]}) == len(alike)]
    if not distinct:
        raise ImportFailed(_without_order(alike))
    chosen = min(distinct, key=lambda place: (_unit(alike[0], place) == AS_NAMED, place))
    notes = [f"The step is {columns[chosen][0]!r} in {alike[0]!r}."]
    if len(distinct) > 1:
        others = ", ".join(repr(columns[place][0]) for place in distinct if place != chosen)
        notes.append(
            f"It could have been {others}, too: if so, import again and say which number it is."
        )
    return chosen, notes


def _without_order(names):
    named = first_named(names, MOST_NAMED)
    return (
        f"The names have no number that tells the order: {named}. Give each file the number of "
        "its epoch or step, as in epoch-01.keras."
    )


def _unit(name, place):
    """Say what a number counts, by the word before it."""
    found = list(NUMBER.finditer(_stem(name)))[place]
    words = words_of(_stem(name)[: found.start()])
    before = words[-1] if words else ""
    return next((unit for unit, known in COUNTING.items() if before in known), AS_NAMED)


def _by_step(alike, place, updates):
    by_step, twice = {}, []
    for name in alike:
        step = sound_step(int(_numbers(name)[place]) * updates)
        if step in by_step:
            twice.append(f"{name}: {by_step[step]} has the same number")
        else:
            by_step[step] = name
    return dict(sorted(by_step.items())), twice
