import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import psutil
import pytest
from job_helpers import make_old, status

from explorer import runs
from explorer.runs.lock import writer_lock
from explorer.runs.write import update_description
from explorer.training import jobs, queue
from tests.waiting import wait_until


@pytest.fixture
def blocked(root):
    """Take the only slot, so that jobs wait and stay light."""
    ticket = queue.take_ticket("blocker")
    yield root
    ticket.release()
    wait_until(lambda: not worker_processes())


def worker_processes(argument="explorer.training.worker"):
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):  # it may end while it is looked at
            found += [child] if argument in child.cmdline() else []
    return found


def process_of(run):
    """Return the process of a job; one that is just starting has no command line yet."""
    wait_until(lambda: worker_processes(str(run.folder)))
    return worker_processes(str(run.folder))[0]


def finished_run(root, **entries):
    folder = runs.new_folder(root)
    update_description(folder, status="finished", name="Done", **entries)
    return runs.open_run(folder)


def test_a_submitted_job_waits_its_turn_without_tensorflow(blocked, small_spec):
    first, second = jobs.submit(small_spec(name="A")), jobs.submit(small_spec(name="B"))
    assert [first.status, jobs.queue_place(first), jobs.queue_place(second)] == ["waiting", 1, 2]
    wait_until(lambda: runs.is_alive(first.folder) and runs.is_alive(second.folder))
    assert max(child.memory_info().rss for child in worker_processes()) < 250e6
    jobs.request_stop(first)
    wait_until(lambda: status(first) == "stopped" and jobs.queue_place(second) == 1)
    jobs.request_stop(second)
    wait_until(lambda: status(second) == "stopped")


def test_jobs_that_ended_leave_no_zombies(blocked, small_spec):
    run = jobs.submit(small_spec())
    process = process_of(run)
    jobs.request_stop(run)
    wait_until(lambda: not psutil.pid_exists(process.pid))


def test_a_job_killed_in_line_is_shown_as_failed(blocked, small_spec):
    run = jobs.submit(small_spec())
    wait_until(lambda: runs.is_alive(run.folder))
    process_of(run).kill()
    wait_until(lambda: not runs.is_alive(run.folder))
    make_old(run)
    assert status(run) == "failed"
    assert jobs.queue_place(run) is None


def test_a_live_run_is_not_deleted(blocked, small_spec):
    run = jobs.submit(small_spec())
    with pytest.raises(ValueError, match="Stop it first"):
        jobs.delete(run)
    jobs.request_stop(run)
    wait_until(lambda: status(run) == "stopped" and not runs.is_alive(run.folder))
    jobs.delete(run)
    assert list(blocked.iterdir()) == []


@pytest.fixture
def stopping(root):
    """A run at work that has been asked to stop; this process is its worker."""
    run = finished_run(root)
    update_description(run.folder, status="running")
    with writer_lock(run.folder):
        jobs.request_stop(run)
        yield run


def test_a_run_asked_to_stop_is_deleted_as_soon_as_it_has_ended(root, stopping):
    end = partial(update_description, stopping.folder, status="stopped")
    later = threading.Timer(0.5, end)
    later.start()
    jobs.delete(stopping)
    later.join()
    assert list(root.iterdir()) == []


def test_a_run_that_takes_long_to_stop_is_kept_and_said_so(stopping, monkeypatch):
    monkeypatch.setattr(jobs, "LEAVING_SECONDS", 0.2)
    with pytest.raises(ValueError, match=r"asked to stop.*Try again"):
        jobs.delete(stopping)
    assert status(stopping) == "running"


def test_a_job_is_renamed_while_it_waits(blocked, small_spec):
    run = jobs.submit(small_spec(name="Before"))
    assert jobs.rename(run, "  After\n noon ").name == "After noon"
    jobs.request_stop(run)
    wait_until(lambda: status(run) == "stopped")
    assert runs.open_run(run.folder).name == "After noon"


def test_data_given_by_a_relative_path_is_found_from_elsewhere(blocked, small_spec, monkeypatch):
    blocked.mkdir()
    monkeypatch.chdir(blocked)
    run = jobs.submit(small_spec(data="images.zip"))
    assert run.spec["data"] == str(blocked / "images.zip")
    jobs.request_stop(run)


def test_a_finished_run_is_neither_stopped_nor_resumed(root):
    run = finished_run(root)
    with pytest.raises(ValueError, match="Only a live run can be stopped"):
        jobs.request_stop(run)
    with pytest.raises(ValueError, match="Only a stopped or failed run can be resumed"):
        jobs.resume(run)


def test_a_run_of_somebody_elses_script_is_not_resumed(root):
    run = finished_run(root)
    update_description(run.folder, status="stopped")
    with pytest.raises(ValueError, match="script of its own"):
        jobs.resume(run)


