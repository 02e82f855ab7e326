"""Where the explorer keeps things: the runs, and what can be made again."""

import os
from contextlib import suppress
from pathlib import Path

import platformdirs

PROJECT = Path(__file__).resolve().parent.parent


def runs_dir() -> Path:
    """Return the folder of all runs: `EXPLORER_CHECKPOINTS`, or `checkpoints` of the project."""
    return Path(os.environ.get("EXPLORER_CHECKPOINTS") or PROJECT / "checkpoints").resolve()


def cache_dir() -> Path:
    """Return the folder for what can be made again: `EXPLORER_CACHE`, or the user's cache."""
    default = platformdirs.user_cache_dir("convnet-explorer", appauthor=False)
    return Path(os.environ.get("EXPLORER_CACHE") or default).resolve()


def beyond_newest(folder: Path, pattern: str, most: int) -> list[Path]:
    """Return the files of a folder beyond its newest ones, for those who keep only so many.

    Args:
        folder: The folder; others may remove files from it meanwhile.
        pattern: Of the names.
        most: How many are kept, at least 1.
    """
    ages = {}
    for path in folder.glob(pattern):
        with suppress(FileNotFoundError):
            ages[path] = path.stat().st_mtime
    return sorted(ages, key=ages.__getitem__)[:-most]
