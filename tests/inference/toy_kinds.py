"""Requests that need no network, to try the inference process with."""

import os
import signal
import struct
import sys
import time

import numpy as np


def echo(progress, values, seconds=0.0, scale=1.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        progress(0.5, f"Echoing {len(values)} values")
        time.sleep(0.02)
    return {"values": scale * np.array(values), "process": np.array(os.getpid())}


def fail(progress, kind, words):
    raise {"value": ValueError, "key": KeyError}[kind](words)


def crash(progress, code):
    os._exit(code)


def die_while_answering(progress):
    """Send the beginning of a message of a megabyte, and be killed."""
    os.write(progress._connection.fileno(), struct.pack("!i", 1_000_000) + b"{")
    os.kill(os.getpid(), signal.SIGKILL)


def be_deaf(progress):
    time.sleep(60)


def loaded(progress):
    return {"names": np.array(sorted(sys.modules))}


KINDS = {
    "echo": echo,
    "fail": fail,
    "crash": crash,
    "die_while_answering": die_while_answering,
    "be_deaf": be_deaf,
    "loaded": loaded,
}
