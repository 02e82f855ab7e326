"""Waiting for what another process does."""

import time


def wait_until(condition, seconds=90):
    """Ask again and again until there is an answer; return it."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.02)
    return found
