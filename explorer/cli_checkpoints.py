"""Two checkpoints compared from a shell: as on the page, in the process that has TensorFlow."""

import time
from collections.abc import Sequence
from contextlib import closing

from explorer import data, runs
from explorer.cli_output import Progress
from explorer.inference.client import Client
from explorer.inference.comparison import key_of, open_saved, usual_steps

LOOK_SECONDS = 0.2


def compared_steps(
    chosen: Sequence[runs.Run], progress: Progress, *, kinds: str = "explorer.inference.kinds"
) -> tuple[int, int] | None:
    """Have the usual checkpoints of two runs compared, unless that was done before.

    Why they cannot be compared is said on standard error: a report is worth having without.

    Args:
        chosen: Run A and run B.
        progress: Shows how far it is.
        kinds: Module with what the inference process can be asked.

    Returns:
        The steps of both checkpoints, or `None` where there is nothing to compare.
    """
    a, b = chosen
    steps = usual_steps(a, b)
    if steps is None:
        return None
    try:
        if not is_kept(a, steps[0], b, steps[1]):
            with closing(Client(kinds=kinds)) as client:
                _compare(client, a, steps[0], b, steps[1], progress)
    except ValueError as error:  # a checkpoint that cannot be read, or no images for both
        progress.note(f"The checkpoints are left out: {error}")
        return None
    return steps


def is_kept(a: runs.Run, step_a: int, b: runs.Run, step_b: int) -> bool:
    """Say whether two checkpoints were compared before, and the pictures to show are there too.

    Raises:
        RunError: A checkpoint cannot be read.
    """
    try:
        for one in open_saved(key_of(a, step_a, b, step_b)).sets:
            data.open_prepared(one)
    except LookupError:
        return False
    return True


def _compare(client, a, step_a, b, step_b, progress):
    """Wait for the comparison, which the process keeps where the report finds it."""
    request = client.submit(
        "compare", run_a=str(a.folder), step_a=step_a, run_b=str(b.folder), step_b=step_b
    )
    progress.show(f"Comparing A at step {step_a:,} with B at step {step_b:,}", at_once=True)
    while request.is_pending:
        time.sleep(LOOK_SECONDS)
        progress.show(f"Comparing checkpoints, {request.share:.0%}: {request.words}")
    request.result()
