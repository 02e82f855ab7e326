"""Runs that can only be looked at: a read-only folder of runs, and what is part of the app."""

import os
from pathlib import Path

from explorer import paths
from explorer.runs.read import Run


def why_fixed(run: Run) -> str:
    """Say why a run can only be looked at; nothing if it can be changed."""
    if paths.is_installed(run.folder):
        return f"Run {run.name!r} came with the app and stays as it is."
    if not all(os.access(folder, os.W_OK) for folder in (run.folder, run.folder.parent)):
        return (
            f"Run {run.name!r} lies in {str(run.folder.parent)!r}, which is read-only here. It "
            "can be looked at, not changed."
        )
    return ""


def why_no_new(root: str | Path | None = None) -> str:
    """Say why no run can be written to a runs folder; nothing if one can."""
    root = Path(root or paths.runs_dir())
    there = next((folder for folder in (root, *root.parents) if folder.exists()), root)
    if os.access(there, os.W_OK):
        return ""
    return (
        f"Runs are kept in {str(root)!r}, which is read-only here. Those in it can be looked at; "
        "for new ones name another folder with EXPLORER_CHECKPOINTS."
    )


def check_can_change(run: Run) -> None:
    """Check that a run can be changed.

    Raises:
        ValueError: It can only be looked at.
    """
    if why := why_fixed(run):
        raise ValueError(why)


def check_can_begin(root: str | Path | None = None) -> None:
    """Check that a run can be written to a runs folder.

    Raises:
        ValueError: None can.
    """
    if why := why_no_new(root):
        raise ValueError(why)
