import functools

import numpy as np
import pytest
from streamlit.components.v2 import manifest_scanner

from explorer.ui.collecting import set_aside

NO_BROWSER = "Chromium was not found. Install it, or name it in the variable CHROMIUM."


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(autouse=True, scope="session")
def installed_components():
    """Have Streamlit look once for components in installed packages.

    AppTest does so at every run of a page, which takes longer than most pages do.
    """
    scan = manifest_scanner.scan_component_manifests
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, scan.__name__, functools.cache(scan))
        yield


@pytest.fixture(autouse=True, scope="module")
def what_is_loaded_set_aside():
    """Spare what is loaded by now from every look for garbage.

    Streamlit has the collector look through everything after each run of a page: a quarter of a
    second here, where all libraries are loaded, and a quarter of the time of the tests of pages.
    """
    set_aside(full=False)


def pytest_terminal_summary(terminalreporter):
    """Say loudly that tests were left out for want of a browser; their processes cannot."""
    skipped = terminalreporter.stats.get("skipped", [])
    if any(NO_BROWSER in str(report.longrepr) for report in skipped):
        terminalreporter.section("BROWSER TESTS WERE SKIPPED", sep="!", red=True, bold=True)
        terminalreporter.write_line(NO_BROWSER)
