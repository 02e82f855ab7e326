"""Making a run of what people have: read apart, under a hidden name, renamed when it is whole."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from explorer import disk, runs
from explorer.imports.errors import ImportFailed
from explorer.imports.packed import wanted_bytes
from explorer.imports.worker import SIGNS
from explorer.models import limits
from explorer.paths import runs_dir
from explorer.runs.hidden import hidden_folder
from explorer.runs.listing import new_id
from explorer.runs.writable import check_can_begin
from explorer.training.room import check_room

HIDDEN = ".importing-"
PATIENCE_SECONDS = 900
MODULE = "explorer.imports.worker"
Tell = Callable[[float], None]


def bring_in(
    given: str | Path,
    name: str,
    *,
    kind: str | None = None,
    tell: Tell = lambda passed: None,
    root: Path | None = None,
    **options,
) -> runs.Run:
    """Make a run.

    Args:
        given: A folder, or a ZIP of one.
        name: What the run will be called.
        kind: `"tensorboard"` or `"checkpoints"`; found out by default.
        tell: Called again and again with the seconds passed; if it raises, all is given up.
        root: The folder of runs.
        **options: What the process understands beside, see `tensorboard_run` and
            `checkpoint_run`.

    Returns:
        The run, whole.

    Raises:
        ValueError: It cannot be made; nothing is left of it. Says why.
        OSError: The folder of runs cannot be written.
    """
    check_can_begin(root)
    given, root = Path(given).absolute(), Path(root or runs_dir())
    if not given.exists():
        raise ImportFailed(f"There is no folder or ZIP {str(given)!r}. Check the path.")
    root.mkdir(parents=True, exist_ok=True)
    _check_room(given, kind, root)
    run_id = new_id()
    with hidden_folder(root, HIDDEN) as folder:
        about = {"id": run_id, "name": name}
        request = {"given": str(given), "folder": str(folder), "about": about, "kind": kind}
        _make_apart({"from": given.name, **options, **request}, tell)
        runs.open_run(folder)  # what the process wrote is read before anyone lists it
        folder.rename(root / run_id)
    return runs.open_run(root / run_id)


def _check_room(given, kind, root):
    """Refuse before the disk is full: what a ZIP holds is unpacked, then written once more."""
    signs = [SIGNS[kind]] if kind in SIGNS else list(SIGNS.values())
    num_bytes = wanted_bytes(given, lambda name: any(is_one(name) for is_one in signs))
    check_room(num_bytes, root, what="The import")
    if given.is_file():
        unpacked = Path(tempfile.gettempdir())
        copies = 1 + (unpacked.stat().st_dev == root.stat().st_dev)
        disk.check_free(unpacked, copies * num_bytes, "The import")


def _make_apart(request, tell):
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(request, file)
        file.flush()
        limits.run_apart(MODULE, [file.name], seconds=PATIENCE_SECONDS, tell=tell)
