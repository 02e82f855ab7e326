"""Where the explorer keeps things: its own files, the runs, and what can be made again.

In a checkout the app and the bundled runs lie beside the package. A wheel carries them inside it,
under `_app`, where nothing is ever written: own runs then go to the user's data folder.
"""

import os
from contextlib import suppress
from pathlib import Path

import platformdirs

PACKAGE = Path(__file__).resolve().parent
PROJECT = PACKAGE.parent  # where Python finds the package: the checkout, or site-packages
CARRIED = PACKAGE / "_app"  # made when a wheel is built, see pyproject.toml
NAME = "convnet-explorer"


def app_dir() -> Path:
    """Return the folder of `streamlit_app.py`, its pages, and the bundled runs."""
    return CARRIED if CARRIED.is_dir() else PROJECT


def runs_dir() -> Path:
    """Return the folder where runs are written.

    `EXPLORER_CHECKPOINTS` names it. Otherwise it is `checkpoints` of the checkout, or, where the
    app is installed, `runs` in the user's data folder.
    """
    return Path(_named() or _usual_runs_dir()).resolve()


def bundled_dir() -> Path | None:
    """Return the folder of runs that are shown beside those of `runs_dir`; none is written there.

    These are the bundled runs of an installed app. There are none in a checkout, where they lie
    among the others, and none beside a folder that `EXPLORER_CHECKPOINTS` names.
    """
    return CARRIED / "checkpoints" if CARRIED.is_dir() and not _named() else None


def is_installed(folder: Path) -> bool:
    """Say whether a folder is part of the installation, so that nothing may be changed in it."""
    return Path(folder).resolve().is_relative_to(CARRIED)


def cache_dir() -> Path:
    """Return the folder for what can be made again: `EXPLORER_CACHE`, or the user's cache."""
    default = platformdirs.user_cache_dir(NAME, appauthor=False)
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


def _named():
    return os.environ.get("EXPLORER_CHECKPOINTS")


def _usual_runs_dir():
    if app_dir() == PROJECT:
        return PROJECT / "checkpoints"
    return Path(platformdirs.user_data_dir(NAME, appauthor=False)) / "runs"
