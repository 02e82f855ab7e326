"""Writing runs into one file: what was recorded, byte for byte."""

import secrets
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from explorer.packing.checks import checked_run
from explorer.packing.members import MOST_MEMBERS, PackError, most_bytes
from explorer.runs import Run, files
from explorer.runs.description import cut
from explorer.runs.listing import RUN_ID

FIRST = (files.RUN, files.METRICS, files.PROBE, files.RESUME, files.LOG)
ENDING = ".run.zip"


def pack(runs: Sequence[Run], path: Path) -> int:
    """Write runs into a file, which is there whole or not at all; return its size in bytes.

    What was computed about a run later, such as a loss surface, stays behind: it can be made
    again. The images it was trained on are not part of a run, but for the probe images.

    Raises:
        PackError: A run is live, or damaged, or given twice.
        OSError: The file cannot be written.
    """
    check_can_be_packed(runs)
    path = Path(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with part.open("xb") as file:
            write(runs, file)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path.stat().st_size


def check_can_be_packed(runs: Sequence[Run]) -> None:
    """Check that runs can be packed, and that what is packed will open.

    Raises:
        PackError: One cannot; says why.
    """
    ids = [run.id for run in runs]
    if len(set(ids)) < len(ids):
        raise PackError("A run is named twice. Name each once.")
    for run in runs:
        if not RUN_ID.fullmatch(run.id):
            raise PackError(
                f"The folder of run {cut(run.name)!r} is called {cut(run.id)!r}. Rename it first: "
                "at most 64 letters, digits, hyphens and underscores."
            )
        if run.is_live:
            raise PackError(
                f"Run {cut(run.name)!r} is {run.status}. A run is packed when it has ended: wait "
                "for it, or stop it first."
            )
        try:
            checked_run(run.folder)
        except PackError as error:
            raise PackError(f"Run {cut(run.name)!r} cannot be packed. {error}") from None
    if (num_files := sum(len(names_of(run)) for run in runs)) > MOST_MEMBERS:
        raise PackError(
            f"The runs have {num_files:,} files together. At most {MOST_MEMBERS:,} go into one "
            "file; pack fewer runs at once."
        )


def write(runs: Sequence[Run], file: BinaryIO) -> None:
    """Write runs, which can be packed, into an open file."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, strict_timestamps=False) as packed:
        for run in runs:
            for name in names_of(run):
                packed.write(run.folder / name, f"{run.id}/{name}")


def names_of(run: Run) -> list[str]:
    """Return what of a run is packed, as names in its folder.

    Raises:
        PackError: A file is larger than one that would be opened again.
    """
    names = [name for name in FIRST if (run.folder / name).exists()]
    for kind in (files.STEPS, files.WEIGHTS):
        steps = files.listed_steps(run.folder / kind)
        names += [f"{kind}/{files.step_name(step)}" for step in steps]
    for name in names:
        if (run.folder / name).stat().st_size > most_bytes(name):
            raise PackError(
                f"{name} of run {cut(run.name)!r} has more than {most_bytes(name) / 1e6:,.0f} MB. "
                "Copy the folder of the run instead."
            )
    return names
