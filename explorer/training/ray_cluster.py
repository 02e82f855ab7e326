"""Trainings on a Ray cluster: each is a task, and an ordinary run in a folder all nodes see.

Ray says when and on which node a run begins; everything else is told by the run folder, as with
the jobs of one machine. Until then the driver, the process that asked for the trainings, holds
the lock of the run: a run that waits is alive for as long as its driver is. Ray is loaded only
when it is used; it is an optional dependency.
"""

import gc
import os
import platform
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from explorer import runs
from explorer.paths import PROJECT
from explorer.runs import files
from explorer.runs.lock import writer_lock
from explorer.runs.write import update_description
from explorer.training import worker
from explorer.training.processes import computing_environment

ANSWER_SECONDS = 3
CONNECT_SECONDS = 60  # of a cluster that has answered; a busy one takes its time
# What a client says first in HTTP/2, with an empty frame of settings; a server answers with its
# own (M. Thomson and C. Benfield, RFC 9113, section 3.4, 2022). Ray speaks gRPC, which is that.
GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
SETTINGS = 4
LOCK_SECONDS = 60  # the driver gives the lock away as soon as it sees that a node has begun
POLL_SECONDS = 0.3
# To start a process and load TensorFlow takes 5 s, so that a process trains one run after the
# other. Each leaves memory behind, 10 MB with the article's network, but 100 MB and more with one
# that takes 2 GB: a process does not do so for ever.
TRAININGS_OF_A_PROCESS = 4
MISSING = (
    "Ray is not installed. Install it with: pip install 'ray>=2.60' (or, from the project's "
    "folder, pip install '.[ray]'), on this machine and on every node of the cluster."
)


def connect(address: str) -> None:
    """Connect to a running Ray cluster.

    Args:
        address: `"auto"` for the one this machine belongs to, or `"host:port"`.

    Raises:
        ValueError: Ray is not installed, or nobody answers at the address.
    """
    try:
        import ray
    except ImportError:
        raise ValueError(MISSING) from None
    address = _found(address)
    _check_answer(address)
    errors = []

    def join():
        try:
            ray.init(
                address=address,
                log_to_driver=False,
                logging_level="ERROR",
                runtime_env={"py_modules": [str(PROJECT / "explorer")]},  # the same everywhere
            )
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            errors.append(error)

    joining = threading.Thread(target=join, name="ray", daemon=True)  # Ray tries for minutes
    with _written_to(Path(os.devnull), streams=(2,)):  # Ray's own code tells there how it fails
        joining.start()
        joining.join(CONNECT_SECONDS)
    if errors:
        raise ValueError(_not_joined(address, str(errors[0])))
    if joining.is_alive():
        raise ValueError(_not_joined(address, "what answers there is no Ray cluster."))


def disconnect() -> None:
    """Leave the cluster; what still runs there for this process is ended."""
    import ray

    ray.shutdown()


def largest_node() -> int:
    """Return the cores of the largest node there is at this moment."""
    import ray

    nodes = [node for node in ray.nodes() if node["Alive"]]
    return int(max((node["Resources"].get("CPU", 0) for node in nodes), default=0))


def train(folders: Sequence[Path], *, num_cpus: int = 1) -> Iterator[None]:
    """Train prepared runs on the cluster, yielding now and then until all have ended.

    A run that is asked to stop while it waits is taken back; one at work stops by itself.

    Args:
        folders: Run folders from `jobs.prepare`, at a path where all nodes see them.
        num_cpus: Cores for each training, which computes with as many threads.
    """
    import ray

    task = ray.remote(
        num_cpus=num_cpus,
        max_calls=TRAININGS_OF_A_PROCESS,
        max_retries=0,
        runtime_env={"env_vars": computing_environment(num_cpus)},
    )(train_here)
    locks = {folder: writer_lock(folder) for folder in folders}
    try:
        for lock in locks.values():
            lock.acquire(timeout=0)
        going = {task.remote(str(folder)): folder for folder in folders}
        while going:
            ended, _ = ray.wait(list(going), num_returns=len(going), timeout=POLL_SECONDS)
            for reference in ended:
                folder = going.pop(reference)
                locks[folder].release()
                _close(folder, reference)
            for reference, folder in going.items():
                _look_at(folder, locks[folder], reference)
            yield
    finally:
        for lock in locks.values():
            lock.release()


