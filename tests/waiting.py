"""Waiting for what another process does."""

import asyncio
import subprocess
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor


def wait_until(condition, seconds=90):
    """Ask again and again until there is an answer; return it."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.02)
    return found


def answer_of(server: subprocess.Popen, url: str, seconds=90) -> bytes:
    """Ask a server that is just starting until it answers, and return what it says."""
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # by no proxy

    def ask():
        try:
            with straight.open(url, timeout=10) as answer:
                return [answer.read()]
        except OSError:
            assert server.poll() is None, "The server ended."
            return None

    try:
        return wait_until(ask, seconds)[0]
    except AssertionError:
        server.kill()
        raise


def run_async(coroutine):
    """Run a coroutine to its end, and return what it returns.

    In a thread of its own: Playwright leaves a loop running in the one in which it was started.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
