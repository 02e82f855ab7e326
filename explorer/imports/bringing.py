"""Making a run of what people have: read apart, under a hidden name, renamed when it is whole."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from explorer import runs
from explorer.imports.errors import ImportFailed
from explorer.imports.packed import wanted_bytes
from explorer.imports.worker import SIGNS
from explorer.models import limits
from explorer.paths import runs_dir
from explorer.runs.hidden import IMPORTING, hidden_folder
from explorer.runs.listing import new_id
from explorer.runs.writable import check_can_begin
from explorer.training.room import check_room

MADE, REQUEST, HOME = "run", "request.json", "home"  # in the hidden folder
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
    given, root = Path(given).absolute(), Path(root or runs_dir()).absolute()
    if not given.is_dir() and not given.is_file():  # nor a pipe that nobody writes to
        raise ImportFailed(f"There is no folder or ZIP {str(given)!r}. Check the path.")
    root.mkdir(parents=True, exist_ok=True)
    num_bytes = _needed_bytes(given, kind)
    check = partial(check_room, num_bytes, root, what="The import")
    about = {"id": new_id(), "name": name}
    with hidden_folder(root, IMPORTING, num_bytes=num_bytes, check=check) as folder:
        request = {"given": str(given), "about": about, "kind": kind}
        made = _make_apart({"from": given.name, **options, **request}, folder, tell)
        runs.open_run(made)  # what the process wrote is read before anyone lists it
        made.rename(root / about["id"])
    return runs.open_run(root / about["id"])


def _needed_bytes(given, kind):
    """Return what an import takes at most: what a ZIP holds is unpacked, then written once more."""
    signs = [SIGNS[kind]] if kind in SIGNS else list(SIGNS.values())
    num_bytes = wanted_bytes(given, lambda name: any(is_one(name) for is_one in signs))
    return num_bytes if given.is_dir() else 2 * num_bytes


def _make_apart(request, folder, tell):
    """Have a run made in a process of its own that keeps all it writes in a folder."""
    made, home, file = folder / MADE, folder / HOME, folder / REQUEST
    made.mkdir()
    home.mkdir()
    file.write_text(json.dumps({**request, "folder": str(made)}), encoding="utf-8")
    limits.run_apart(MODULE, [str(file)], home=home, seconds=PATIENCE_SECONDS, tell=tell)
    return made
