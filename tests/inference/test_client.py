import os
import signal
import subprocess
import sys

import numpy as np
import psutil
import pytest

from explorer.inference import warm_process
from explorer.inference.client import MOST_IN_LINE, MOST_WAITING, Client
from explorer.inference.request import Asker, BusyError
from explorer.paths import PROJECT
from tests.waiting import wait_until

TOYS = "tests.inference.toy_kinds"
SECONDS = 60

ORPHAN = """
from explorer.inference.client import Client
import os, time
client = Client(kinds="tests.inference.toy_kinds")
client.submit("echo", values=[1]).result(60)
client.submit("echo", values=[1], seconds=60)
print(client.process_id, flush=True)
time.sleep(60)
"""


@pytest.fixture
def make_client(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    made = []

    def make(**options):
        made.append(Client(**{"kinds": TOYS, **options}))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client):
    return make_client()


def test_an_answer_is_what_the_function_returned(client):
    answer = client.submit("echo", values=[1.5, float("nan"), float("inf")], scale=2).result(
        SECONDS
    )
    np.testing.assert_array_equal(answer["values"], [3, np.nan, np.inf])


def test_the_process_stays_warm_and_is_not_this_one(client):
    first, second = (client.submit("echo", values=[k]).result(SECONDS) for k in (1, 2))
    assert first["process"] == second["process"] == client.process_id != os.getpid()


def test_the_process_itself_loads_no_tensorflow(client):
    names = client.submit("loaded").result(SECONDS)["names"].tolist()
    assert "explorer.inference.wire" in names
    assert "tensorflow" not in names


def test_progress_is_told_while_it_works(client):
    request = client.submit("echo", values=[1, 2], seconds=0.5)
    wait_until(lambda: request.share == 0.5)
    assert (request.state, request.words) == ("running", "Echoing 2 values")
    request.result(SECONDS)
    assert request.state == "done"


def test_asking_the_same_again_joins_the_request_in_line(client):
    first = client.submit("echo", values=[1], seconds=0.5)
    assert client.submit("echo", values=[1], seconds=0.5) is first
    assert client.pending("echo", values=[1], seconds=0.5) is first
    assert client.submit("echo", values=[2], seconds=0.0) is not first
    first.result(SECONDS)
    wait_until(lambda: client.pending("echo", values=[1], seconds=0.5) is None)


def test_the_line_is_bounded(client):
    held = client.submit("echo", values=[0], seconds=30)
    waiting = [client.submit("echo", values=[k]) for k in range(1, MOST_WAITING + 1)]
    with pytest.raises(BusyError, match="5 requests of yours are in line"):
        client.submit("echo", values=[99])
    assert {request.state for request in waiting} == {"waiting"}
    held.cancel()
    assert [request.result(SECONDS)["values"].tolist() for request in waiting] == [
        [1],
        [2],
        [3],
        [4],
    ]


def test_the_requests_of_one_do_not_hold_up_the_first_of_another(client):
    ann, bob = Asker("ann"), Asker("bob")
    held = client.submit_for(ann, "echo", values=[0], seconds=30)
    wait_until(lambda: held.share > 0)
    of_ann = [client.submit_for(ann, "echo", values=[k], seconds=0.05) for k in range(1, 4)]
    of_bob = client.submit_for(bob, "echo", values=[9], seconds=0.05)
    held.cancel()
    of_bob.result(SECONDS)
    assert {one.state for one in of_ann} <= {"waiting", "running"}
    assert [one.result(SECONDS)["values"].tolist() for one in of_ann] == [[1], [2], [3]]


def test_a_request_that_is_joined_comes_as_early_as_those_of_who_joined(client):
    ann, bob = Asker("ann"), Asker("bob")
    held = client.submit_for(ann, "echo", values=[0], seconds=30)
    wait_until(lambda: held.share > 0)
    first, last = (client.submit_for(ann, "echo", values=[k], seconds=0.05) for k in (1, 2))
    assert client.submit_for(bob, "echo", values=[2], seconds=0.05) is last
    held.cancel()
    last.result(SECONDS)
    assert first.state in ("waiting", "running")
    first.result(SECONDS)


def test_who_gives_up_takes_the_answer_from_nobody_else(client):
    ann, bob = Asker("ann", "window 1"), Asker("ann", "window 2")
    request = client.submit_for(ann, "echo", values=[1], seconds=0.5)
    assert client.submit_for(bob, "echo", values=[1], seconds=0.5) is request
    left = request.give_up(ann)
    assert (left.state, request.unwanted) == ("cancelled", False)
    assert request.result(SECONDS)["values"].tolist() == [1]


def test_when_the_last_one_gives_up_the_work_is_ended(client):
    asker = Asker("ann")
    request = client.submit_for(asker, "echo", values=[1], seconds=30)
    wait_until(lambda: request.share > 0)
    assert request.give_up(asker) is request
    with pytest.raises(ValueError, match="cancelled"):
        request.result(SECONDS)


def test_the_line_of_all_together_is_bounded(client):
    held = client.submit_for(Asker("a"), "echo", values=[0], seconds=30)
    for number in range(1, MOST_IN_LINE):
        client.submit_for(Asker(f"visitor {number // 3}"), "echo", values=[number])
    with pytest.raises(BusyError, match="60 requests of all visitors"):
        client.submit_for(Asker("late"), "echo", values=[99])
    held.cancel()


