"""Thirty visitors at once on the pages Compare and Filters, beside one alone.

The load: each visitor is a session of its own and thinks for 8 to 16 seconds between two changes of
the page, so that thirty make 2.5 changes a second together. A change goes to one of seven views of
the two pages; each visitor looks at one or two of the four bundled runs, drawn at the start. It is
over when all of the page has come, answers of the inference process included. The visitors speak
Streamlit's protocol without a browser (see `visiting.py`), as thirty browsers would leave two cores
nothing for the server. The one alone makes such changes on the same server, warmed up in the same
way. Afterwards thirty come for a little longer with a real browser among them, which opens
pages anew and measures until they stand still: that is printed and not judged, as here the browser
takes its processor time from the server.

The claims: no error, the 95th percentile of a change at most three times that of the one alone, and
the server's memory bounded.

    python benchmarks/load.py
"""

import argparse
import asyncio
import itertools
import random
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager

import numpy as np
import psutil
from browser import ROOT, SETTLED, machine, open_browser, start_streamlit
from visiting import Visitor

TIMES_LIMIT = 3.0
SERVER_MB = 700
THINKING = (8.0, 16.0)
RUNS = ("characters-adequate", "characters-too-large", "characters-dense", "photographs")
VIEWS = (
    ("compare", "Curves"),
    ("compare", "Distributions"),
    ("compare", "Weights"),
    ("compare", "Take away"),
    ("filters", "Classes"),
    ("filters", "Feature maps"),
    ("filters", "Filters"),
)
WAIT_MS = 120_000


def changes(choose: random.Random):
    """Yield what a visitor goes to, for ever: a page and what stands behind it in the address."""
    pair = choose.sample(RUNS, 2)
    while True:
        page, view = choose.choice(VIEWS)
        yield page, address(page, view, *pair)


def address(page: str, view: str, first: str, second: str) -> str:
    """Return what stands behind a page in the address."""
    runs = f"run={first}" if page == "filters" else f"a={first}&b={second}"
    return f"{runs}&view={view.replace(' ', '+')}"


async def stay(url: str, number: int, seconds: float, thinking: Callable[[], float]) -> list:
    """Visit the app for a while; return what each change took, and what went wrong."""
    choose, took = random.Random(number), []
    async with Visitor(url) as visitor:
        end = time.monotonic() + seconds
        await asyncio.sleep(thinking() * choose.random())
        for page, query in changes(choose):
            seen = await visitor.visit(page, query)
            took.append((page, seen.seconds, seen.errors))
            if time.monotonic() > end:
                return took
            await asyncio.sleep(thinking())


async def warm_up(url: str) -> None:
    """See every view of every pair of runs once: what is measured is not the first reading."""
    for pair in itertools.permutations(RUNS, 2):
        async with Visitor(url) as visitor:
            for page, view in VIEWS:
                await visitor.visit(page, address(page, view, *pair))


async def crowd(url: str, number: int, seconds: float) -> list:
    """Have many stay at once; return all that it took, and what went wrong."""
    choose = random.Random(0)

    def thinking():
        return choose.uniform(*THINKING)

    stays = [stay(url, one, seconds, thinking) for one in range(number)]
    return [change for took in await asyncio.gather(*stays) for change in took]


@contextmanager
def browsers_beside(url: str, number: int, found: list):
    """Have real browsers change the page all the while, one after the other."""
    over = threading.Event()

    def move():
        with open_browser() as browser:
            pages = [browser.new_context().new_page() for _ in range(number)]
            going = [changes(random.Random(1000 + one)) for one in range(number)]
            while not over.is_set():
                for page, next_ones in zip(pages, going, strict=True):
                    if not over.wait(sum(THINKING) / 2 / number):
                        found.append(open_in(page, url, *next(next_ones)))

    thread = threading.Thread(target=move)
    thread.start() if number else None
    try:
        yield
    finally:
        over.set()
        thread.join() if number else None


