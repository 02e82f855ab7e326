"""What goes wrong when something is made into a run."""

MOST_STEP = 10**14  # the name of the file of a step takes one, and what comes after it


class ImportFailed(ValueError):
    """What was given cannot be made into a run; says what came, what was expected, what to do."""


def sound_step(step: int) -> int:
    """Return a step that a run can have.

    Raises:
        ImportFailed: It has more digits than the name of a recorded step.
    """
    if step > MOST_STEP:
        raise ImportFailed(
            f"It would have a step {step:.1e}; a run has at most {MOST_STEP:.0e}. If steps per "
            "epoch were given, give a smaller number of steps per epoch."
        )
    return step
