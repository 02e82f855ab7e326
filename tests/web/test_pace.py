"""How fast a request has to come, tried with little patience."""

import asyncio

import pytest

from explorer.web.pace import LEAST_BYTES_A_SECOND, TooSlowError, in_time
from tests.waiting import run_async

SECONDS = 0.3
TWICE_THE_LEAST = LEAST_BYTES_A_SECOND // 5  # every tenth of a second


def sent(parts, every):
    """Return how to receive parts that come one after the other; then the line is quiet."""
    waiting = list(parts)

    async def receive():
        await asyncio.sleep(every)
        if not waiting:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    return receive


def receive_all(receive):
    async def go():
        received, is_more = b"", True
        paced = in_time(receive, SECONDS)
        while is_more:
            message = await paced()
            received, is_more = received + message["body"], message["more_body"]
        return received

    return run_async(go())


def test_what_keeps_coming_may_take_longer_than_it_may_stand_still():
    parts = [bytes(TWICE_THE_LEAST)] * 8
    assert len(receive_all(sent(parts, 0.1))) == 8 * TWICE_THE_LEAST


def test_what_stands_still_is_ended_however_much_came_before():
    async def receive():
        if not begun:
            begun.append(True)
            return {"type": "http.request", "body": bytes(10**6), "more_body": True}
        await asyncio.sleep(5)
        return {"type": "http.request", "body": b"", "more_body": False}

    begun = []
    with pytest.raises(TooSlowError):
        receive_all(receive)


def test_what_never_stands_still_but_trickles_is_ended():
    with pytest.raises(TooSlowError):
        receive_all(sent([b"x"] * 100, 0.05))


def test_once_all_has_come_the_line_may_be_quiet():
    async def go():
        paced = in_time(quiet_after(b"all"), SECONDS)
        return [await paced(), await paced()]

    whole, left = run_async(go())
    assert (whole["body"], left["type"]) == (b"all", "http.disconnect")


def quiet_after(body):
    messages = [{"type": "http.request", "body": body}]

    async def receive():
        if messages:
            return messages.pop()
        await asyncio.sleep(2 * SECONDS)
        return {"type": "http.disconnect"}

    return receive
