"""The process that reads what a stranger gave, and is thrown away.

`python -m explorer.imports.worker REQUEST` reads what is asked for from a file of JSON, and writes
a run into the folder that it names. What is wrong goes to standard output, in one line.
"""

import json
import sys
import zipfile
from pathlib import Path, PurePosixPath

from explorer.imports.errors import ImportFailed
from explorer.imports.log_files import is_event_file
from explorer.imports.names import is_checkpoint
from explorer.imports.packed import check_table
from explorer.imports.words import on_one_line
from explorer.models import limits
from explorer.runs.source import TENSORBOARD, WEIGHTS
from explorer.zip_directory import DAMAGED

SECONDS = 600
MOST_LOOKED_AT = 20_000
SIGNS = {TENSORBOARD: is_event_file, WEIGHTS: is_checkpoint}


def make_run(request: dict) -> None:
    """Make a run of what was given, whatever it is.

    Args:
        request: See `tensorboard_run` and `checkpoint_run`; `kind` says which of them, or is
            `None` to find that out.

    Raises:
        ValueError: No run can be made of it; says why.
    """
    kind = request.get("kind") or kind_of(Path(request["given"]))
    if kind == TENSORBOARD:
        from explorer.imports import tensorboard_run

        tensorboard_run.make_run(request)
    else:
        from explorer.imports import checkpoint_run

        checkpoint_run.make_run(request)


def kind_of(given: Path) -> str:
    """Find out what a folder or a ZIP holds.

    Raises:
        ImportFailed: Neither a log nor checkpoints, or both.
    """
    names = _names(given)
    found = [kind for kind, is_one in SIGNS.items() if any(map(is_one, names))]
    if len(found) == 1:
        return found[0]
    if found:
        raise ImportFailed(
            "It holds both a TensorBoard log and checkpoints. Give the folder of one of them, or "
            f"say in a shell which is meant: --from {TENSORBOARD} or --from {WEIGHTS}."
        )
    raise ImportFailed(
        f"{given.name} holds neither a TensorBoard log (events.out.tfevents...) nor checkpoints "
        "(.keras, .weights.h5). Give the folder of one of them, or a ZIP of it."
    )


def _names(given):
    if given.is_dir():
        every = (path for path, _ in zip(given.rglob("*"), range(MOST_LOOKED_AT), strict=False))
        return [path.name for path in every]
    check_table(given)
    try:
        with zipfile.ZipFile(given) as archive:
            return [PurePosixPath(name.replace("\\", "/")).name for name in archive.namelist()]
    except (*DAMAGED, ValueError) as error:
        raise ImportFailed(
            f"{given.name} is neither a folder nor a ZIP that can be read ({error}). Give the "
            "folder of a log or of checkpoints, or a ZIP of it."
        ) from error


def main(arguments: list[str]) -> int:
    """Do what is asked for within limits of memory and time, and return the exit status."""
    limits.set_limits(
        memory_bytes=limits.OPEN_BYTES, seconds=SECONDS, file_bytes=limits.WRITTEN_BYTES
    )
    try:
        make_run(json.loads(Path(arguments[0]).read_text("utf-8")))
    except Exception as error:  # whatever strange files lead their readers to, in one line
        print(_why(error))
    else:
        return 0
    return limits.REFUSED


def _why(error):
    if isinstance(error, MemoryError):
        return "It needs more memory than may be used for it. Give less at once."
    if isinstance(error, OSError) and error.strerror:  # the folders of this machine stay unsaid
        name = Path(str(error.filename)).name if error.filename else "A file"
        return on_one_line(f"{name}: {error.strerror}. Nothing was imported.")
    if isinstance(error, ValueError):
        return on_one_line(error)
    what = f"{type(error).__name__}: {error}"
    return on_one_line(f"It cannot be read ({what}). Nothing was imported.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
