"""A thousand visits and two hundred uploads: what the server keeps, and what it leaves behind.

The visits go to every page, in sessions of ten visits each; the uploads, pictures and archives of
up to 8 MB, go the way of the field for files. Resident memory is compared with that after a warm-up
which filled what is kept for all visitors. Sessions that have left are forgotten by Streamlit after
`server.disconnectedSessionTTL`, here 10 seconds; the script waits for that before it reads the last
figure.

The claims: no error, less than 100 MB of growth, and no process left behind when the server ends.

    python benchmarks/soak.py
"""

import argparse
import asyncio
import os
import random
import sys
import time

import psutil
from browser import ROOT, machine, start_streamlit
from visiting import Visitor

GROWTH_MB = 100
PLACES = (
    ("", ""),
    ("convolution", ""),
    ("trainer", "view=Runs"),
    ("compare", "view=Curves"),
    ("compare", "view=Distributions"),
    ("compare", "view=Weights"),
    ("learning_rate", ""),
    ("filters", "run=photographs&view=Classes"),
    ("filters", "run=photographs&view=Feature+maps"),
    ("filters", "run=characters-adequate&view=Filters"),
)
LARGEST = 8_000_000
TTL_SECONDS = 10
LEFT_SECONDS = 30  # until what ended sessions held is forgotten
END_SECONDS = 30


class Soak:
    """Visits and uploads, counted, with all that went wrong."""

    def __init__(self, url: str):
        self._url, self._choose = url, random.Random(0)
        self.visits = self.uploads = 0
        self.errors = []

    async def session(self, num_uploads: int):
        """Be one visitor: see every place once, give some files, and leave."""
        async with Visitor(self._url) as visitor:
            for page, query in PLACES:
                seen = await visitor.visit(page, query)
                self.visits += 1
                self.errors += seen.errors
            for _ in range(num_uploads):
                content = os.urandom(self._choose.randrange(LARGEST))
                status = await visitor.upload("file.bin", content)
                self.uploads += 1
                self.errors += [] if status == 204 else [f"an upload got {status}"]


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process."""
    return psutil.Process(pid).memory_info().rss / 1e6


async def run(url: str, pid: int, options) -> tuple[Soak, float, float]:
    """Soak the server; return what happened, and its memory before and after."""
    warm = Soak(url)
    for _ in range(options.warm_up):
        await warm.session(2)
    await asyncio.sleep(TTL_SECONDS + LEFT_SECONDS)
    before, soak = rss_mb(pid), Soak(url)
    soak.errors += warm.errors
    print(f"after {warm.visits} visits to warm up: {before:.0f} MB", flush=True)
    sessions = options.visits // len(PLACES)
    for number in range(sessions):
        share = options.uploads * (number + 1) // sessions - options.uploads * number // sessions
        await soak.session(share)
        if (number + 1) % 20 == 0:
            print(f"{soak.visits} visits, {soak.uploads} uploads: {rss_mb(pid):.0f} MB", flush=True)
    await asyncio.sleep(TTL_SECONDS + LEFT_SECONDS)
    return soak, before, rss_mb(pid)


def left_behind(children: list[psutil.Process]) -> list[str]:
    """Return the processes that still live some time after their server has ended."""
    _, alive = psutil.wait_procs(children, timeout=END_SECONDS)
    return [" ".join(one.cmdline()[:4]) for one in alive if one.is_running()]


def main() -> int:
    """Soak, print, and return 1 when a claim does not hold."""
    options = parser().parse_args()
    print(machine(), flush=True)
    begun = time.monotonic()
    env = {"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": str(TTL_SECONDS)}
    with start_streamlit(ROOT / "streamlit_app.py", env=env) as server:
        soak, before, after = asyncio.run(run(server.url, server.pid, options))
        children = psutil.Process(server.pid).children(recursive=True)
    left = left_behind(children)
    print(
        f"{soak.visits} visits and {soak.uploads} uploads in {time.monotonic() - begun:.0f} s: "
        f"{before:.0f} MB before, {after:.0f} MB after"
    )
    print(f"growth: {after - before:.0f} MB (limit {GROWTH_MB} MB)")
    print(f"errors: {len(soak.errors)} (limit 0) {soak.errors[:3] or ''}")
    print(f"processes of {len(children)} left behind: {len(left)} (limit 0) {left or ''}")
    return int(after - before > GROWTH_MB or bool(soak.errors) or bool(left))


def parser() -> argparse.ArgumentParser:
    """Return what can be asked for."""
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--visits", type=int, default=1000)
    made.add_argument("--uploads", type=int, default=200)
    made.add_argument("--warm-up", type=int, default=10, help="sessions of ten visits")
    return made


if __name__ == "__main__":
    sys.exit(main())
