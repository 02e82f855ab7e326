"""How fast the training-step slider moves through a recording, in a real browser.

    python benchmarks/scrubbing.py                              # synthetic recording, and peer
    python benchmarks/scrubbing.py --url http://localhost:8501/trainer?run=ID&layer=conv_2
    python benchmarks/scrubbing.py --checkpoints FOLDER --run ID [--layer conv_2]

A move sets the slider of the chart to another recorded step, dispatches `input`, and waits for
two animation frames: what stands on the screen then is the answer to the move. Moves alternate
between the scrubbing page and its peer, the same chart behind `st.slider`, whose answer comes
from the server. Beside the time, every move is checked:

- the pixels of the chart below its title changed (an empty chart scrubs fast);
- they are already the final ones: the same slider position, left to rest for 150 ms, must not
  change them any more;
- no WebSocket frame went to the server.

The claim: 95 % of moves are drawn within 50 ms, and no message is sent. Exit code 1 if it
does not hold. Two animation frames take 33 ms, the least that can show; how long they take on
this machine when nothing moves is measured between the moves and printed too.
"""

import argparse
import contextlib
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import numpy as np
from browser import ROOT, machine, open_browser, open_page, start_streamlit

LIMIT_MS = 50
LEAST_CHANGE = 0.001  # share of the pixels that a typical move must change
SLIDER = "form.vega-bindings input[type=range]"
WARM_UP = 10

PREPARE = """
window.scrub = {
  input: () => document.querySelector('form.vega-bindings input[type=range]'),
  canvas: () => scrub.input().closest('form').parentElement.querySelector('canvas')
    || scrub.input().closest('[data-testid=stVegaLiteChart]').querySelector('canvas'),
  frame: () => new Promise(done => requestAnimationFrame(done)),
  // What lies below the title, so that a title alone does not count as a change.
  picture: () => {
    const canvas = scrub.canvas(), top = Math.round(40 * canvas.width / canvas.clientWidth);
    const pixels = canvas.getContext('2d').getImageData(0, top, canvas.width, canvas.height - top);
    return new Uint32Array(pixels.data.buffer);
  },
  changed: (before, after) => {
    let count = 0;
    for (let k = 0; k < before.length; k++) count += before[k] !== after[k];
    return count / before.length;
  },
  idle: async () => {
    await scrub.frame();
    const start = performance.now();
    await scrub.frame(); await scrub.frame();
    return performance.now() - start;
  },
  move: async (value) => {
    await scrub.frame();
    const start = performance.now();
    scrub.input().value = value;
    scrub.input().dispatchEvent(new Event('input', {bubbles: true}));
    await scrub.frame(); await scrub.frame();
    const spent = performance.now() - start;
    const drawn = scrub.picture();
    await new Promise(done => setTimeout(done, 150));
    const settled = scrub.picture(), before = scrub.last;
    scrub.last = settled;
    return {spent, changed: scrub.changed(before, drawn), late: scrub.changed(drawn, settled)};
  },
};
"""

# The same views through the server: a widget, a rerun, a new chart.
PEER = """
import streamlit as st
from explorer.charts.scrubber import scrubber
import sys; sys.path.insert(0, "benchmarks")
from scrubbing_data import article_layer, at_step
st.set_page_config(layout="wide")

@st.cache_resource
def layer():
    return article_layer()

@st.fragment
def scrub():
    k = st.slider("Recorded step no.", 0, 119, 0)
    st.altair_chart(scrubber(at_step(layer(), k), width=1000), width="content")
    st.text(f"shown {k}")

scrub()
"""
OURS = """
import streamlit as st
from explorer.charts.scrubber import scrubber
import sys; sys.path.insert(0, "benchmarks")
from scrubbing_data import article_layer
st.set_page_config(layout="wide")

@st.cache_resource
def chart():
    return scrubber(article_layer(), width=1000)

st.altair_chart(chart(), width="content")
"""


def main():
    """Measure, print, judge."""
    options = _options()
    with open_browser() as browser, contextlib.ExitStack() as servers:
        page, sent = _open_ours(options, browser, servers)
        peer = None if options.no_peer else _open_peer(browser, servers)
        ours, theirs = _measure(page, sent, peer, options.moves)
        if options.screenshot:
            page.screenshot(path=options.screenshot, full_page=True)
    sys.exit(0 if _report(ours, theirs) else 1)


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", help="a page of a running app that shows a scrubbed chart")
    parser.add_argument("--checkpoints", type=Path, help="runs folder; starts the app on it")
    parser.add_argument("--run", help="id of the run to open with --checkpoints")
    parser.add_argument("--layer", default="conv_2", help="layer to open with --checkpoints")
    parser.add_argument("--moves", type=int, default=60)
    parser.add_argument("--no-peer", action="store_true", help="leave st.slider out")
    parser.add_argument("--screenshot", type=Path)
    return parser.parse_args()


