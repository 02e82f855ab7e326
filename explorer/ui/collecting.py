"""Keeping the garbage collector from looking through everything again and again.

Streamlit collects all garbage after every run of a script. With the modules and charts that the
server keeps, 140,000 objects, that takes a tenth of a second in which nobody else is served: as
long as drawing a page. What has outlived a look is therefore set aside (`gc.freeze`), and taken
back for one full look a minute, so that nothing is kept for good.
"""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

LOOK_SECONDS = 5.0
FULL_LOOKS = 12  # a full one every so many looks, a minute


def set_aside() -> None:
    """Collect all garbage, and set aside what is left."""
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
    looks, modules = 0, 0
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        looks += 1
        if len(sys.modules) != modules or looks >= FULL_LOOKS:  # pages load modules when opened
            looks, modules = 0, len(sys.modules)
            set_aside()
