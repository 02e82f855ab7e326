"""The beginning of a process that is thrown away: no network, and no life beyond its starter's.

`python -m explorer.models.apart MODULE ARGUMENTS...` runs a module as a program. Its standard
input is a pipe whose other end is held by whoever started it; the system closes that end however
that process ends, and then this one ends at once.
"""

import ctypes
import os
import runpy
import sys
import threading

NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET of Linux
LEFT_ALONE = 4  # exit status, which nobody is there to read


def main(arguments: list[str]) -> None:
    """Run a module; see above."""
    leave_network()
    threading.Thread(target=_end_with_starter, daemon=True).start()
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


def leave_network() -> None:
    """Cut this process off from the network, where the system allows that.

    Only a process of a single thread may become another user to do so: this comes before NumPy
    and TensorFlow, which start some.
    """
    if sys.platform != "linux":
        return
    system = ctypes.CDLL(None)
    if system.unshare(NEW_NETWORK) != 0:
        system.unshare(NEW_USER | NEW_NETWORK)


def _end_with_starter():
    os.read(0, 1)  # nobody writes anything: this returns when the other end is closed
    os._exit(LEFT_ALONE)


if __name__ == "__main__":
    main(sys.argv[1:])
