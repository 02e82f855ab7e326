"""How soon the app shows its first chart, and how much memory its server takes.

    python benchmarks/start_up.py                           # on the bundled runs
    python benchmarks/start_up.py --checkpoints FOLDER      # on other runs

The clock starts with the process of `streamlit run` and stops when the browser has drawn a
chart: marks of data in an SVG, or pixels on a canvas. A picture of the chart is then taken, to
prove that there is something to see. The app's home page alternates with its peer, a script that
draws one bar chart. One start of each warms the disk caches; the browser's own cache is empty at
every start.

Then one visitor opens every page and both views of the trainer, up to the scrubber of a run,
and the memory of the server process is read. The server has an empty cache, as on a new machine,
so that it draws the bundled images too.

The claims: the median ratio is at most 1.5; the server stays within 400 MB; TensorFlow is not
among the libraries it has loaded. Exit code 1 if one does not hold.
"""

import argparse
import io
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
from browser import ROOT, SETTLED, Server, machine, open_browser, open_page, start_streamlit
from PIL import Image

sys.path.insert(0, str(ROOT))
from explorer import runs

MOST_RATIO = 1.5
MOST_MB = 400
LEAST_COLORS = 3  # of a drawn chart: the page, the marks, the text
WAIT_MS = 60_000
APP = ROOT / "streamlit_app.py"
CHART = "[data-testid=stVegaLiteChart]"
SLIDER = "form.vega-bindings input[type=range]"
VISIT_MS = 300_000  # the bundled images are drawn first

PEER = """
import altair as alt
import pandas as pd
import streamlit as st

frame = pd.DataFrame({"letter": list("ABCDEFGH"), "number": [28, 55, 43, 91, 81, 53, 19, 87]})
st.title("One chart")
st.altair_chart(alt.Chart(frame).mark_bar().encode(x="letter", y="number"))
"""

# Marks of data are lines and bars with an extent; axes and titles alone do not count.
IS_DRAWN = """
chart => {
  const seen = [...document.querySelectorAll(chart + ' svg .role-mark path')].some(mark => {
    const {width, height} = mark.getBoundingClientRect();
    return width > 2 && height > 2;
  });
  if (seen) return true;
  return [...document.querySelectorAll(chart + ' canvas')].some(canvas => {
    if (!canvas.width || !canvas.height) return false;
    const area = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Uint32Array(area.data.buffer).some(pixel => pixel !== 0);
  });
}
"""


def main():
    """Measure, print, judge."""
    options = _options()
    if options.checkpoints:
        os.environ["EXPLORER_CHECKPOINTS"] = str(options.checkpoints.resolve())
    run = _recorded_run()
    with open_browser() as browser, tempfile.TemporaryDirectory() as folder:
        peer = Path(folder) / "one_chart.py"
        peer.write_text(PEER)
        pairs = _measure_pairs(browser, peer, options.pairs)
        memory, peak, has_tensorflow = _open_every_page(browser, run)
        alone = _memory_of_peer(browser, peer)
    sys.exit(0 if _report(pairs, memory, peak, alone, has_tensorflow) else 1)


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoints", type=Path, help="runs folder; the project's by default")
    parser.add_argument("--pairs", type=int, default=7)
    return parser.parse_args()


def _recorded_run() -> runs.Run:
    found = [run for run in runs.list_runs() if run.status == "finished" and len(run.steps)]
    if not found:
        sys.exit("There is no finished run to show. Name a folder that has some: --checkpoints.")
    return found[0]


def _measure_pairs(browser, peer, num_pairs):
    """Return pairs of seconds, the app's and the peer's; the first pair only warms up."""
    pairs = []
    for pair in range(num_pairs + 1):
        scripts = (APP, peer) if pair % 2 else (peer, APP)
        seconds = {script: _seconds_to_chart(browser, script) for script in scripts}
        ours, theirs = seconds[APP], seconds[peer]
        words = f"pair {pair}" if pair else "warm-up"
        print(f"{words}: app {ours:.2f} s, one chart {theirs:.2f} s", flush=True)
        pairs.append((ours, theirs))
    return pairs[1:]


