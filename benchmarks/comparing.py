"""How fast the Compare page opens and scrubs, in a real browser.

    python benchmarks/comparing.py                        # all three parts, some minutes
    python benchmarks/comparing.py --only scrubbing opening large

**Scrubbing**: two synthetic runs of 120 recorded steps of all layers of the article's network.
In the views Distributions (one tensor with ridges, then all layers) and Weights the slider is
moved; a move is over with the second animation frame after its `input` event. The claims: 95 %
of moves within 50 ms; coloured pixels change at every move (captions and axes are grey: they do
not count); no message to the server.

**Opening**: the two bundled runs on a warm server. The clock starts with the reload and stops
when the chart of the view is drawn. The claim: at most 1.5 s for the view that comes first.

**Large**: a run of 1,000 recorded steps and 60 tensors, 400 MB on disk, which the server has not
seen before. The clock stops when the distributions of one tensor are drawn in the browser. The
claims: at most 2 s, and at most a fifth of what TensorBoard's loader (`EventAccumulator`, all
steps kept) needs until it can give the same histograms, without its server and its page. The
loader in Rust that TensorBoard prefers where it is installed is timed as well. Pairs alternate.

Exit code 1 if a claim does not hold.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import psutil
from browser import ROOT, SETTLED, machine, open_browser, open_page, start_streamlit

sys.path.insert(0, str(ROOT))
from comparing_data import LARGE_STEPS, article, large, write_run
from comparing_peer import read_in_process, write_in_process
from scrubbing import LIMIT_MS, PREPARE
from start_up import IS_DRAWN

WARM_UP = 5
MOST_SECONDS = 1.5
MOST_SECONDS_LARGE = 2.0
MOST_RATIO = 0.2
WAIT_MS = 120_000
APP = ROOT / "streamlit_app.py"
CONV, BIG = "conv_2/kernel", "conv_5/kernel"
# Name of a view, and what the address says to open it.
SCRUBBED = {
    "Distributions, one tensor": {"view": "Distributions", "tensor": CONV},
    "Distributions, all layers": {"view": "Distributions", "tensor": "All layers"},
    "Weights": {"view": "Weights", "tensor": CONV},
}
# And the container of its chart.
OPENED = {
    "Curves": ("curves", {}),
    "Distributions": ("distribution", {"view": "Distributions"}),
    "Weights": ("kernel", {"view": "Weights"}),
}
# Captions, axes and the rule of the slider are grey; what is drawn of the data has a colour.
ONLY_COLORS = """
scrub.changed = (before, after) => {
  const hasColor = pixel => {
    const red = pixel & 255, green = (pixel >> 8) & 255, blue = (pixel >> 16) & 255;
    return Math.max(red, green, blue) - Math.min(red, green, blue) > 24;
  };
  let count = 0;
  for (let k = 0; k < before.length; k++)
    count += before[k] !== after[k] && (hasColor(before[k]) || hasColor(after[k]));
  return count / before.length;
};
scrub.last = scrub.picture();
"""


def main():
    """Measure, print, judge."""
    options = _options()
    passed = [PARTS[name](options) for name in options.only]
    sys.exit(0 if all(passed) else 1)


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--moves", type=int, default=60, help="moves of the slider in each view")
    parser.add_argument("--openings", type=int, default=9, help="reloads of each view")
    parser.add_argument("--pairs", type=int, default=5, help="pairs with TensorBoard")
    return parser.parse_args()


def check_scrubbing(options) -> bool:
    """Move the slider of each view."""
    with tempfile.TemporaryDirectory() as name, open_browser() as browser:
        folder = Path(name)
        for seed, run in enumerate("ab"):
            write_run(folder / run, article(seed))
        with start_streamlit(APP, env={"EXPLORER_CHECKPOINTS": name}) as server:
            results = [
                _report_moves(view, _scrub(browser, _address(server, "a", "b", query), options))
                for view, query in SCRUBBED.items()
            ]
    return _judge(all(results), f"scrubbing: 95 % of moves within {LIMIT_MS} ms, no message")


def _address(server, first, second, query):
    return f"{server.url}/compare?{urlencode({'a': first, 'b': second, **query})}"


def _scrub(browser, address, options):
    page = browser.new_page(viewport={"width": 1440, "height": 1200})
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", sent.append))
    page.goto(address, wait_until="domcontentloaded")
    slider = page.locator("form.vega-bindings input[type=range]").first
    slider.wait_for(timeout=WAIT_MS)
    page.wait_for_selector(SETTLED, timeout=WAIT_MS)
    page.wait_for_timeout(2000)
    if not sent:
        raise RuntimeError("No message to the server was seen while the page loaded.")
    slider.scroll_into_view_if_needed()
    page.evaluate(PREPARE)
    page.evaluate(ONLY_COLORS)
    moves = list(_moves(page, sent, int(slider.get_attribute("max")), options.moves))
    page.close()
    return moves


def _moves(page, sent, last, count):
    """Move to the next step and to any other step in turn."""
    order = np.random.default_rng(0)
    position = 0
    for k in range(WARM_UP + count):
        target = int(order.integers(0, last)) if k % 2 else (position + 1) % last
        target += target == position
        messages = len(sent)
        idle = page.evaluate("scrub.idle()")
        move = page.evaluate("value => scrub.move(value)", target)
        page.wait_for_timeout(100)  # so that the checks of one move do not slow the next
        position = target
        if k >= WARM_UP:
            yield {**move, "idle": idle, "messages": len(sent) - messages}


def _report_moves(view, moves) -> bool:
    spent, idle, changed = (
        np.array([move[key] for move in moves]) for key in ("spent", "idle", "changed")
    )
    p50, p95 = np.percentile(spent, (50, 95))
    late, messages = sum(move["late"] > 0 for move in moves), sum(m["messages"] for m in moves)
    print(
        f"{view}: {p50:.0f} ms median, {p95:.0f} ms p95, {spent.max():.0f} ms worst ({machine()})"
    )
    print(
        f"  two frames without a move: {np.median(idle):.0f} ms median, "
        f"{np.percentile(idle, 95):.0f} ms p95"
    )
    print(
        f"  coloured pixels changed: {np.median(changed):.2%} of the picture, least "
        f"{changed.min():.3%}; not final after two frames: {late}; messages: {messages}",
        flush=True,
    )
    return bool(p95 <= LIMIT_MS and changed.min() > 0 and not late and not messages)


def check_opening(options) -> bool:
    """Reload the page on the bundled runs."""
    medians = {}
    with open_browser() as browser, start_streamlit(APP) as server:
        for view, (place, query) in OPENED.items():
            page = open_page(browser, f"{server.url}/compare?{urlencode(query)}")
            seconds = [_seconds_until_drawn(page, place) for _ in range(options.openings + 2)][2:]
            page.close()
            medians[view] = statistics.median(seconds)
            print(f"{view}: {medians[view]:.2f} s, worst {max(seconds):.2f} s", flush=True)
    first = medians[next(iter(OPENED))]
    print(f"{machine()}, medians of {options.openings} reloads")
    return _judge(first <= MOST_SECONDS, f"opening: {first:.2f} s, limit {MOST_SECONDS} s")


def _seconds_until_drawn(page, place, address=None):
    """Go to an address, or reload, and wait for the chart in a container."""
    page.wait_for_selector(SETTLED, timeout=WAIT_MS)
    page.wait_for_timeout(500)
    start = time.perf_counter()
    if address:
        page.goto(address, wait_until="commit")
    else:
        page.reload(wait_until="commit")
    chart = f".st-key-{place} [data-testid=stVegaLiteChart]"
    page.wait_for_function(IS_DRAWN, arg=chart, timeout=WAIT_MS)
    return time.perf_counter() - start


def check_large(options) -> bool:
    """Open a large run again and again, each time under a name the server has not seen."""
    with tempfile.TemporaryDirectory() as name, open_browser() as browser:
        folder, events = Path(name) / "runs", Path(name) / "events"
        write_run(folder / "large-0", large())
        for number in range(1, options.pairs + 1):
            shutil.copytree(folder / "large-0", folder / f"large-{number}", copy_function=os.link)
        write_in_process(events)
        size = sum(path.stat().st_size for path in (folder / "large-0").rglob("*.*")) / 1e6
        with start_streamlit(APP, env={"EXPLORER_CHECKPOINTS": str(folder)}) as server:
            pairs = list(_pairs(browser, server, events, options.pairs))
    return _report_pairs(pairs, size)


def _pairs(browser, server, events, count):
    """Yield seconds and MB of both; the first opening of all only warms up."""
    page = open_page(browser, f"{server.url}/compare")
    process = psutil.Process(server.pid)
    for number in range(count + 1):
        run, before = f"large-{number}", process.memory_info().rss
        query = {"view": "Distributions", "tensor": BIG}
        seconds = _seconds_until_drawn(page, "distribution", _address(server, run, run, query))
        page.wait_for_selector(SETTLED, timeout=WAIT_MS)
        ours = {"seconds": seconds, "mb": (process.memory_info().rss - before) / 1e6}
        if number:
            arguments = (events, f"weights/{BIG}", LARGE_STEPS)
            theirs = read_in_process(*arguments, "event_accumulator")
            rust = read_in_process(*arguments, "data_server")
            print(
                f"pair {number}: page {seconds:.2f} s, TensorBoard's loader "
                f"{theirs['seconds']:.2f} s, its loader in Rust {rust['seconds']:.2f} s",
                flush=True,
            )
            yield ours, theirs, rust


def _report_pairs(pairs, size) -> bool:
    ours, theirs, rust = (
        {key: statistics.median(one[key] for one in column) for key in ("seconds", "mb")}
        for column in zip(*pairs, strict=True)
    )
    ratio = statistics.median(one["seconds"] / peer["seconds"] for one, peer, _ in pairs)
    print(f"{machine()}, medians of {len(pairs)} pairs; the run takes {size:.0f} MB on disk")
    print(f"page: {ours['seconds']:.2f} s, the server grew by {ours['mb']:.0f} MB")
    print(f"TensorBoard's loader: {theirs['seconds']:.2f} s, {theirs['mb']:.0f} MB")
    print(f"TensorBoard's loader in Rust: {rust['seconds']:.2f} s, {rust['mb']:.0f} MB")
    quick = _judge(
        ours["seconds"] <= MOST_SECONDS_LARGE,
        f"large: {ours['seconds']:.2f} s, limit {MOST_SECONDS_LARGE} s",
    )
    cheap = _judge(
        ratio <= MOST_RATIO,
        f"large: {ratio:.2f} of the time of TensorBoard's loader, limit {MOST_RATIO}",
    )
    return quick and cheap


def _judge(holds, words) -> bool:
    print("PASS" if holds else "FAIL", words, flush=True)
    return holds


PARTS = {"scrubbing": check_scrubbing, "opening": check_opening, "large": check_large}


if __name__ == "__main__":
    main()
