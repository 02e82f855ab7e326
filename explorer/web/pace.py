"""How fast an upload has to come: room in the memory is kept for it for as long as it does."""

import asyncio
import time
from collections.abc import Awaitable, Callable

LEAST_BYTES_A_SECOND = 16_000  # a line of 128 kbit/s

Receive = Callable[[], Awaitable[dict]]


class TooSlowError(Exception):
    """What a visitor sends stands still, or comes too slowly."""


def in_time(receive: Receive, seconds: float) -> Receive:
    """Return how to receive a request that has to keep coming.

    Args:
        receive: Of the request.
        seconds: How long it may stand still, and how far it may fall behind a slow line.

    Raises:
        TooSlowError: Out of what is returned.
    """
    begun, received, is_whole = time.monotonic(), 0, False

    async def receive_in_time():
        nonlocal received, is_whole
        if is_whole:  # what comes now is only that the visitor has left
            return await receive()
        patience = begun + seconds + received / LEAST_BYTES_A_SECOND - time.monotonic()
        try:
            message = await asyncio.wait_for(receive(), min(seconds, patience))
        except TimeoutError:
            raise TooSlowError from None
        received += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        return message

    return receive_in_time
