"""The event files of a log folder, and which of them belong to one run.

Keras writes a folder `train` and a folder `validation` for each training. Folders whose last
names say that are one run, called by what stands before.
"""

from pathlib import Path

from explorer.imports.errors import ImportFailed
from explorer.imports.tags import PARTS_OF_RUNS
from explorer.imports.words import first_named

SIGN = "tfevents"
MOST_FILES = 500
MOST_BYTES = 300_000_000
MOST_LOOKED_AT = 20_000
MOST_NAMED = 12


def is_event_file(name: str) -> bool:
    """Say whether a file is one that TensorBoard would read, by its name."""
    return SIGN in name


def runs_of_log(log: Path) -> dict[str, dict[str, list[Path]]]:
    """Find the runs of a log folder.

    Args:
        log: The folder. Links are not followed.

    Returns:
        For each run, by its name (empty for that of the folder itself), the files of each of its
        parts, oldest first.

    Raises:
        ImportFailed: There are none, or too many to look at.
    """
    found: dict[str, dict[str, list[Path]]] = {}
    for number, path in enumerate(sorted(log.rglob("*"))):
        if number > MOST_LOOKED_AT:
            raise ImportFailed(
                f"The folder has more than {MOST_LOOKED_AT:,} files. Give the folder of one log."
            )
        if is_event_file(path.name) and path.is_file() and not path.is_symlink():
            run, part = _place(path.relative_to(log).parent)
            found.setdefault(run, {}).setdefault(part, []).append(path)
    if not found:
        raise ImportFailed(
            "There is no event file (events.out.tfevents...) in it. Expected was the log folder "
            "that was given to the TensorBoard callback, or a ZIP of it."
        )
    return found


def files_of_log(log: Path, wanted: str | None) -> dict[str, list[Path]]:
    """Return the files of one run of a log: the only one, or the one that is named.

    Raises:
        ImportFailed: There are several and none is named, or none of that name, or too much.
    """
    found = runs_of_log(log)
    if wanted is None and len(found) > 1:
        raise ImportFailed(
            f"The log holds {len(found)} runs. Choose one with its name (in a shell with "
            f"--part NAME): {_named(found)}."
        )
    name = next(iter(found)) if wanted is None else wanted.strip("/").removeprefix("./")
    if name not in found:
        raise ImportFailed(
            f"The log holds no run {wanted!r}. It holds: {_named(found)}.{_of_parts(name)}"
        )
    files = [file for files in found[name].values() for file in files]
    size = sum(file.stat().st_size for file in files)
    if len(files) > MOST_FILES or size > MOST_BYTES:
        raise ImportFailed(
            f"The run has {len(files):,} event files with {size / 1e6:,.0f} MB. At most "
            f"{MOST_FILES} with {MOST_BYTES / 1e6:.0f} MB are read."
        )
    return found[name]


def _place(folder: Path) -> tuple[str, str]:
    *before, last = folder.parts or ("",)
    if last.lower() in PARTS_OF_RUNS:
        return "/".join(before), last
    return "/".join(folder.parts), ""


def _of_parts(name):
    """Say why what Keras wrote into two folders is no run each, to who names one of them."""
    if name.rpartition("/")[2].lower() not in PARTS_OF_RUNS:
        return ""
    return " Folders such as 'train' and 'validation' are one run, and are taken together."


def _named(found):
    return first_named([repr(name or ".") for name in sorted(found)], MOST_NAMED)