def open_in(page, url, name, query):
    """Open a page of the app in a browser; return the seconds and what it says went wrong."""
    begun = time.perf_counter()
    page.goto(f"{url}/{name}?{query}", wait_until="commit")
    page.wait_for_selector(SETTLED, timeout=WAIT_MS)
    seconds = time.perf_counter() - begun
    wrong = page.locator("[data-testid=stException], [data-testid=stAlertContentError]")
    return name, seconds, wrong.all_inner_texts()


@contextmanager
def watched(pid: int, sizes: list):
    """Note the memory of the server all the while, in megabytes; its children apart."""
    over = threading.Event()

    def look():
        server = psutil.Process(pid)
        while not over.wait(0.5):
            sizes.append((server.memory_info().rss / 1e6, _children_mb(server)))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _children_mb(server):
    total = 0.0
    for child in server.children(recursive=True):
        try:
            total += child.memory_info().rss / 1e6
        except psutil.NoSuchProcess:
            continue
    return total


def quantiles(took) -> tuple[float, float]:
    """Return the median and the 95th percentile of some changes, in seconds."""
    seconds = [one for _, one, _ in took]
    return float(np.median(seconds)), float(np.percentile(seconds, 95))


def say(title: str, took: list) -> float:
    """Print a line on some changes; return the 95th percentile."""
    if not took:
        return 0.0
    middle, most = quantiles(took)
    pages = {page: [one for one in took if one[0] == page] for page in ("compare", "filters")}
    each = ", ".join(
        f"{page} {quantiles(some)[0] * 1e3:.0f} and {quantiles(some)[1] * 1e3:.0f} ms"
        for page, some in pages.items()
        if some
    )
    print(
        f"{title}: {len(took)} changes, median {middle * 1e3:.0f} ms, 95 % within "
        f"{most * 1e3:.0f} ms ({each})",
        flush=True,
    )
    return most


def main() -> int:
    """Measure, print, and return 1 when a claim does not hold."""
    options = parser().parse_args()
    sizes, in_browsers = [], []
    print(machine(), flush=True)
    with start_streamlit(ROOT / "streamlit_app.py") as server:
        asyncio.run(warm_up(server.url))
        with watched(server.pid, sizes):
            alone = asyncio.run(stay(server.url, 1, options.alone_seconds, lambda: 0.5))
            one = say("one visitor", alone)
            took = asyncio.run(crowd(server.url, options.visitors, options.seconds))
            with browsers_beside(server.url, options.browsers, in_browsers):
                beside = asyncio.run(crowd(server.url, options.visitors, options.beside_seconds))
    all_of_them = say(f"{options.visitors} visitors", took)
    say(f"{options.visitors} visitors with a browser beside", beside)
    say("the browser, page opened anew", in_browsers)
    errors = [error for _, _, some in alone + took + beside + in_browsers for error in some]
    largest = max(size for size, _ in sizes)
    print(f"times the one alone: {all_of_them / one:.2f} (limit {TIMES_LIMIT})")
    print(f"errors: {len(errors)} (limit 0) {errors[:3] or ''}")
    print(
        f"memory of the server: {largest:.0f} MB at most (limit {SERVER_MB}); of its processes "
        f"beside, {max(size for _, size in sizes):.0f} MB"
    )
    return int(bool(errors) or all_of_them > TIMES_LIMIT * one or largest > SERVER_MB)


def parser() -> argparse.ArgumentParser:
    """Return what can be asked for."""
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--visitors", type=int, default=30)
    made.add_argument("--browsers", type=int, default=1)
    made.add_argument("--seconds", type=float, default=80.0, help="each visitor stays")
    made.add_argument("--beside-seconds", type=float, default=20.0, help="with a browser")
    made.add_argument("--alone-seconds", type=float, default=20.0)
    return made


if __name__ == "__main__":
    sys.exit(main())
