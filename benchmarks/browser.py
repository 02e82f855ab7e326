"""Start a Streamlit server and open its pages in Chromium. Helpers of the browser benchmarks."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"


@dataclass(frozen=True)
class Server:
    """A running Streamlit server.

    Args:
        url: Its address, without a slash at the end.
        pid: Its process.
        started: When the process was started, on the clock of `time.perf_counter`.
    """

    url: str
    pid: int
    started: float


@contextlib.contextmanager
def start_streamlit(
    script: Path, *, env: dict | None = None, start_in: Path = ROOT
) -> Iterator[Server]:
    """Run a Streamlit script on a free port and wait until it answers; stop it at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += ["--server.port", str(port), "--server.headless", "true"]
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        server = subprocess.Popen(
            command,
            cwd=start_in,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_healthy(server, port, log)
            yield Server(f"http://localhost:{port}", server.pid, started)
        finally:
            _end(server)


@contextlib.contextmanager
def open_browser() -> Iterator:
    """Start headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def open_page(browser, url: str, *, width: int = 1440, height: int = 1200) -> Page:
    """Open an address in a new, clean page."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(url, wait_until="domcontentloaded")
    return page


def _end(server):
    """Ask the server to end; a machine at its limits may need more than asking."""
    server.terminate()
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def machine() -> str:
    """Say what the figures were measured on."""
    return f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def _wait_until_healthy(server, port, log, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2)
            return
        time.sleep(0.02)
    log.seek(0)
    raise RuntimeError(f"The Streamlit server did not start:\n{log.read().decode()[-2000:]}")
