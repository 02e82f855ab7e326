"""Faults, injected into real servers and processes: what is lost, what is said, what goes on."""

import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from benchmarks.visiting import Visitor
from explorer import runs
from explorer.paths import PROJECT
from explorer.runs.lock import is_alive
from explorer.training import jobs
from tests.waiting import run_async, wait_until
from tests.web.serving import end, serve_two_runs, start, visit, visits

SECONDS = 90
# Root passes over the bits of a folder; without these two rights it is a user like others.
AS_OTHERS = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
PAGES = ("trainer", "compare", "filters")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with serve_two_runs(tmp_path_factory.mktemp("faults")) as found:
        yield found


@pytest.fixture
def another_run(served):
    """A run that may be damaged."""
    folder = served.folder / "runs" / "another"
    shutil.copytree(PROJECT / "checkpoints" / "characters-dense", folder)
    yield folder
    if folder.exists():
        folder.chmod(0o755)
        shutil.rmtree(folder)


def train_from_the_page(url):
    """Press the button that trains, and leave."""

    async def go():
        async with Visitor(url) as visitor:
            seen = await visitor.visit("trainer", "images=digits")
            return await visitor.press(seen.buttons["Train"])

    return run_async(go())


@pytest.mark.slow
def test_a_training_outlives_its_server_and_is_found_by_two_others(tmp_path):
    (tmp_path / "runs").mkdir()
    first, url = start(tmp_path)
    assert train_from_the_page(url).errors == []
    (run,) = runs.list_runs(tmp_path / "runs")
    wait_until(lambda: len(run.metrics().train) > 2)
    first.send_signal(signal.SIGKILL)
    first.wait()
    job = job_of(run)
    job.suspend()  # it would have ended before the others are there
    others = [start(tmp_path) for _ in range(2)]
    try:
        seen = [visit(url, "trainer", f"view=Runs&run={run.id}") for _, url in others]
        done = len(run.metrics().train)
        assert [one.errors for one in seen] == [[], []]
        assert all("Stop" in one.buttons for one in seen)
        press_stop(others[1][1], run)
        job.resume()
        wait_until(lambda: not is_alive(run.folder))
    finally:
        for process, _ in others:
            end(process)
    run = runs.open_run(run.folder)
    assert (run.status, run.damaged) == ("stopped", ())
    assert run.metrics().train["step"].tolist() == list(range(len(run.metrics().train)))
    assert len(run.metrics().train) >= done


def job_of(run):
    found = [
        p for p in psutil.process_iter(["cmdline"]) if str(run.folder) in (p.info["cmdline"] or ())
    ]
    assert len(found) == 1
    return found[0]


def press_stop(url, run):
    async def go():
        async with Visitor(url) as visitor:
            seen = await visitor.visit("trainer", f"view=Runs&run={run.id}")
            await visitor.press(seen.buttons["Stop"])

    run_async(go())


def test_a_run_deleted_under_a_viewer_is_missed_in_words_and_the_page_goes_on(served, another_run):
    places = {
        "trainer": "view=Runs&run=another",
        "compare": "a=another&b=characters-adequate",
        "filters": "run=another",
    }

    async def go(page, query):
        async with Visitor(served.url) as visitor:
            before = await visitor.visit(page, query)
            another_run.rename(served.folder / "gone")
            after = [await visitor.visit(page, query), await visitor.visit(page, "")]
            (served.folder / "gone").rename(another_run)
            return [before, *after]

    for page, query in places.items():
        assert [seen.errors for seen in run_async(go(page, query))] == [[], [], []], page


def test_a_link_to_a_run_that_is_gone_says_so(served):
    for page, query in (("trainer", "view=Runs&run=gone"), ("compare", "a=gone")):
        seen = visit(served.url, page, query)
        assert any("does not have" in text for text in seen.texts), page


@pytest.mark.parametrize("what", ["half a description", "half a step", "no weights"])
def test_a_half_written_run_is_named_and_the_others_are_shown(served, another_run, what):
    broken = {
        "half a description": another_run / "run.json",
        "half a step": sorted((another_run / "steps").iterdir())[3],
        "no weights": sorted((another_run / "weights").iterdir())[-1],
    }[what]
    os.truncate(broken, broken.stat().st_size // 2)
    for page in PAGES:
        for error in visit(served.url, page, "a=another&run=another").errors:
            assert "damaged or unreadable" in error, page  # in words, where it is needed
    words = " ".join(visit(served.url, "compare", "a=another&b=characters-adequate").texts)
    assert "another" in words or "damaged" in words or what == "no weights"


def test_a_clock_that_was_set_back_loses_nothing(served, another_run):
    tomorrow = time.time() + 86_400
    for path in (another_run, *another_run.rglob("*")):
        os.utime(path, (tomorrow, tomorrow))
    run = runs.open_run(another_run)
    assert (run.status, run.damaged) == ("finished", ())
    jobs.rename(run, "Renamed")
    seen = visits(served.url, ("trainer", "view=Runs&run=another"), ("compare", "a=another"))
    assert [one.errors for one in seen] == [[], []]
    assert any("Renamed" in text for text in seen[0].texts)


def test_a_dead_run_with_a_file_of_the_future_is_no_live_one(another_run):
    runs.write.update_description(another_run, status="running")
    tomorrow = time.time() + 86_400
    os.utime(another_run / "run.json", (tomorrow, tomorrow))
    assert runs.open_run(another_run).status == "failed"


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not there")
def test_a_run_that_may_not_be_read_is_named_and_the_others_are_listed(served, another_run):
    another_run.chmod(0)
    script = (
        "from explorer import runs; from explorer.runs.listing import unreadable_runs; "
        f"root = {str(served.folder / 'runs')!r}; "
        "print([run.id for run in runs.list_runs(root)], list(unreadable_runs(root)))"
    )
    done = subprocess.run(
        [*AS_OTHERS, sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True
    )
    assert done.stderr == ""
    assert "'another'" in done.stdout.split("]")[1]
    assert "characters-adequate" in done.stdout.split("]")[0]


def test_an_inference_process_that_is_killed_comes_back_for_the_next_picture(served):
    query = "run=characters-adequate&view=Classes"
    assert visit(served.url, "filters", query).errors == []
    for child in psutil.Process(served.process.pid).children():
        child.kill()
    seen = visit(served.url, "filters", "run=characters-too-large&view=Classes")
    assert (seen.errors, "vega_lite_chart" in seen.elements) == ([], True)


def test_a_training_that_would_not_fit_is_refused_and_leaves_nothing(tmp_path):
    (tmp_path / "runs").mkdir()
    process, url = start(tmp_path, EXPLORER_LEAST_FREE_GB="1000000")
    try:
        seen = train_from_the_page(url)
    finally:
        end(process)
    assert len(seen.errors) == 1
    assert "to be left free" in seen.errors[0].replace("\\", "")
    assert list((tmp_path / "runs").iterdir()) == []
