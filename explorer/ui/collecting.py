"""Keeping the garbage collector from looking through everything again and again.

Streamlit collects all garbage after every run of a script. With the modules, charts and sessions
that the server keeps, 300,000 objects when thirty use it, that takes a fifth of a second in which
nobody else is served: longer than drawing a page. What has outlived a look is therefore set aside
(`gc.freeze`) every other second, and taken back for one full look a minute, so that nothing is kept
for good.
"""

import asyncio
import gc
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

LOOK_SECONDS = 2.0
FULL_LOOKS = 30  # a full one every so many looks, a minute


def set_aside(*, full: bool) -> None:
    """Collect garbage, and set aside what is left.

    Args:
        full: Look through what was set aside before, too.
    """
    if full:
        gc.unfreeze()
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def while_serving(_app) -> AsyncIterator[None]:
    """Set aside again and again for as long as the server lives; for `st.App`."""
    task = asyncio.create_task(_again_and_again())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _again_and_again():
    for look in itertools.count(1):
        await asyncio.sleep(LOOK_SECONDS)
        set_aside(full=look % FULL_LOOKS == 0)