def _seconds_to_chart(browser, script):
    with start_streamlit(script) as server:
        page = open_page(browser, server.url)
        page.wait_for_function(IS_DRAWN, arg=CHART, timeout=WAIT_MS)
        spent = time.perf_counter() - server.started
        _check_picture(page)
        page.close()
    return spent


def _check_picture(page):
    """Look at the chart as a person would: an empty one has hardly a colour."""
    page.wait_for_selector(SETTLED, timeout=WAIT_MS)
    picture = Image.open(io.BytesIO(page.locator(CHART).first.screenshot())).convert("RGB")
    colors = picture.getcolors(picture.width * picture.height)
    many = [color for count, color in colors if count >= 20]
    if len(many) < LEAST_COLORS:
        raise RuntimeError(f"The chart is empty: its picture has {len(many)} colours.")


def _open_every_page(browser, run):
    """Visit every page in one session; return MB now, MB at the most, and TensorFlow's presence."""
    with (
        tempfile.TemporaryDirectory() as cache,
        start_streamlit(APP, env={"EXPLORER_CACHE": cache}) as server,
    ):
        page = open_page(browser, server.url)
        page.set_default_timeout(VISIT_MS)
        page.wait_for_function(IS_DRAWN, arg=CHART)
        links = page.get_by_role("navigation").get_by_role("link").all()
        names = [_follow(page, link) for link in links]
        _use_trainer(page, run)
        print(f"opened the pages {', '.join(names)} and the scrubber of {run.name!r}")
        page.wait_for_timeout(2000)
        libraries = Path(f"/proc/{server.pid}/maps").read_text()
        return *_memory(server), "tensorflow" in libraries


def _follow(page, link):
    """Click a link of the navigation, wait until its page is complete, and return its name."""
    name = link.inner_text().strip().splitlines()[-1]
    link.click()
    page.wait_for_function("name => document.title.startsWith(name)", arg=name)
    page.wait_for_selector(SETTLED)
    return name


def _use_trainer(page, run):
    """Look at the images and the network to train, then at a recorded run."""
    page.get_by_role("link", name="Trainer", exact=True).click()
    page.get_by_role("button", name="Train", exact=True).wait_for()
    page.get_by_role("tab", name="Runs", exact=True).click()
    chosen = page.get_by_role("combobox", name="Look at one run")
    chosen.wait_for()
    if not page.get_by_text(run.id).count():
        chosen.fill(run.id)
        chosen.press("Enter")
    slider = page.locator(SLIDER).first
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    page.wait_for_selector(SETTLED)
    if slider.input_value() != "5":
        raise RuntimeError("The slider of the scrubber does not move.")


def _memory(server: Server) -> tuple[float, float]:
    """Return the resident memory of the process now and at the most, in MB."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return psutil.Process(server.pid).memory_info().rss / 1e6, int(peak.split()[1]) * 1024 / 1e6


def _memory_of_peer(browser, peer):
    with start_streamlit(peer) as server:
        open_page(browser, server.url).wait_for_function(IS_DRAWN, arg=CHART, timeout=WAIT_MS)
        return _memory(server)[0]


def _report(pairs, memory, peak, alone, has_tensorflow):
    ours, theirs = (statistics.median(seconds) for seconds in zip(*pairs, strict=True))
    ratio = statistics.median(app / peer for app, peer in pairs)
    print(f"{machine()}, {len(pairs)} alternating pairs, medians")
    print(f"from `streamlit run` to the first chart: {ours:.2f} s, one-chart script {theirs:.2f} s")
    print(f"ratio: {ratio:.2f} (limit {MOST_RATIO})")
    print(
        f"server with every page opened: {memory:.0f} MB (limit {MOST_MB}), at most {peak:.0f} MB"
    )
    print(f"server of the one-chart script: {alone:.0f} MB")
    print(f"TensorFlow in the server: {'loaded' if has_tensorflow else 'not loaded'}")
    passed = ratio <= MOST_RATIO and memory <= MOST_MB and not has_tensorflow
    print("PASS" if passed else "FAIL")
    return passed


if __name__ == "__main__":
    main()
