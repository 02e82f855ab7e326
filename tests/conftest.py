import numpy as np
import pytest

NO_BROWSER = "Chromium was not found. Install it, or name it in the variable CHROMIUM."


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def pytest_terminal_summary(terminalreporter):
    """Say loudly that tests were left out for want of a browser; their processes cannot."""
    skipped = terminalreporter.stats.get("skipped", [])
    if any(NO_BROWSER in str(report.longrepr) for report in skipped):
        terminalreporter.section("BROWSER TESTS WERE SKIPPED", sep="!", red=True, bold=True)
        terminalreporter.write_line(NO_BROWSER)
