"""A process that is thrown away, for files that may harm whoever opens them. No TensorFlow."""

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from explorer.paths import PROJECT

APART = "explorer.models.apart"
CHECK_BYTES = 2_000_000_000
CHECK_SECONDS = 20
OPEN_BYTES = 4_000_000_000  # TensorFlow alone needs more than two
OPEN_SECONDS = 120
OPEN_PATIENCE_SECONDS = 300  # by the clock, on a busy machine
SAID_BYTES = 10_000  # of a process that only says something; it goes to a file
WRITTEN_BYTES = 300_000_000
REFUSED = 3  # exit status of a process that says on standard output what is wrong
LOOK_SECONDS = 0.05
MOST_LETTERS = 500
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "PYTHONUNBUFFERED": "1"}
PASSED_ON = ("PATH", "LANG", "LD_LIBRARY_PATH", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def set_limits(*, memory_bytes: int, seconds: int, file_bytes: int) -> None:
    """Limit this process for the rest of its life.

    Args:
        memory_bytes: Of addresses.
        seconds: Of computing, summed over its threads.
        file_bytes: Largest file it may write.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run_apart(
    module: str,
    arguments: list[str],
    *,
    home: Path,
    seconds: float,
    tell: Callable[[float], None] = lambda passed: None,
) -> None:
    """Run a module in a process of its own and wait for its end; it has none beyond this one's.

    Args:
        module: Run as `python -m MODULE`; it sets its limits itself, first of all.
        arguments: Its arguments.
        home: A folder for all it writes without being told where. Give one that goes also when
            this process is killed, see `runs.hidden`.
        seconds: After so long it is killed.
        tell: Called again and again with the seconds passed; if it raises, the process is killed.

    Raises:
        ValueError: It refused its task, was killed or crashed; says why in one line.
    """
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", APART, module, *arguments],
            cwd=PROJECT,
            env=_environment(str(home)),
            stdin=subprocess.PIPE,  # its end is the sign that this process has ended
            stdout=said,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            in_time = _wait(process, seconds, tell)
        finally:
            _kill(process)
        said.seek(0)
        words = said.read(4 * MOST_LETTERS).decode("utf-8", "replace")
    if process.returncode != 0:
        raise ValueError(_why(process.returncode, in_time, words))


def _environment(folder):
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    own = {"HOME": folder, "TMPDIR": folder, "KERAS_HOME": folder, "MPLCONFIGDIR": folder}
    return {**passed, **QUIET, **own}


def _wait(process, seconds, tell) -> bool:
    begun = time.monotonic()
    while process.poll() is None:
        passed = time.monotonic() - begun
        if passed > seconds:
            return False
        tell(passed)
        time.sleep(LOOK_SECONDS)
    return True


def _kill(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdin.close()


def _why(code, in_time, words):
    if code == REFUSED and words.strip():
        return " ".join(words.split())[:MOST_LETTERS]
    if not in_time or code == -signal.SIGXCPU:
        return "Opening the file took too long and was ended. Give a smaller network."
    how = f"signal {-code}" if code < 0 else f"exit status {code}"
    return (
        f"The file made the process that opened it end ({how}); most likely it needs more memory "
        "than a network may take. Nothing else was touched. Give another file."
    )
