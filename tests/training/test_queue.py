import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.training.queue import num_of, num_slots, places, take_ticket, wait_for_slot

PROJECT = Path(__file__).resolve().parents[2]
HOLD = """
import sys, time
from pathlib import Path
from explorer.training.queue import take_ticket, wait_for_slot
ticket = take_ticket(sys.argv[2], Path(sys.argv[1]))
print("queued", flush=True)
wait_for_slot(ticket, slots=int(sys.argv[3]))
print("started", flush=True)
time.sleep(60)
"""


def start_holder(folder, name, slots=1):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), name, str(slots)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert process.stdout.readline() == "queued\n"
    return process


def end(process):
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_first_jobs_run_and_the_others_see_their_place(tmp_path):
    tickets = [take_ticket(f"run{number}", tmp_path) for number in range(4)]
    assert places(tmp_path, slots=2) == {"run0": 0, "run1": 0, "run2": 1, "run3": 2}
    for ticket in tickets:
        ticket.release()
    assert places(tmp_path, slots=2) == {}


def test_leaving_moves_everybody_behind_up(tmp_path):
    first, second, third = (take_ticket(name, tmp_path) for name in "abc")
    second.release()
    assert places(tmp_path, slots=1) == {"a": 0, "c": 1}
    first.release()
    assert wait_for_slot(third, slots=1)
    third.release()


def test_a_newcomer_never_gets_a_living_number(tmp_path):
    tickets = [take_ticket("a", tmp_path), take_ticket("b", tmp_path)]
    tickets[0].release()
    late = take_ticket("c", tmp_path)
    assert late.number > tickets[1].number
    late.release()
    tickets[1].release()


def test_a_job_that_gives_up_does_not_wait(tmp_path):
    first, second = take_ticket("a", tmp_path), take_ticket("b", tmp_path)
    assert not wait_for_slot(second, slots=1, give_up=lambda: True)
    first.release()
    second.release()


def test_a_killed_holder_frees_its_slot(tmp_path):
    first = start_holder(tmp_path, "first")
    assert first.stdout.readline() == "started\n"
    second = start_holder(tmp_path, "second")
    assert places(tmp_path, slots=1) == {"first": 0, "second": 1}
    os.kill(first.pid, signal.SIGKILL)
    assert second.stdout.readline() == "started\n"
    assert places(tmp_path, slots=1) == {"second": 0}
    end(first)
    end(second)


def test_killing_anybody_at_random_never_starts_too_many_nor_none(tmp_path):
    jobs = {f"job{number}": start_holder(tmp_path, f"job{number}", slots=2) for number in range(6)}
    order, choose = list(jobs), random.Random(3)
    while order:
        for name in order[:2]:
            if not getattr(jobs[name], "has_started", False):
                assert jobs[name].stdout.readline() == "started\n"
                jobs[name].has_started = True
        expected = {name: max(0, rank - 1) for rank, name in enumerate(order)}
        assert places(tmp_path, slots=2) == expected
        end(jobs[order.pop(choose.randrange(len(order)))])


def test_a_place_can_be_handed_to_a_child(tmp_path):
    ticket = take_ticket("job", tmp_path)
    child = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(ticket.descriptor,)
    )
    os.close(ticket.descriptor)
    assert places(tmp_path) == {"job": 0}
    child.communicate(b"\n")
    assert places(tmp_path) == {}


def test_a_cleared_cache_leaves_nobody_waiting(tmp_path):
    folder = tmp_path / "queue"
    first, second = take_ticket("a", folder), take_ticket("b", folder)
    shutil.rmtree(folder)
    assert wait_for_slot(second, slots=1)
    first.release()
    second.release()


def test_slots_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("EXPLORER_JOBS", "3")
    assert num_slots() == 3
    monkeypatch.delenv("EXPLORER_JOBS")
    assert num_slots() >= 1


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "9" * 5_000])
def test_a_wrong_number_of_slots_is_refused(monkeypatch, value):
    monkeypatch.setenv("EXPLORER_JOBS", value)
    with pytest.raises(ValueError, match=r"EXPLORER_JOBS is .{1,70}\. It must be a whole number"):
        num_slots()


def test_the_jobs_of_one_owner_do_not_hold_up_the_first_of_another(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_JOBS", "1")
    tickets = [take_ticket(f"ann{number}", tmp_path, owner="ann") for number in range(10)]
    tickets += [take_ticket(f"bob{number}", tmp_path, owner="bob") for number in range(2)]
    expected = {"ann0": 0, "bob0": 1, "ann1": 2, "bob1": 3, "ann2": 4, "ann9": 11}
    assert places(tmp_path).items() >= expected.items()
    assert (num_of("ann", tmp_path), num_of("bob", tmp_path)) == ((1, 9), (0, 2))
    tickets[0].release()
    assert places(tmp_path)["bob0"] == 0
    for ticket in tickets[1:]:
        ticket.release()


def test_of_one_owner_no_more_run_than_he_may(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_JOBS", "3")
    monkeypatch.setenv("EXPLORER_MOST_RUNNING", "1")
    tickets = [take_ticket(name, tmp_path, owner=name[0]) for name in ("a1", "a2", "b1")]
    assert places(tmp_path) == {"a1": 0, "b1": 0, "a2": 1}
    assert not wait_for_slot(tickets[1], give_up=Answers(False, True))
    tickets[0].release()
    assert wait_for_slot(tickets[1])
    for ticket in tickets[1:]:
        ticket.release()


class Answers:
    """Give these answers, one after the other."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def __call__(self):
        return self.answers.pop(0)


@pytest.mark.parametrize("owner", ["", "a@b", "a-b", "A", "../x", "a" * 65])
def test_an_owner_that_is_no_plain_word_is_refused(tmp_path, owner):
    with pytest.raises(ValueError, match="must be 1 to 64 small letters"):
        take_ticket("job", tmp_path, owner=owner)


def test_a_name_with_the_marks_of_a_ticket_stays_whole(tmp_path):
    ticket = take_ticket("00000001-2-x@y", tmp_path, owner="ann")
    assert places(tmp_path) == {"00000001-2-x@y": 0}
    ticket.release()
