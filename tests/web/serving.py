import json
import os
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from contextlib import contextmanager

from benchmarks.visiting import Visitor
from explorer.paths import PROJECT
from tests.waiting import answer_of, run_async

RUNS = ("characters-adequate", "characters-too-large")
SETTINGS = {
    "EXPLORER_UPLOADS_MB": "2",
    "EXPLORER_ALL_UPLOADS_MB": "40",
    "EXPLORER_UPLOAD_SECONDS": "4",
    "EXPLORER_JOBS": "1",
    "STREAMLIT_SERVER_ALLOWED_HOSTS": "localhost app.example.org",
}
# Of a visitor's text: markup that fetches an address, an icon, and the end of an expression.
EVIL = "EVIL ![x](http://evil.example/x) <img src=x> :material/delete: ' + datum['x'] + \"] $x^2$"
Served = namedtuple("Served", "url folder process")


@contextmanager
def serve_two_runs(folder, **settings):
    """Serve two runs whose words are a stranger's, with a third outside the folder of runs."""
    for name in RUNS:
        shutil.copytree(PROJECT / "checkpoints" / name, folder / "runs" / name)
        rename(folder / "runs" / name / "run.json", EVIL + name)
    shutil.copytree(folder / "runs" / RUNS[0], folder / "outside")
    rename(folder / "outside" / "run.json", "OUTSIDE")
    process, url = start(folder, **SETTINGS, **settings)
    yield Served(url, folder, process)
    end(process)


def rename(path, name):
    description = json.loads(path.read_text())
    description["name"] = name
    classes = description["data"]["class_names"]
    description["data"]["class_names"] = [f"{EVIL}{number}" for number in range(len(classes))]
    path.write_text(json.dumps(description))


def start(folder, **settings):
    """Start a server on `folder/runs` with its cache beside; return its process and address."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    folders = {"EXPLORER_CHECKPOINTS": folder / "runs", "EXPLORER_CACHE": folder / "cache"}
    with (folder / f"server-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
            + ["--server.port", str(port), "--server.headless", "true"],
            cwd=PROJECT,
            env={**os.environ, **{name: str(path) for name, path in folders.items()}, **settings},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    url = f"http://localhost:{port}"
    answer_of(process, f"{url}/_stcore/health")
    return process, url


def end(process):
    process.terminate()
    process.wait(timeout=20)


def visits(url, *places, **headers):
    """Visit pages, one after the other in one session; return what was seen of each."""

    async def go():
        async with Visitor(url, **headers) as visitor:
            return [await visitor.visit(page, query) for page, query in places]

    return run_async(go())


def visit(url, page="", query="", **headers):
    return visits(url, (page, query), **headers)[0]
