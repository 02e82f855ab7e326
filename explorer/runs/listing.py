"""The runs of a folder: naming, listing and finding them."""

import datetime
import re
import secrets
import stat
from pathlib import Path

from explorer import paths
from explorer.runs import files
from explorer.runs.description import cut
from explorer.runs.read import Run, RunError, open_run

RUN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def new_folder(root: str | Path | None = None) -> Path:
    """Make an empty folder for a run, under a name no other run has.

    Raises:
        OSError: The runs folder cannot be written.
    """
    folder = Path(root or paths.runs_dir()) / new_id()
    folder.mkdir(parents=True)
    return folder


def new_id() -> str:
    """Return an id that begins with the time of day, so that ids sort by age."""
    now = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    return f"{now}-{secrets.token_hex(3)}"


def list_runs(root: str | Path | None = None) -> list[Run]:
    """Return all readable runs, newest first."""
    found = {}
    for folder in (folder for one in _roots(root) for folder in run_folders(one)):
        if RUN_ID.fullmatch(folder.name) and folder.name not in found:
            try:
                found[folder.name] = open_run(folder)
            except RunError:
                continue
    return sorted(
        found.values(), key=lambda run: (str(run.description.get("created")), run.id), reverse=True
    )


def unreadable_runs(root: str | Path | None = None) -> dict[str, str]:
    """Return the folders that look like runs but are not listed, each with the reason."""
    root = Path(root or paths.runs_dir())
    reasons = {root.name: why} if (why := why_closed(root)) else {}
    for folder in run_folders(root):
        try:
            open_run(folder)
            if not RUN_ID.fullmatch(folder.name):
                raise RunError(
                    "The name of the folder is no id. Rename it: at most 64 letters, digits, "
                    "hyphens and underscores."
                )
        except RunError as error:
            reasons[folder.name] = str(error)
    return reasons


def run_folders(root: Path) -> list[Path]:
    """Return the folders that hold a run, readable or not, or that nobody lets us look into."""
    if why_closed(root) or not root.is_dir():
        return []
    visible = sorted(path for path in root.iterdir() if not path.name.startswith("."))
    return [folder for folder in visible if _may_be_run(folder)]


def why_closed(root: str | Path | None = None) -> str:
    """Say why a runs folder cannot be looked into; nothing if it can, or is not there yet."""
    root = Path(root or paths.runs_dir())
    try:
        if root.exists():
            next(root.iterdir(), None)
    except OSError as error:
        return (
            f"Runs are kept in {str(root)!r}, which cannot be looked into ({error.strerror}). "
            "Name another folder with EXPLORER_CHECKPOINTS."
        )
    return ""


def find(text: str, root: str | Path | None = None) -> Run:
    """Find a run by id, by name or by path.

    Raises:
        RunError: None or several match; the message names those that exist.
    """
    if (folder := _folder_of(text, root)) is not None:
        return open_run(folder)
    if ("/" in text or "\\" in text) and _is_folder(text):
        return open_run(Path(text).resolve())
    if why := why_closed(root):
        raise RunError(why)
    runs = list_runs(root)
    named = [run for run in runs if run.name == text]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(run.id for run in named)
        raise RunError(f"{len(named)} runs are called {cut(text)!r}. Give the id instead: {ids}.")
    if text and _is_folder(text) and _may_be_run(Path(text)):
        return open_run(Path(text).resolve())
    known = ", ".join(f"{cut(run.name)} ({run.id})" for run in runs[:10]) or "none yet"
    where = str(Path(root or paths.runs_dir()))
    raise RunError(f"There is no run {cut(text)!r} in {where!r}. Runs there: {known}.")


def find_by_id(run_id: str, root: str | Path | None = None) -> Run:
    """Open a run by id alone; for ids from outside, such as those in a link.

    Raises:
        RunError: Not the form of an id, or no such run.
    """
    if (folder := _folder_of(run_id, root)) is None:
        raise RunError("There is no such run. It may have been deleted.")
    return open_run(folder)


def _roots(root):
    """Return the folders to look into: the one that is given, or all there are, own runs first."""
    return [Path(root)] if root else [paths.runs_dir(), *filter(None, [paths.bundled_dir()])]


def _folder_of(run_id, root):
    """Return the folder of a run by its id; `None` if there is none, or the id is no id."""
    if not RUN_ID.fullmatch(run_id):
        return None
    folders = (one / run_id for one in _roots(root))
    return next((folder for folder in folders if (folder / files.RUN).is_file()), None)


def _may_be_run(folder):
    try:
        return stat.S_ISREG((folder / files.RUN).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # no permission; `open_run` tells
        return True


def _is_folder(text):
    try:
        return Path(text).is_dir()
    except OSError:  # a text longer than any path
        return False
