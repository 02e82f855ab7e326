import os
import sys
import threading

import pytest

from explorer.training.background import Background


def test_work_is_done_in_order_in_one_other_thread():
    done, background = [], Background()
    for number in range(20):
        background.do(lambda n: done.append((n, threading.get_ident())), number)
    background.wait()
    assert [number for number, _ in done] == list(range(20))
    assert len({thread for _, thread in done} - {threading.get_ident()}) == 1
    background.end()


def test_who_hands_in_more_than_may_wait_waits():
    gate, background = threading.Event(), Background(most_waiting=2)
    for _ in range(2):
        background.do(gate.wait)
    third = threading.Thread(target=background.do, args=(gate.wait,))
    third.start()
    third.join(0.2)
    assert third.is_alive()
    gate.set()
    third.join(10)
    assert not third.is_alive()
    background.end()


def test_what_went_wrong_is_raised_and_nothing_is_done_after_it():
    def fail():
        gate.wait()
        raise OSError(28, "No space left on device")

    gate, done, background = threading.Event(), [], Background()
    background.do(fail)
    background.do(done.append, 1)
    gate.set()
    with pytest.raises(OSError, match="No space"):
        background.end()
    assert done == []


def test_who_hands_in_work_hears_of_what_went_wrong_before():
    def fail():
        raise OSError(28, "No space left on device")

    background = Background(most_waiting=1)
    background.do(fail)
    with pytest.raises(OSError, match="No space"):
        background.do(lambda: None)


def test_waiting_within_the_work_itself_does_not_wait_for_ever():
    background, waited = Background(), threading.Event()

    def wait():
        background.wait()
        waited.set()

    background.do(wait)
    assert waited.wait(10)
    background.end()


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells threads apart.")
def test_its_thread_gives_way_to_all_others():
    found, background = [], Background()
    background.do(lambda: found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id())))
    background.end()
    assert found[0] > os.getpriority(os.PRIO_PROCESS, 0)
