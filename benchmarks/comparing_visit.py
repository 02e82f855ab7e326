"""Opening a page again and again, and what it costs. Part of the benchmark of the Compare page."""

import time

import psutil
from browser import SETTLED, open_page
from start_up import IS_DRAWN

WAIT_MS = 120_000


class Visit:
    """A page that is opened again and again.

    Args:
        browser: Chromium.
        server: The server, whose processor time is measured.
        address: What is opened first.
        chart: What is waited for.
    """

    def __init__(self, browser, server, address, chart):
        self._page = open_page(browser, address)
        self._meter = browser.new_browser_cdp_session()
        self._process = psutil.Process(server.pid)
        self._chart = chart
        self._page.wait_for_function(IS_DRAWN, arg=chart, timeout=WAIT_MS)

    def reload(self) -> dict[str, float]:
        """Reload and wait for the chart.

        Returns:
            `seconds`, processor seconds of the `server` and of the `browser`, and `mb` by which
            the server grew.
        """
        return self._timed(lambda: self._page.reload(wait_until="commit"))

    def open(self, address) -> dict[str, float]:
        """Go elsewhere; return the same."""
        return self._timed(lambda: self._page.goto(address, wait_until="commit"))

    def close(self):
        """Close the page."""
        self._page.close()

    def _timed(self, navigate):
        self._page.wait_for_selector(SETTLED, timeout=WAIT_MS)
        self._page.wait_for_timeout(500)
        before = self._spent()
        navigate()
        self._page.wait_for_function(IS_DRAWN, arg=self._chart, timeout=WAIT_MS)
        after = self._spent()
        return {name: value - before[name] for name, value in after.items()}

    def _spent(self):
        times = self._process.cpu_times()
        return {
            "seconds": time.perf_counter(),
            "server": times.user + times.system,
            "browser": self._browser_seconds(),
            "mb": self._process.memory_info().rss / 1e6,
        }

    def _browser_seconds(self):
        processes = self._meter.send("SystemInfo.getProcessInfo")["processInfo"]
        return sum(one["cpuTime"] for one in processes)