def _open_ours(options, browser, servers):
    if options.url:
        url = options.url
    elif options.checkpoints:
        env = {"EXPLORER_CHECKPOINTS": str(options.checkpoints.resolve())}
        app = servers.enter_context(start_streamlit(ROOT / "streamlit_app.py", env=env))
        url = f"{app.url}/trainer?run={quote(options.run or '')}&layer={quote(options.layer)}"
    else:
        url = _serve(OURS, servers)
    page = browser.new_page(viewport={"width": 1440, "height": 1200})
    sent = []
    page.on(
        "websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame)))
    )
    page.goto(url, wait_until="domcontentloaded")
    page.wait_for_selector(SLIDER, timeout=60_000)
    page.locator(SLIDER).first.scroll_into_view_if_needed()
    page.evaluate(PREPARE)
    page.wait_for_timeout(1000)
    page.evaluate("() => { scrub.last = scrub.picture(); }")
    if not sent:
        raise RuntimeError("No message to the server was seen while the page loaded.")
    return page, sent


def _open_peer(browser, servers):
    page = open_page(browser, _serve(PEER, servers))
    page.wait_for_selector("canvas", timeout=60_000)
    page.wait_for_timeout(1000)
    page.get_by_role("slider").first.focus()
    return page


def _serve(text, servers):
    folder = Path(servers.enter_context(tempfile.TemporaryDirectory()))
    script = folder / "page.py"
    script.write_text(text)
    return servers.enter_context(start_streamlit(script)).url


def _measure(page, sent, peer, moves):
    """Alternate between the two pages; throw the first moves away."""
    last = int(page.locator(SLIDER).first.get_attribute("max"))
    order = np.random.default_rng(0)
    ours, theirs, position = [], [], 0
    for k in range(WARM_UP + moves):
        target = int(order.integers(0, last)) if k % 2 else (position + 1) % last
        target += target == position
        page.bring_to_front()
        messages = len(sent)
        idle = page.evaluate("scrub.idle()")
        result = page.evaluate("value => scrub.move(value)", target)
        page.wait_for_timeout(100)  # so that the checks of one move do not slow the next
        result["idle"] = idle
        result["messages"] = len(sent) - messages
        position = target
        ours.append(result)
        if peer and k % 3 == 0:
            peer.bring_to_front()
            theirs.append(_move_peer(peer, len(theirs) + 1))
    return ours[WARM_UP:], theirs[WARM_UP // 3 :]


def _move_peer(peer, expected):
    """Move the widget one step on; the answer is there when the server's text has changed."""
    start = time.perf_counter()
    peer.keyboard.press("ArrowRight")
    peer.get_by_text(f"shown {expected}", exact=True).wait_for(timeout=20_000)
    peer.evaluate("() => new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f)))")
    spent = 1000 * (time.perf_counter() - start)
    peer.wait_for_timeout(300)
    return spent


def _report(ours, theirs):
    spent = np.array([move["spent"] for move in ours])
    p50, p95 = np.percentile(spent, (50, 95))
    changed = np.array([move["changed"] for move in ours])
    unchanged, late = int((changed == 0).sum()), sum(move["late"] > 0 for move in ours)
    messages = sum(move["messages"] for move in ours)
    print(f"{machine()}, {len(ours)} moves")
    print(f"slider in the chart: {p50:.0f} ms median, {p95:.0f} ms p95, {spent.max():.0f} ms worst")
    idle50, idle95 = np.percentile([move["idle"] for move in ours], (50, 95))
    print(f"  two frames without a move: {idle50:.0f} ms median, {idle95:.0f} ms p95")
    print(f"  pixels changed by a move: {np.median(changed):.1%} median, {changed.min():.2%} least")
    print(f"  moves that changed nothing: {unchanged}; not final after two frames: {late}")
    print(f"  messages to the server: {messages}")
    if theirs:
        peer50, peer95 = np.percentile(theirs, (50, 95))
        print(f"st.slider, the same chart: {peer50:.0f} ms median, {peer95:.0f} ms p95")
        print(f"ratio of medians: {p50 / peer50:.2f}")
    drawn = not unchanged and not late and np.median(changed) >= LEAST_CHANGE
    passed = drawn and p95 <= LIMIT_MS and not messages
    print("PASS" if passed else "FAIL", f"(95 % within {LIMIT_MS} ms, every picture new and final)")
    return passed


if __name__ == "__main__":
    main()
