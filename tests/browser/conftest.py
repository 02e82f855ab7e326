import os
import shutil
from pathlib import Path

import pytest

from explorer.paths import PROJECT
from tests.conftest import NO_BROWSER
from tests.web.serving import end, start

USUAL_PLACES = ("chromium", "chromium-browser", "google-chrome")
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"


def chromium():
    named = os.environ.get("CHROMIUM")
    found = [named] if named else [shutil.which(name) for name in USUAL_PLACES]
    return next((path for path in found if path and Path(path).exists()), None)


@pytest.fixture(scope="session")
def browser():
    path = chromium()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"The browser tests must run in CI. {NO_BROWSER}")
        pytest.skip(NO_BROWSER)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def prepared_sets(tmp_path_factory):
    """Keep the images that servers prepare where all of them, in all processes, find them."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    folder = folder / "prepared-sets"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def serve(tmp_path_factory, prepared_sets):
    """Start servers of the app, each with folders of its own; they end with the test."""
    processes = []

    def started(bundled=(), change=None):
        folder = tmp_path_factory.mktemp("app")
        copy_runs(bundled, folder)
        for name in bundled if change is not None else ():
            change(folder / "runs" / name)
        process, url = start_server(folder, prepared_sets)
        processes.append(process)
        return url

    yield started
    for process in processes:
        end(process)


@pytest.fixture(scope="session")
def app_url(browser, tmp_path_factory, prepared_sets):
    process, url = start_server(tmp_path_factory.mktemp("app"), prepared_sets)
    yield url
    end(process)


@pytest.fixture(scope="session")
def pair_url(browser, tmp_path_factory, prepared_sets):
    """Serve the two bundled runs that differ in learning rate alone."""
    folder = tmp_path_factory.mktemp("pair")
    copy_runs(("characters-adequate", "characters-too-large"), folder)
    process, url = start_server(folder, prepared_sets)
    yield url
    end(process)


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def copy_runs(names, folder):
    for name in names:
        shutil.copytree(PROJECT / "checkpoints" / name, folder / "runs" / name)


def start_server(folder, prepared_sets):
    (folder / "cache").mkdir()
    (folder / "cache" / "data").symlink_to(prepared_sets)
    return start(folder)