@pytest.mark.parametrize("name", ["", " \n", "x" * 101])
def test_an_empty_or_endless_name_is_refused(root, name):
    with pytest.raises(ValueError, match="Give between 1 and 100"):
        jobs.rename(finished_run(root), name)


def test_a_deletion_that_was_interrupted_is_finished_by_the_next(root):
    run, left = finished_run(root), root / ".deleted-20260101-000000-abcd"
    left.mkdir()
    (left / "run.json").write_text("{}")
    jobs.delete(run)
    assert list(root.iterdir()) == []


def test_a_run_elsewhere_is_deleted_and_nothing_beside_it(root, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    run, foreign = finished_run(elsewhere), elsewhere / ".deleted-photographs"
    foreign.mkdir()
    jobs.delete(run)
    assert list(elsewhere.iterdir()) == [foreign]


def test_a_link_to_a_run_is_not_deleted_and_says_where_it_leads(root, tmp_path):
    run = finished_run(tmp_path / "elsewhere")
    root.mkdir()
    (root / "linked").symlink_to(run.folder)
    with pytest.raises(ValueError, match=rf"is a link to '{run.folder}'"):
        jobs.delete(runs.find("linked"))
    assert runs.find("linked").status == "finished"


def test_a_job_that_finds_no_queue_has_failed_and_says_why(root, small_spec, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "file"))
    with pytest.raises(OSError, match="file"):
        jobs.submit(small_spec())
    (run,) = runs.list_runs(root)
    assert run.status == "failed"
    assert "could not be started" in run.detail


def test_a_wrong_setting_of_the_queue_is_told_before_anything_is_written(
    root, small_spec, monkeypatch
):
    monkeypatch.setenv("EXPLORER_JOBS", "many")
    with pytest.raises(ValueError, match="EXPLORER_JOBS is 'many'"):
        jobs.submit(small_spec())
    assert not root.exists()
    run = finished_run(root, spec=small_spec().to_dict())
    update_description(run.folder, status="stopped")
    with pytest.raises(ValueError, match="EXPLORER_JOBS is 'many'"):
        jobs.resume(run)
    assert status(run) == "stopped"


def test_a_run_deleted_meanwhile_does_not_come_back(root):
    run = finished_run(root)
    shutil.rmtree(run.folder)
    with pytest.raises(ValueError, match="is no run"):
        jobs.rename(run, "Other")
    with pytest.raises(OSError, match="has been deleted"):
        update_description(run.folder, status="failed")
    assert not run.folder.exists()


def test_a_visitor_gets_no_more_in_line_than_allowed_and_the_shell_does(
    blocked, small_spec, monkeypatch
):
    monkeypatch.setenv("EXPLORER_JOBS", "1")
    monkeypatch.setenv("EXPLORER_MOST_WAITING", "1")
    started = [jobs.submit(small_spec(), owner="ann") for _ in range(2)]
    with pytest.raises(ValueError, match=r"You have 2 trainings.*At most 2 of one visitor"):
        jobs.submit(small_spec(), owner="ann")
    started += [jobs.submit(small_spec(), owner=owner) for owner in ("bob", queue.SHELL)]
    assert len(runs.list_runs(blocked)) == len(started)
    for run in started:
        jobs.request_stop(run)


def test_those_who_ask_at_once_get_no_more_together(blocked, small_spec, monkeypatch):
    monkeypatch.setenv("EXPLORER_JOBS", "1")
    monkeypatch.setenv("EXPLORER_MOST_WAITING", "1")

    def asks(_):
        with suppress(ValueError):
            return jobs.submit(small_spec(), owner="ann")

    with ThreadPoolExecutor(6) as pool:
        started = [run for run in pool.map(asks, range(6)) if run]
    assert len(started) == len(runs.list_runs(blocked)) == 2
    for run in started:
        jobs.request_stop(run)


def test_what_others_have_been_promised_is_not_given_away(blocked, small_spec, monkeypatch):
    monkeypatch.setenv("EXPLORER_MOST_GB", "0.003")
    first = jobs.submit(small_spec(), num_bytes=2_000_000)
    with pytest.raises(ValueError, match=r"take about 2 MB.*EXPLORER_MOST_GB.*taken or promised"):
        jobs.submit(small_spec(), num_bytes=2_000_000)
    assert [run.id for run in runs.list_runs(blocked)] == [first.id]
    jobs.request_stop(first)
    wait_until(lambda: status(first) == "stopped")
    second = jobs.submit(small_spec(), num_bytes=2_000_000)
    jobs.request_stop(second)


@pytest.mark.parametrize("value", ["-1", "much", "nan", "inf"])
def test_a_wrong_limit_is_told_before_anything_is_written(root, small_spec, monkeypatch, value):
    monkeypatch.setenv("EXPLORER_MOST_GB", value)
    with pytest.raises(ValueError, match="EXPLORER_MOST_GB is"):
        jobs.submit(small_spec(), num_bytes=1)
    assert not root.exists()
