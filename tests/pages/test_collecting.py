import gc
import weakref

from explorer.ui.collecting import set_aside


class Ring:
    """Garbage that only the collector finds."""

    def __init__(self):
        self.ring = self


def test_what_is_set_aside_is_not_looked_through_and_its_garbage_goes_at_the_next_look():
    ring = Ring()
    seen = weakref.ref(ring)
    try:
        set_aside()
        del ring
        gc.collect()
        assert seen() is not None
        assert gc.get_freeze_count() > 1000
        set_aside()
        assert seen() is None
    finally:
        gc.unfreeze()
