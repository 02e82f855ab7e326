"""What `run.json` says of a run, and whether its process lives."""

from functools import cached_property
from pathlib import Path

from explorer.runs import files
from explorer.runs.lock import is_alive, is_starting

LIVE = ("waiting", "starting", "running")
LOG_LINES = 12


class Described:
    """A training on disk, as its `run.json` tells of it.

    Args:
        folder: The run folder.
        description: The content of its `run.json`.
    """

    def __init__(self, folder: Path, description: dict):
        self.folder = folder
        self.description = description

    def __repr__(self):
        return f"Run({self.id!r}, {self.name!r}, {self.status!r})"

    @property
    def id(self) -> str:
        """Name of the folder, unique among the runs beside it."""
        return self.folder.name

    @property
    def name(self) -> str:
        """Name given by a person; need not be unique."""
        return str(self.description.get("name") or self.id)

    @property
    def spec(self) -> dict:
        """What was asked for, see `TrainingSpec`; empty for a run from someone's own script."""
        return self.description.get("spec") or {}

    @property
    def data(self) -> dict:
        """The images: name, fingerprint, class names, numbers in each part."""
        return self.description.get("data") or {}

    @property
    def network(self) -> dict:
        """The network: its Keras configuration and number of parameters."""
        return self.description.get("network") or {}

    @property
    def recording(self) -> dict:
        """How it was recorded and what that cost."""
        return self.description.get("recording") or {}

    @property
    def source(self) -> dict:
        """What it was made from and what that lacks, see `source`; empty for what was recorded."""
        return self.description.get("source") or {}

    @property
    def class_names(self) -> list[str]:
        """Names of the classes, in the order of the logits."""
        return self.data.get("class_names") or []

    @property
    def planned_steps(self) -> int:
        """Weight updates the whole training takes; 0 when unknown."""
        return int(self.description.get("planned_steps") or 0)

    @cached_property
    def status(self) -> str:
        """One of waiting, starting, running, finished, stopped, failed, imported."""
        written = self.description.get("status", "stopped")
        if written in LIVE and not is_alive(self.folder) and not is_starting(self.folder):
            return "failed"
        return written

    @property
    def is_live(self) -> bool:
        """Whether a process is working, or waiting to work, on this run."""
        return self.status in LIVE

    @property
    def detail(self) -> str:
        """Why it is as it is, in a line; the last lines of the log for a dead process."""
        if self.status == "failed" and self.description.get("status") in LIVE:
            return "The training process ended without a word. " + (self.log_tail() or "")
        return str(self.description.get("detail") or "")

    def log_tail(self, lines: int = LOG_LINES) -> str:
        """Return the last lines the training process printed."""
        path = self.folder / files.LOG
        if not path.exists():
            return ""
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])

    def size_bytes(self) -> int:
        """Add up the files of the run; those of a live one come and go meanwhile."""
        return files.folder_bytes(self.folder)
