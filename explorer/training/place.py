"""Where a recording may be written: what is there already is never written over."""

from pathlib import Path

from explorer.runs import files
from explorer.runs.listing import RUN_ID


def check_place(folder: Path) -> None:
    """Check that a new run can be written to a folder, and opened there afterwards.

    Raises:
        ValueError: It holds a run or several, or its name is no id of a run.
    """
    name = folder.resolve().name
    if not RUN_ID.fullmatch(name):
        raise ValueError(
            f"The folder of a run cannot be called {name!r}: its name is the id of the run. Use "
            "at most 64 letters, digits, hyphens and underscores."
        )
    if _is_written(folder / files.METRICS):
        raise _taken(folder)
    if next(folder.glob(f"*/{files.RUN}"), None) is not None:
        raise ValueError(
            f"{str(folder)!r} holds runs. Record into a folder of its own within it, such as "
            f"{str(folder / 'my-run')!r}."
        )


def claim(folder: Path) -> None:
    """Take a folder for a new run, which no other recorder can do after that.

    Raises:
        ValueError: Another recorder has taken it.
        OSError: It cannot be written.
    """
    try:
        (folder / files.METRICS).open("xb").close()
    except FileExistsError:
        raise _taken(folder) from None


def give_back(folder: Path) -> None:
    """Free a folder in which no step was recorded, so that the training can be begun anew."""
    path = folder / files.METRICS
    if path.exists() and not _is_written(path):
        path.unlink(missing_ok=True)


def _is_written(path):
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _taken(folder):
    return ValueError(
        f"{str(folder)!r} holds a run already. Record into another folder, or delete it."
    )
