"""The run folder: the only contract between training and looking.

Whoever writes such a folder can be explored; whoever reads one needs NumPy and safetensors only.
"""

from explorer.runs.listing import find, list_runs, new_folder
from explorer.runs.lock import is_alive
from explorer.runs.metrics import Metrics
from explorer.runs.read import Run, RunError, open_run
from explorer.runs.tensors import KINDS, TensorInfo

__all__ = [
    "KINDS",
    "Metrics",
    "Run",
    "RunError",
    "TensorInfo",
    "find",
    "is_alive",
    "list_runs",
    "new_folder",
    "open_run",
]