def train_here(folder: str) -> int:
    """Train a prepared run in this process, on a node of the cluster; return the exit status.

    Raises:
        FileNotFoundError: The node does not see the folder.
    """
    path = Path(folder)
    if not (path / files.RUN).is_file():
        raise FileNotFoundError(
            f"The node {platform.node()} does not see {folder!r}. All nodes need the folder of "
            "runs at the same path: mount it there, or set EXPLORER_CHECKPOINTS."
        )
    update_description(path, status="starting")
    with (
        _written_to(path / files.LOG, streams=(1, 2)),
        writer_lock(path).acquire(timeout=LOCK_SECONDS),
    ):
        try:
            return worker.work(path, None)
        finally:
            _forget_training()


def _look_at(folder, lock, reference):
    """Give the lock to the node that has begun, or take back a run that is not wanted any more.

    A run that has begun sees for itself that it is to stop; an interrupt might meet the run that
    comes next in its process.
    """
    if not lock.is_locked:
        return
    is_there = folder.is_dir()
    if is_there and runs.open_run(folder).description["status"] != "waiting":
        lock.release()
    elif not is_there or (folder / files.STOP).exists():
        import ray

        ray.cancel(reference)


def _forget_training():
    """Leave nothing of a training to the next one in this process: neither memory nor names."""
    if keras := sys.modules.get("keras"):
        keras.utils.clear_session()
    gc.collect()


def _close(folder, reference):
    """Write down how a run ended whose process could not do so itself."""
    import ray

    try:
        ray.get(reference)
    except ray.exceptions.TaskCancelledError:
        end = {"status": "stopped", "detail": worker.STOPPED_WAITING}
    except ray.exceptions.RayError as error:
        end = {"status": "failed", "detail": _why(error)}
    else:
        return
    with suppress(OSError):  # deleted, or on a full disk; a run that nobody trains reads as failed
        update_description(folder, **end)
        (folder / files.STOP).unlink(missing_ok=True)


def _why(error):
    """Say in a line why a task ended that should not have."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, FileNotFoundError):
        return str(cause)
    if isinstance(cause, ImportError):
        return f"The node lacks a package ({cause}). Install requirements.txt on every node."
    if cause is not None:
        line = " ".join(str(cause).split())[:300]
        return f"It could not be trained there. {type(cause).__name__}: {line}"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"Its process on the cluster ended: {(lines or [type(error).__name__])[0][:300]}"


def _found(address):
    """Return the address that Ray takes for `"auto"`, which may be of a cluster long gone."""
    if address != "auto":
        return address
    from ray._private import services  # there is no public way to ask

    try:
        return services.get_ray_address_from_environment(address, None)
    except ConnectionError as error:
        raise ValueError(_not_joined(address, str(error))) from None


def _check_answer(address):
    """See that somebody listens; Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(
            f"--ray is {address!r}. Give the address of the head node, such as 192.0.2.10:6379, "
            "or auto for the cluster that this machine belongs to."
        )
    try:
        if not _speaks(host, int(port)):
            raise ValueError(_not_joined(address, "what answers there is no Ray cluster."))
    except (OSError, OverflowError) as error:
        raise ValueError(_not_joined(address, f"{error}.")) from None


def _speaks(host, port):
    """Say whether somebody who listens there speaks HTTP/2; with TLS that cannot be told."""
    with socket.create_connection((host, port), timeout=ANSWER_SECONDS) as connection:
        if os.environ.get("RAY_USE_TLS", "0").lower() in ("1", "true"):
            return True
        connection.sendall(GREETING)
        return connection.recv(len(GREETING))[3:4] == bytes([SETTINGS])


@contextmanager
def _written_to(file, *, streams):
    """Let all that this process writes to some of its descriptors go to a file for a while."""
    kept = {stream: os.dup(stream) for stream in streams}
    try:
        with file.open("ab") as log:
            for stream in streams:
                os.dup2(log.fileno(), stream)
        yield
    finally:
        for stream, former in kept.items():
            os.dup2(former, stream)
            os.close(former)


def _not_joined(address, reason):
    line = " ".join(reason.split())[:300]
    return (
        f"No Ray cluster could be reached at {address!r}: {line} Start one with "
        "ray start --head, and give the address that it prints."
    )
