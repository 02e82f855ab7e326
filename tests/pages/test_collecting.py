import gc
import weakref

from explorer.ui.collecting import set_aside


class Ring:
    """Garbage that only the collector finds."""

    def __init__(self):
        self.ring = self


def test_what_is_set_aside_is_not_looked_through_and_its_garbage_goes_at_the_next_full_look():
    ring = Ring()
    seen = weakref.ref(ring)
    gc.unfreeze()
    try:
        set_aside(full=False)
        assert gc.get_freeze_count() > 1000
        del ring
        gc.collect()
        set_aside(full=False)
        assert seen() is not None
        set_aside(full=True)
        assert seen() is None
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()


def test_garbage_since_the_last_look_goes_at_any_look():
    try:
        set_aside(full=True)
        seen = weakref.ref(Ring())
        set_aside(full=False)
        assert seen() is None
    finally:
        gc.unfreeze()
