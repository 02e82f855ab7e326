"""Moving the slider of a page, and what it costs. Part of the benchmark of the Compare page."""

from collections.abc import Iterator

import numpy as np
from browser import SETTLED, machine
from comparing_visit import WAIT_MS
from scrubbing import LIMIT_MS, PREPARE, SLIDER

WARM_UP = 5
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
scrub.step = async (value) => {
  scrub.input().value = value;
  scrub.input().dispatchEvent(new Event('input', {bubbles: true}));
  await scrub.frame(); await scrub.frame();
};
scrub.last = scrub.picture();
"""


def scrub(browser, address: str, count: int, place: str = "") -> tuple[list[dict], float]:
    """Open a page and move its slider.

    Args:
        browser: Chromium.
        address: The page.
        count: How many moves.
        place: Selector of what holds the slider; the first one of the page by default.

    Returns:
        The moves: `spent` and `idle` (ms of a move, and of two frames without one), `changed`
        and `late` (shares of the picture), `messages`. And the processor time of a move in the
        page's main thread, in ms.
    """
    page = browser.new_page(viewport={"width": 1440, "height": 1200})
    sent = []
    page.on(
        "websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame)))
    )
    page.goto(address, wait_until="domcontentloaded")
    slider = page.locator(f"{place} {SLIDER}".strip()).first
    slider.wait_for(timeout=WAIT_MS)
    page.wait_for_selector(SETTLED, timeout=WAIT_MS)
    page.wait_for_timeout(2000)
    if not sent:
        raise RuntimeError("No message to the server was seen while the page loaded.")
    slider.scroll_into_view_if_needed()
    page.evaluate(PREPARE)
    page.evaluate(f"scrub.input = () => document.querySelector('{place} {SLIDER}')")
    page.evaluate(ONLY_COLORS)
    last = int(slider.get_attribute("max"))
    moves = list(_moves(page, sent, last, count))
    busy = _processor_ms(page, last)
    page.close()
    return moves, busy


def _moves(page, sent, last, count) -> Iterator[dict]:
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


def _processor_ms(page, last, count=20):
    """Return what a move takes of the processor, however busy the machine is otherwise."""
    meter = page.context.new_cdp_session(page)
    meter.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _task_seconds(meter)
    for k in range(count):
        page.evaluate("value => scrub.step(value)", (7 * k + 3) % last)
    return 1000 * (_task_seconds(meter) - before) / count


def _task_seconds(meter):
    found = meter.send("Performance.getMetrics")["metrics"]
    return next(one["value"] for one in found if one["name"] == "TaskDuration")


def report(view: str, moves: list[dict], busy: float) -> bool:
    """Print what the moves of a view took, and say whether the claims hold."""
    spent, idle, changed = (
        np.array([move[key] for move in moves]) for key in ("spent", "idle", "changed")
    )
    p50, p95 = np.percentile(spent, (50, 95))
    late, messages = sum(move["late"] > 0 for move in moves), sum(m["messages"] for m in moves)
    print(f"{view}, {len(moves)} moves, {machine()}")
    print(f"  {p50:.0f} ms median, {p95:.0f} ms p95, {spent.max():.0f} ms worst")
    print(
        f"  two frames without a move: {np.median(idle):.0f} ms median, "
        f"{np.percentile(idle, 95):.0f} ms p95; processor: {busy:.0f} ms a move"
    )
    print(
        f"  coloured pixels changed: {np.median(changed):.2%} of the picture, least "
        f"{changed.min():.3%}; not final after two frames: {late}; messages: {messages}",
        flush=True,
    )
    return bool(p95 <= LIMIT_MS and changed.min() > 0 and not late and not messages)
