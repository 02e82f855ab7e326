"""Starting the explorer's own processes: trainings, and the one that looks into networks.

Neither loads TensorFlow where the page is drawn, and each runs with its share of the cores.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import BinaryIO

from explorer.paths import PROJECT, cache_dir, runs_dir
from explorer.training import queue

# oneDNN convolves up to 2.6 times faster than TensorFlow's default on processors without AVX-512.
# Every step allocates tensors of megabytes; the allocator is told to keep them, not to give them
# back to the system and fault them in again at the next step.
FAST = {
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(2**30),
    "MALLOC_TRIM_THRESHOLD_": str(2**32),
    "MALLOC_TOP_PAD_": str(2**28),
}


def start(
    module: str, arguments: Sequence[str], *, log: BinaryIO, descriptor: int
) -> subprocess.Popen:
    """Start a process that outlives a request, and maybe whoever started it.

    Args:
        module: Run as `python -m MODULE`.
        arguments: Its arguments.
        log: Takes what it prints.
        descriptor: Of an open file or line that it inherits.

    Raises:
        OSError: It cannot be started.
        ValueError: `EXPLORER_JOBS` is no number of jobs.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=PROJECT,
        env={**os.environ, **worker_environment()},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        pass_fds=(descriptor,),
    )


def worker_environment() -> dict[str, str]:
    """Return the variables a process runs under: its share of the cores, folders, fast kernels."""
    return {
        **computing_environment(max(1, queue.num_cores() // queue.num_slots())),
        "EXPLORER_CHECKPOINTS": str(runs_dir()),
        "EXPLORER_CACHE": str(cache_dir()),
    }


def computing_environment(threads: int) -> dict[str, str]:
    """Return the variables that say how TensorFlow computes; it reads them at its start.

    How many threads share one operation decides the last bits of its result. How many operations
    run beside each other does not; but a training with one core that runs two of them takes up
    more than its core, and a sixth more of the processor's time in all.
    """
    return {
        **{name: os.environ.get(name, value) for name, value in FAST.items()},
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": str(min(threads, 2)),
        "OMP_NUM_THREADS": str(threads),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONUNBUFFERED": "1",
    }