def test_what_is_cancelled_ends_and_the_process_lives_on(client):
    warm = client.submit("echo", values=[1]).result(SECONDS)["process"]
    running = client.submit("echo", values=[1], seconds=30)
    waiting = client.submit("echo", values=[2], seconds=30)
    wait_until(lambda: running.share > 0)
    waiting.cancel()
    running.cancel()
    with pytest.raises(ValueError, match="cancelled"):
        running.result(SECONDS)
    with pytest.raises(ValueError, match="before it began"):
        waiting.result(SECONDS)
    assert (running.state, waiting.state) == ("cancelled", "cancelled")
    assert client.submit("echo", values=[3]).result(SECONDS)["process"] == warm


def test_what_waits_is_cancelled_at_once_and_leaves_room(client):
    held = client.submit("echo", values=[0], seconds=60)
    wait_until(lambda: held.state == "running")
    waiting = [client.submit("echo", values=[k]) for k in range(1, MOST_WAITING + 1)]
    waiting[1].cancel()
    assert (waiting[1].state, held.state) == ("cancelled", "running")
    assert client.submit("echo", values=[99]).state == "waiting"


def test_a_request_that_was_cancelled_is_not_joined(client):
    first = client.submit("echo", values=[1], seconds=5)
    first.cancel()
    assert client.submit("echo", values=[1], seconds=5) is not first


def test_a_request_that_does_not_listen_is_ended_with_its_process(client, monkeypatch):
    monkeypatch.setattr(warm_process, "PATIENCE_SECONDS", 0.3)
    request = client.submit("be_deaf")
    wait_until(lambda: client.process_id and request.state == "running")
    request.cancel()
    with pytest.raises(ValueError, match="cancelled"):
        request.result(SECONDS)
    assert client.submit("echo", values=[1]).result(SECONDS)["values"].tolist() == [1]


@pytest.mark.parametrize(
    ("kind", "words", "said"),
    [("value", "no such\n run", "^no such run$"), ("key", "x", "KeyError: 'x'")],
)
def test_a_failure_is_told_in_one_line_and_ends_nothing_else(client, kind, words, said):
    warm = client.submit("echo", values=[1]).result(SECONDS)["process"]
    request = client.submit("fail", kind=kind, words=words)
    with pytest.raises(ValueError, match=said):
        request.result(SECONDS)
    assert request.state == "failed"
    assert client.submit("echo", values=[1]).result(SECONDS)["process"] == warm


def test_what_the_process_prints_is_in_its_log(client, tmp_path):
    request = client.submit("fail", kind="key", words="the reason")
    with pytest.raises(ValueError, match="the reason"):
        request.result(SECONDS)
    assert "Traceback" in (tmp_path / warm_process.LOG).read_text()


def test_an_unknown_kind_or_argument_is_a_failure(client):
    for request, word in ((client.submit("fly"), "fly"), (client.submit("echo", wings=2), "wings")):
        with pytest.raises(ValueError, match=word):
            request.result(SECONDS)


def test_a_crash_fails_the_request_it_befell_and_the_next_one_gets_a_new_process(client):
    crashed = client.submit("crash", code=7)
    after = client.submit("echo", values=[1])
    with pytest.raises(ValueError, match=r"ended while it worked on this \(exit status 7\)"):
        crashed.result(SECONDS)
    assert after.result(SECONDS)["values"].tolist() == [1]


def test_a_process_killed_at_work_is_named_with_its_signal(client):
    request = client.submit("echo", values=[1], seconds=30)
    wait_until(lambda: request.share > 0)
    os.kill(client.process_id, signal.SIGKILL)
    with pytest.raises(ValueError, match=r"killed by signal 9\)\. Perhaps the memory"):
        request.result(SECONDS)


def test_a_process_killed_in_the_middle_of_its_answer_is_named_with_its_signal(client):
    with pytest.raises(ValueError, match=r"killed by signal 9\)"):
        client.submit("die_while_answering").result(SECONDS)
    assert client.submit("echo", values=[1]).result(SECONDS)["values"].tolist() == [1]


def test_a_process_that_died_while_idle_is_replaced_unnoticed(client):
    warm = int(client.submit("echo", values=[1]).result(SECONDS)["process"])
    os.kill(warm, signal.SIGKILL)
    assert client.submit("echo", values=[2]).result(SECONDS)["process"] != warm


def test_a_process_that_cannot_do_anything_is_a_failure(make_client):
    request = make_client(kinds="no.such.module").submit("echo", values=[1])
    with pytest.raises(ValueError, match="No module named"):
        request.result(SECONDS)


def test_settings_that_cannot_be_used_are_a_failure(client, monkeypatch):
    monkeypatch.setenv("EXPLORER_JOBS", "many")
    with pytest.raises(ValueError, match="EXPLORER_JOBS"):
        client.submit("echo", values=[1]).result(SECONDS)


def test_an_idle_process_ends_and_comes_back(make_client):
    client = make_client(idle_seconds=0.2)
    first = int(client.submit("echo", values=[1]).result(SECONDS)["process"])
    wait_until(lambda: client.process_id is None)
    assert not psutil.pid_exists(first)
    assert client.submit("echo", values=[2]).result(SECONDS)["process"] != first


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_process_ends_with_the_one_that_started_it(how):
    command = [sys.executable, "-c", ORPHAN]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as parent:
        server = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(how)
    wait_until(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)


def test_arguments_that_are_no_plain_values_are_refused(client):
    with pytest.raises(TypeError):
        client.submit("echo", values=np.zeros(3))


def test_a_closed_client_leaves_no_process_and_takes_nothing_in(client):
    running = client.submit("echo", values=[1], seconds=30)
    wait_until(lambda: running.share > 0)
    process = client.process_id
    client.close()
    assert (running.state, psutil.pid_exists(process)) == ("cancelled", False)
    with pytest.raises(ValueError, match="closed"):
        client.submit("echo", values=[1])
