"""Looking at a file of a stranger in a process that is thrown away. No TensorFlow."""

from pathlib import Path

from explorer.models.kept_files import networks_dir
from explorer.models.limits import run_apart
from explorer.runs.hidden import hidden_folder

MODULE = "explorer.models.keras_file"
CHECKING = ".checking-"
PATIENCE_SECONDS = 60  # by the clock, on a busy machine


def check_apart(path: Path, *, holds: str = "network") -> None:
    """Check a file in a process of its own, see `keras_file.check_file`.

    Args:
        path: The file.
        holds: `"network"` for a `.keras` file, `"weights"` for weights alone.

    Raises:
        ValueError: It cannot be opened; says why.
        OSError: The cache cannot be written.
    """
    with hidden_folder(networks_dir(), CHECKING) as home:
        run_apart(MODULE, [str(path), holds], home=home, seconds=PATIENCE_SECONDS)
