"""Room on the disk for recordings: asked for before a training begins, promised while it goes on.

What a recording will take is known beforehand (`cost`). A run keeps that number in its `run.json`;
what it has not written yet is promised to it, and nobody else can have it. Runs that are imported
or opened from a file are promised theirs in the same way, in the hidden folder they are made in.
"""

from pathlib import Path

from explorer import disk, limits, runs
from explorer.paths import runs_dir
from explorer.runs import files
from explorer.runs.hidden import hidden_bytes, remove_left
from explorer.runs.listing import run_folders
from explorer.training.cost import Cost

EXPECTED = "expected_bytes"


def check_room(
    num_bytes: float,
    root: str | Path | None = None,
    *,
    what: str = "The training",
    but: Path | None = None,
) -> None:
    """Check that a recording will fit on the disk and into what all runs may take.

    Args:
        num_bytes: What it will take.
        root: The runs folder; the configured one by default.
        what: Will be written, to begin a sentence with.
        but: A run folder that is promised nothing: the one that asks.

    Raises:
        NoRoomError: It will not.
        ValueError: A limit is no number.
    """
    root = Path(root or runs_dir())
    remove_left(root)
    hidden, promised = hidden_bytes(root)
    promised += sum(_promised(run) for run in runs.list_runs(root) if run.folder != but)
    disk.check_free(root, num_bytes, what, promised=promised)
    most = limits.runs_bytes()
    if most is None:
        return
    taken = promised + hidden + sum(map(files.folder_bytes, run_folders(root)))
    if taken + num_bytes > most:
        raise disk.NoRoomError(
            f"{what} will take about {num_bytes / 1e6:,.0f} MB. All runs may take "
            f"{most / 1e9:,.2f} GB together (EXPLORER_MOST_GB), and {taken / 1e9:,.2f} GB are "
            "taken or promised. Delete runs that are not needed, or record less."
        )


def claim(folder: Path, cost: Cost, describe) -> None:
    """Note what a run that begins is going to take, and check that there is room for it.

    Args:
        folder: The run folder; what it holds already counts as taken.
        cost: Of the whole recording.
        describe: Writes entries into `run.json`.

    Raises:
        NoRoomError: There is none.
    """
    describe(**{EXPECTED: cost.num_bytes})
    there = runs.open_run(folder).size_bytes()
    check_room(max(0, cost.num_bytes - there), folder.parent, but=folder)


def _promised(run: runs.Run) -> float:
    """Return what a run that waits or is at work has not written yet."""
    expected = run.description.get(EXPECTED)
    if not run.is_live or not isinstance(expected, int | float):
        return 0.0
    return max(0.0, float(expected) - run.size_bytes())
